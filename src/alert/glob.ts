// Texts with wildcards, matched whole. Each run takes as little as it can, which for these wildcards is enough: no text makes
// it take longer than its length times the pattern's.

/** Any one character. */
const one = Symbol('one');
/** Any run of them. */
const run = Symbol('run');

type Symbols = readonly (string | typeof one)[];

/** `*` is any run of characters, `?` one; a backslash before them or before a backslash takes their meaning. */
export function globOf(pattern: string): (text: string) => boolean {
  const parts: (string | typeof one)[][] = [[]];
  for (const symbol of symbolsOf(pattern)) {
    if (symbol === run) parts.push([]);
    else parts.at(-1)?.push(symbol);
  }
  const [first = [], ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) {
    const literal = literalOf(first);
    return literal === undefined
      ? (text) => text.length === first.length && isAt(text, first, 0)
      : (text) => text === literal;
  }
  const finders = rest.filter((part) => part.length > 0).map(finderOf);
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !isAt(text, first, 0) || !isAt(text, last, end)) return false;
    let from = first.length;
    for (const find of finders) {
      from = find(text, from);
      if (from < 0 || from > end) return false;
    }
    return true;
  };
}

function* symbolsOf(pattern: string): Generator<string | typeof one | typeof run> {
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    const next = pattern.charAt(at + 1);
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      yield next;
      at++;
    } else if (character === '*') yield run;
    else yield character === '?' ? one : character;
  }
}

/** Gives the place after the first find, or -1. */
function finderOf(part: Symbols): (text: string, from: number) => number {
  const literal = literalOf(part);
  if (literal !== undefined) {
    return (text, from) => {
      const at = text.indexOf(literal, from);
      return at < 0 ? -1 : at + literal.length;
    };
  }
  return (text, from) => {
    for (let at = from; at + part.length <= text.length; at++) if (isAt(text, part, at)) return at + part.length;
    return -1;
  };
}

function literalOf(part: Symbols): string | undefined {
  return part.every((symbol) => symbol !== one) ? part.join('') : undefined;
}

function isAt(text: string, part: Symbols, at: number): boolean {
  return part.every((symbol, index) => symbol === one || text.charAt(at + index) === symbol);
}
