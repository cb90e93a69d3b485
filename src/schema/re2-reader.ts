// Reads the text of a regular expression piece by piece, and refuses what cannot be.

/** How letters, dots and line ends are meant at a place of the expression. */
export interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** Thrown while translating; `translate` makes a value of it. The message is the rest of "the pattern ...". */
export class Refused extends Error {}

export class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): string {
    return this.#text.charAt(this.at);
  }

  /** A whole code point; '' at the end. */
  next(): string {
    const code = this.#text.codePointAt(this.at);
    if (code === undefined) return '';
    const char = String.fromCodePoint(code);
    this.at += char.length;
    return char;
  }

  takes(text: string): boolean {
    if (!this.#text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  until(end: string): string | undefined {
    const found = this.#text.indexOf(end, this.at);
    if (found < 0) return undefined;
    const text = this.#text.slice(this.at, found);
    this.at = found + end.length;
    return text;
  }

  match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.#text);
    if (found !== null) this.at = sticky.lastIndex;
    return found;
  }
}

export function codeUnit(code: number): string {
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The code of `\x41`, `\x{1F600}`, `\101`, `\n` ...; undefined where the escape is no single character. */
export function escapedCode(reader: Reader): number | undefined {
  const hex = reader.match(/x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/y);
  if (hex !== null) return Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
  const octal = reader.match(/0[0-7]{0,2}|[1-7][0-7]{1,2}/y);
  if (octal !== null) return Number.parseInt(octal[0], 8);
  const control = reader.match(/[aftnrv]/y);
  if (control !== null) return { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }[control[0]];
  const mark = reader.match(/[^0-9A-Za-z]/uy);
  return mark?.[0].codePointAt(0);
}
