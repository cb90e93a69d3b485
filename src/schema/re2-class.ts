// Character classes of RE2, `[^a-f[:digit:]\s]`, in JavaScript's form.

import { codeUnit, escapedCode, type Flags, type Reader, Refused } from './re2-reader.ts';

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\x0b\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
const negatedPosixClasses: Readonly<Record<string, string>> = {
  alnum: '\\x00-\\/:-@\\[-`{-\\uffff',
  alpha: '\\x00-@\\[-`{-\\uffff',
  ascii: '\\x80-\\uffff',
  blank: '\\x00-\\x08\\x0a-\\x1f!-\\uffff',
  cntrl: ' -~\\x80-\\uffff',
  digit: '\\x00-\\/:-\\uffff',
  graph: '\\x00- \\x7f-\\uffff',
  lower: '\\x00-`{-\\uffff',
  print: '\\x00-\\x1f\\x7f-\\uffff',
  punct: '\\x00- 0-9A-Za-z\\x7f-\\uffff',
  space: '\\x00-\\x08\\x0e-\\x1f!-\\uffff',
  upper: '\\x00-@\\[-\\uffff',
  word: '\\x00-\\/:-@\\[-\\^`{-\\uffff',
  xdigit: '\\x00-\\/:-@G-`g-\\uffff',
};
// RE2's \s is ASCII without the vertical tab; JavaScript's is wider.
export const spaceSet = '\\t\\n\\f\\r ';
export const notSpaceSet = '\\x00-\\x08\\x0b\\x0e-\\x1f!-\\uffff';

/** After '['. */
export function characterClass(reader: Reader, flags: Flags): string {
  const negated = reader.takes('^');
  let source = '';
  let first = true;
  while (first || reader.peek() !== ']') {
    first = false;
    const posix = reader.match(/\[:(\^?)([a-z]+):\]/y);
    if (posix !== null) {
      const set = (posix[1] === '^' ? negatedPosixClasses : posixClasses)[posix[2] ?? ''];
      if (set === undefined) throw new Refused(`has the unknown class ${posix[0]}`);
      source += set + (flags.ignoreCase && (posix[2] === 'lower' || posix[2] === 'upper') ? 'A-Za-z' : '');
      continue;
    }
    const low = classItem(reader);
    if (typeof low === 'string') {
      source += low;
      continue;
    }
    const high = reader.match(/-(?!\])/y) === null ? low : classItem(reader);
    if (typeof high === 'string' || high < low) throw new Refused('has a bad range in a class');
    source += range(low, high) + (flags.ignoreCase ? otherCase(low, high) : '');
  }
  reader.next();
  return `[${negated ? '^' : ''}${source}]`;
}

/** A character's code, or the source of a set such as \d. */
function classItem(reader: Reader): number | string {
  const char = reader.next();
  if (char === '') throw new Refused("has a '[' without ']'");
  if (char !== '\\') return char.codePointAt(0) ?? 0;
  for (const [name, source] of [
    ['d', '\\d'],
    ['D', '\\D'],
    ['w', '\\w'],
    ['W', '\\W'],
    ['s', spaceSet],
    ['S', notSpaceSet],
  ] as const) {
    if (reader.takes(name)) return source;
  }
  const code = escapedCode(reader);
  if (code === undefined) throw new Refused(`has the unknown escape \\${reader.peek()} in a class`);
  return code;
}

function range(low: number, high: number): string {
  if (low > 0xffff) throw new Refused('has a character beyond U+FFFF in a class, which is not supported');
  const top = Math.min(high, 0xffff);
  return low === top ? classChar(low) : `${classChar(low)}-${classChar(top)}`;
}

function classChar(code: number): string {
  const char = String.fromCharCode(code);
  if (/^[\w !"#%&'*+,.:;<=>@~]$/.test(char)) return char;
  return code > 127 && code < 0xd800 ? char : codeUnit(code);
}

/** The letters of the range in the other case, ASCII only. */
function otherCase(low: number, high: number): string {
  let source = '';
  for (const [from, to, shift] of [
    [65, 90, 32],
    [97, 122, -32],
  ] as const) {
    const start = Math.max(low, from);
    const end = Math.min(high, to);
    if (start <= end) source += range(start + shift, end + shift);
  }
  return source;
}
