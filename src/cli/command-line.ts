// The words after `tocsin` to an exit code: options that all commands have, help, and errors as people and programs need
// them. It ends no process: main.ts does.

import { Command, CommanderError, Option } from 'commander';
import { UserError } from '../core/problem.ts';
import { type Cli, type CliCommand, exitCodes, type InputStream } from './command.ts';
import { toJson } from './output.ts';
import type { Program } from './program.ts';
import { type ColourChoice, createTerminal, type OutputStream, type Terminal } from './terminal.ts';
import { printable } from './width.ts';
import { findWorkspace } from './workspace.ts';

export interface CommandLineOptions {
  /** Without `node` and the program's path. */
  readonly words: readonly string[];
  readonly commands: readonly CliCommand[];
  readonly program: Program;
  readonly stdin: InputStream;
  readonly stdout: OutputStream & NodeJS.EventEmitter;
  readonly stderr: OutputStream & NodeJS.EventEmitter;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly onInterrupt: Cli['onInterrupt'];
}

interface GlobalOptions {
  readonly workspace?: string;
  readonly color: ColourChoice;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export async function runCommandLine(options: CommandLineOptions): Promise<number> {
  const { env, words } = options;
  let exitCode: number = exitCodes.ok;
  const top = createCommands(options, (code) => {
    exitCode = code;
  });
  try {
    await top.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    // commander has printed what is wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const globals = top.opts<GlobalOptions>();
    const stderr = createTerminal(options.stderr, env, globals.color);
    return tellError(error, stderr, globals.json === true);
  }
}

function createCommands(options: CommandLineOptions, finish: (code: number) => void): Command {
  const { stdout, stderr } = options;
  const top = new Command('tocsin');
  top
    .description('An open-source SIEM in one package: logs in, schemas, detections as code, alerts.')
    .version(options.program.version)
    .option('-w, --workspace <dir>', 'folder with tocsin.yml (default: TOCSIN_WORKSPACE, or the nearest one upwards)')
    .option('--json', 'data and errors as JSON')
    .option('-q, --quiet', 'nothing on stderr but errors')
    .addOption(
      new Option('--color <when>', 'also by NO_COLOR and FORCE_COLOR')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
      outputError: (text, write) => write(printableLines(text)),
    })
    .addHelpText('after', '\nExit codes: 0 fine, 1 failures found, 2 usage, 75 try again later, 78 bad configuration.')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .exitOverride();

  for (const { name, description, define } of options.commands) {
    const command = top.command(name).description(description).helpCommand(false);
    define(command, (action) => async (...words) => {
      // commander hands over the command itself after arguments and options.
      const self: unknown = words.at(-1);
      const cli = createCli(options, self instanceof Command ? self : top);
      finish(await action(cli, ...words));
    });
  }
  return top;
}

function createCli(options: CommandLineOptions, command: Command): Cli {
  const { stdin, stdout, stderr, env, cwd, program, onInterrupt } = options;
  const { workspace, color, quiet, json } = command.optsWithGlobals<GlobalOptions>();
  const errors = createTerminal(stderr, env, color);
  return {
    stdin,
    stdout: createTerminal(stdout, env, color),
    stderr: errors,
    warn: (message) => void errors.line(errors.paint('yellow', printable(message))),
    env,
    workspace: findWorkspace(workspace ?? env['TOCSIN_WORKSPACE'], cwd),
    quiet: quiet === true,
    json: json === true,
    program,
    onInterrupt,
  };
}

async function tellError(error: unknown, stderr: Terminal, json: boolean): Promise<number> {
  if (!(error instanceof UserError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    await stderr.line(`this is a mistake in tocsin, not in what you did; please report it:\n${printableLines(text)}`);
    return exitCodes.bug;
  }
  if (json) {
    const { message, exitCode, problems } = error;
    await stderr.line(toJson({ type: 'about:blank', title: 'error', detail: message, exitCode, problems }));
  } else {
    const lines = printableLines(error.message).split('\n');
    // A list of problems speaks for itself: `file:line:col: ...`, as editors read it.
    const prefix = error.problems.length > 0 ? '' : stderr.paint('red', 'error: ');
    await stderr.line(prefix + lines.join('\n'));
  }
  return error.exitCode;
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
