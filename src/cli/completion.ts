// `tocsin completion bash|zsh|fish`: a script for the shell, made from the commands themselves.

import { type Argument, type Command, Option } from 'commander';
import { type CliCommand, exitCodes } from './command.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** A command with all that may be typed after it. */
interface Node {
  /** `tocsin alerts list` */
  readonly words: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly {
    readonly flags: readonly string[];
    readonly description: string;
    readonly takesValue: boolean;
    readonly choices: readonly string[];
  }[];
  /** Words that the first argument may be. */
  readonly choices: readonly string[];
}

export const command: CliCommand = {
  name: 'completion',
  description: 'print a completion script for your shell',
  define(self, act) {
    self.argument('<shell>', shells.join(', ')).addHelpText(
      'after',
      `
  bash  tocsin completion bash > ~/.local/share/bash-completion/completions/tocsin
  zsh   tocsin completion zsh > "\${fpath[1]}/_tocsin"
  fish  tocsin completion fish > ~/.config/fish/completions/tocsin.fish`,
    );
    const [shell] = self.registeredArguments;
    shell?.choices(shells);
    self.action(
      act(async (cli, name: Shell) => {
        const top = self.parent;
        if (top === null) throw new Error('bug: the completion command stands alone');
        await cli.stdout.write(completionScript(top, name));
        return exitCodes.ok;
      }),
    );
  },
};

const scripts: Readonly<Record<Shell, (nodes: readonly Node[], program: string) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export function completionScript(program: Command, shell: Shell): string {
  return scripts[shell](nodesOf(program, [], []), program.name());
}

function nodesOf(of: Command, above: readonly string[], inherited: readonly Option[]): Node[] {
  const words = [...above, of.name()];
  const options = [...of.options, ...inherited];
  const subcommands = of.commands;
  const first: Argument | undefined = of.registeredArguments[0];
  const node: Node = {
    words,
    commands: subcommands.map((sub) => ({ name: sub.name(), description: sub.description() })),
    options: [...options, new Option('-h, --help', 'display help')].map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      description: option.description,
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    choices: first?.argChoices ?? [],
  };
  return [node, ...subcommands.flatMap((sub) => nodesOf(sub, words, options))];
}

/** Names and descriptions are ours: letters, blanks and punctuation, no line ends. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function bashScript(nodes: readonly Node[], program: string): string {
  const cases = nodes.map((node) => {
    const words = [...node.commands.map((sub) => sub.name), ...node.choices];
    const flags = node.options.flatMap((option) => option.flags);
    const values = node.options
      .filter((option) => option.takesValue)
      .map((option) => {
        const reply =
          option.choices.length > 0
            ? `COMPREPLY=($(compgen -W ${quote(option.choices.join(' '))} -- "$word"))`
            : 'COMPREPLY=($(compgen -f -- "$word"))';
        return `        ${option.flags.join('|')}) ${reply}; return ;;`;
      });
    return `    ${quote(node.words.join(' '))})
      case "$previous" in
${[...values, '        *) ;;'].join('\n')}
      esac
      if [[ "$word" == -* ]]; then
        COMPREPLY=($(compgen -W ${quote(flags.join(' '))} -- "$word"))
      else
        COMPREPLY=($(compgen -W ${quote(words.join(' '))} ${words.length > 0 ? '' : '-f '}-- "$word"))
      fi ;;`;
  });
  return `# bash completion for ${program}
_${program}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path=${quote(program)} index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$path \${COMP_WORDS[index]}" in
      ${nodes
        .slice(1)
        .map((node) => quote(node.words.join(' ')))
        .join('|')}) path="$path \${COMP_WORDS[index]}" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
}
complete -o filenames -o bashdefault -F _${program} ${program}
`;
}

function functionName(words: readonly string[]): string {
  return `_${words.join('_').replaceAll('-', '_')}`;
}

/** In zsh's specifications `:` ends a part and `[` `]` hold the description. */
function plain(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`);
}

function zshScript(nodes: readonly Node[], program: string): string {
  const functions = nodes.map((node) => {
    const options = node.options.flatMap((option) =>
      option.flags.map((flag) => {
        const value = option.choices.length > 0 ? `:value:(${option.choices.join(' ')})` : ':value:_files';
        return quote(`${flag}[${plain(option.description)}]${option.takesValue ? value : ''}`);
      }),
    );
    if (node.commands.length === 0) {
      const rest = node.choices.length > 0 ? `1:argument:(${node.choices.join(' ')})` : '*:file:_files';
      return `${functionName(node.words)}() {
  _arguments ${[...options, quote(rest)].join(' \\\n    ')}
}`;
    }
    const described = node.commands.map((sub) => quote(`${plain(sub.name)}:${sub.description}`));
    const calls = node.commands.map((sub) => `      ${sub.name}) ${functionName([...node.words, sub.name])} ;;`);
    return `${functionName(node.words)}() {
  local line state
  local -a commands=(
    ${described.join('\n    ')}
  )
  _arguments -C ${[...options, "'1: :->command'", "'*:: :->rest'"].join(' \\\n    ')}
  case $state in
    command) _describe command commands ;;
    rest) case $line[1] in
${calls.join('\n')}
    esac ;;
  esac
}`;
  });
  return `#compdef ${program}
${functions.join('\n\n')}

if [ "$funcstack[1]" = _${program} ]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function fishScript(nodes: readonly Node[], program: string): string {
  const lines = nodes.flatMap((node) => {
    const [, ...path] = node.words;
    const condition =
      path.length === 0
        ? '__fish_use_subcommand'
        : [
            ...path.map((word) => `__fish_seen_subcommand_from ${word}`),
            ...(node.commands.length > 0
              ? [`not __fish_seen_subcommand_from ${node.commands.map((sub) => sub.name).join(' ')}`]
              : []),
          ].join('; and ');
    const start = `complete -c ${program} -n ${quote(condition)}`;
    const options = node.options.map((option) => {
      const flags = option.flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.replace(/^-/, '')}`,
      );
      const choices = option.choices.length > 0 ? ` -xa ${quote(option.choices.join(' '))}` : ' -r';
      return `${start} ${flags.join(' ')}${option.takesValue ? choices : ''} -d ${quote(option.description)}`;
    });
    const commands = node.commands.map((sub) => `${start} -fa ${sub.name} -d ${quote(sub.description)}`);
    const choices = node.choices.length > 0 ? [`${start} -fa ${quote(node.choices.join(' '))}`] : [];
    return [...commands, ...choices, ...options];
  });
  return `# fish completion for ${program}\n${lines.join('\n')}\n`;
}
