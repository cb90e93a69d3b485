// Regular expressions of rules: what both RE2 and JavaScript take, with one meaning. RE2's syntax is the measure
// (https://github.com/google/re2/wiki/Syntax): no lookaround and no backreference, so that SQL takes it too and V8's linear
// engine can step in (detect/regex.ts). That engine knows no flags: case is written out as `[aA]`.

export type RuleRegex =
  | {
      /** As RE2 takes it, without flags at its start. */
      readonly source: string;
      /** Of i, m, s. */
      readonly flags: string;
      /** For events; finds anywhere. */
      readonly compiled: RegExp;
    }
  | { readonly problem: string };

const longest = 4000;
/** RE2's limit. */
const mostRepeats = 1000;
const deepest = 50;

const classEscapes: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' };
const controls = 'tnrfv';
const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: '\\t ',
  digit: '0-9',
  lower: 'a-z',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

type Part = { readonly script: string; readonly end: number } | { readonly problem: string };
const unsupported = (what: string): { readonly problem: string } => ({ problem: `${what} is not supported (RE2)` });

/** `wanted` are flags beside those that the text begins with: `(?i)`. */
export function readRegex(text: string, wanted: string): RuleRegex {
  if (text.length > longest) return { problem: `is longer than ${longest} characters` };
  const [head = '', own = ''] = /^\(\?([ims]+)\)/.exec(text) ?? [];
  const source = text.slice(head.length);
  const flags = ['i', 'm', 's'].filter((flag) => own.includes(flag) || wanted.includes(flag)).join('');
  const script = translate(source, flags);
  if (typeof script !== 'string') return script;
  try {
    return { source, flags, compiled: new RegExp(script) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'is no regular expression' };
  }
}

/** Text for use within a regular expression. */
export function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function translate(source: string, flags: string): string | { readonly problem: string } {
  const anyCase = flags.includes('i');
  const plain: Readonly<Record<string, string>> = {
    '.': flags.includes('s') ? '[^]' : '[^\\n]',
    // With `m` RE2's line ends at \n alone; JavaScript's would at \r and others too.
    '^': flags.includes('m') ? '(?:^|(?<=\\n))' : '^',
    $: flags.includes('m') ? '(?=\\n|$)' : '$',
    '|': '|',
  };
  let script = '';
  let depth = 0;
  /** Whether a quantifier may follow. */
  let repeatable = false;
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at, at + 80);
    const character = rest.charAt(0);
    const [quantifier, least = '0', most = ''] = /^(?:[*+?]|\{(\d+)(?:,(\d*))?\})/.exec(rest) ?? [];
    let part: Part;
    if (character === '(') {
      const [group] = /^\((?:\?:|\?P?<[A-Za-z]\w*>|(?!\?))/.exec(rest) ?? [];
      if (group === undefined) return unsupported(`\`${rest.slice(0, 4)}\``);
      if (++depth > deepest) return { problem: `has more than ${deepest} groups within each other` };
      // What a group caught is of no use here.
      part = { script: '(?:', end: at + group.length };
    } else if (character === ')') {
      if (--depth < 0) return { problem: 'has a ) without its (' };
      part = { script: ')', end: at + 1 };
    } else if (quantifier !== undefined) {
      if (!repeatable) return { problem: `has nothing to repeat at character ${at + 1}` };
      if (Number(least) > mostRepeats || Number(most) > mostRepeats) return unsupported(`\`${quantifier}\``);
      const after = rest.charAt(quantifier.length);
      if (after === '+') return unsupported(`\`${quantifier}+\``);
      part = { script: quantifier, end: at + quantifier.length };
      if (after === '?') part = { script: `${quantifier}?`, end: part.end + 1 };
    } else if (character === '[') part = readClass(source, at, anyCase);
    else if (character === '\\') part = readEscape(source, at, anyCase);
    else if (Object.hasOwn(plain, character)) part = { script: plain[character] ?? '', end: at + 1 };
    else part = readLiteral(source, at, anyCase);
    if ('problem' in part) return part;
    const isAnchor = /^\\[bBAz]/.test(rest) || (character === '^' && quantifier === undefined);
    repeatable = quantifier === undefined && character !== '(' && character !== '|' && !isAnchor;
    script += part.script;
    at = part.end;
  }
  return depth > 0 ? { problem: 'has a ( without its )' } : script;
}

/** A character of its own, in both cases where case is nothing. */
function readLiteral(source: string, at: number, anyCase: boolean): Part {
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const end = at + character.length;
  if (character.length > 1) return { script: `(?:${character})`, end };
  const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
  if (anyCase && lower !== upper && lower.length === 1 && upper.length === 1)
    return { script: `[${lower}${upper}]`, end };
  return { script: escapeRegex(character), end };
}

function readEscape(source: string, at: number, anyCase: boolean): Part {
  const letter = source.charAt(at + 1);
  const end = at + 2;
  if (letter === '') return { problem: 'ends with a backslash' };
  if (letter === 'b' || letter === 'B') return { script: `\\${letter}`, end };
  if (letter === 'A') return { script: '^', end };
  if (letter === 'z') return { script: '$', end };
  const set = classEscapes[letter.toLowerCase()];
  if (set !== undefined) return { script: `[${letter === letter.toLowerCase() ? '' : '^'}${set}]`, end };
  const code = readCode(source, at);
  if (typeof code !== 'object')
    return /[A-Za-z0-9]/.test(letter) ? unsupported(`\\${letter}`) : readLiteral(source, at + 1, anyCase);
  return code;
}

/** `\n`, `\x41`, `\x{41}`. */
function readCode(source: string, at: number): { readonly script: string; readonly end: number } | undefined {
  const letter = source.charAt(at + 1);
  if (letter !== '' && controls.includes(letter)) return { script: `\\${letter}`, end: at + 2 };
  if (letter === 'a') return { script: '\\x07', end: at + 2 };
  const [whole, short, long] = /^\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,4})\})/.exec(source.slice(at, at + 8)) ?? [];
  const code = short ?? long;
  if (whole === undefined || code === undefined) return undefined;
  return { script: `\\u${code.padStart(4, '0')}`, end: at + whole.length };
}

/** `[...]`. */
function readClass(source: string, from: number, anyCase: boolean): Part {
  let at = from + 1;
  const isNegated = source.charAt(at) === '^';
  if (isNegated) at++;
  let script = isNegated ? '[^' : '[';
  for (let first = true; ; first = false) {
    const character = source.charAt(at);
    if (character === '') return { problem: 'has a [ without its ]' };
    if (character === ']' && !first) return { script: `${script}]`, end: at + 1 };
    const [posix, name = ''] = /^\[:(\^?[a-z]+):\]/.exec(source.slice(at, at + 14)) ?? [];
    const letter = source.charAt(at + 1);
    const set = posix === undefined ? classSet(character, letter) : posixClasses[name];
    if (posix !== undefined && set === undefined) return unsupported(`\`${posix}\``);
    if (set !== undefined) {
      script += set;
      at += posix?.length ?? 2;
      continue;
    }
    const low = readMember(source, at);
    if ('problem' in low) return low;
    at = low.end;
    let high = low;
    if (source.charAt(at) === '-' && !']'.includes(source.charAt(at + 1))) {
      const read = readMember(source, at + 1);
      if ('problem' in read) return read;
      if (read.code < low.code) return { problem: `\`${source.slice(from, read.end)}\` is no range` };
      high = read;
      at = read.end;
    }
    script += range(low.code, high.code);
    if (anyCase) script += otherCase(low.code, high.code);
  }
}

function classSet(character: string, letter: string): string | undefined {
  return character === '\\' && /^[dws]$/.test(letter) ? classEscapes[letter] : undefined;
}

/** One character of a class, by its code. */
function readMember(
  source: string,
  at: number,
): { readonly code: number; readonly end: number } | { readonly problem: string } {
  if (source.charAt(at) !== '\\') {
    const code = source.codePointAt(at) ?? 0;
    return code > 0xffff ? unsupported(`\`${String.fromCodePoint(code)}\` in [...]`) : { code, end: at + 1 };
  }
  const coded = readCode(source, at);
  if (coded !== undefined) {
    const { script, end } = coded;
    return { code: new RegExp(`^${script}$`).test('\t') ? 9 : codeOf(script), end };
  }
  const letter = source.charAt(at + 1);
  if (letter === '' || /[A-Za-z0-9]/.test(letter)) return unsupported(`\`\\${letter}\` in [...]`);
  return { code: letter.charCodeAt(0), end: at + 2 };
}

function codeOf(script: string): number {
  const named = { '\\n': 10, '\\v': 11, '\\f': 12, '\\r': 13, '\\x07': 7 }[script];
  return named ?? Number.parseInt(script.slice(2), 16);
}

function range(low: number, high: number): string {
  return low === high ? codeText(low) : `${codeText(low)}-${codeText(high)}`;
}

function codeText(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

function otherCase(low: number, high: number): string {
  if (low === high) {
    const character = String.fromCharCode(low);
    return [character.toLowerCase(), character.toUpperCase()]
      .filter((other) => other !== character && other.length === 1)
      .map((other) => range(other.charCodeAt(0), other.charCodeAt(0)))
      .join('');
  }
  const shifted = (from: number, to: number, by: number): string => {
    const [least, most] = [Math.max(low, from), Math.min(high, to)];
    return least <= most ? range(least + by, most + by) : '';
  };
  return shifted(0x41, 0x5a, 32) + shifted(0x61, 0x7a, -32);
}
