// Regular expressions as users write them (RE2 syntax, as Panther and Go take it, with grok's `%{PATTERN:field}`) to the
// source of a JavaScript one without flags. What RE2 does not have (lookaround, backreferences, atomic groups) is refused:
// V8 keeps the rest linear, with its fallback switched on.

import { characterClass, notSpaceSet, spaceSet } from './re2-class.ts';
import { codeUnit, escapedCode, type Flags, Reader, Refused } from './re2-reader.ts';

/** `source` is for `new RegExp(source)`. Its capture i+1 is the field `groups[i]`; no other group captures. */
export interface Grok {
  readonly source: string;
  readonly groups: readonly string[];
}

/** The text of a named pattern, or what is wrong with asking for it. */
export type PatternLookup = (name: string) => { readonly text: string } | { readonly problem: string };

const mostSource = 100_000;
const deepest = 64;

class Translation {
  readonly #pattern: PatternLookup;
  readonly groups: string[] = [];
  readonly #stack: string[] = [];
  #size = 0;

  constructor(pattern: PatternLookup) {
    this.#pattern = pattern;
  }

  /** One pattern text, whole and balanced. */
  expression(text: string, flags: Flags): string {
    const reader = new Reader(text);
    const source = this.#alternatives(reader, flags, 0);
    if (reader.peek() !== '') throw new Refused(`has a ')' without '(' at ${reader.at}`);
    return source;
  }

  #alternatives(reader: Reader, outer: Flags, depth: number): string {
    if (depth > deepest) throw new Refused(`is nested deeper than ${deepest}`);
    let flags = outer;
    let source = '';
    for (;;) {
      const char = reader.peek();
      if (char === '' || char === ')') return source;
      if (char === '|') {
        reader.next();
        source += '|';
        continue;
      }
      if (reader.takes('(?')) {
        const group = this.#special(reader, flags, depth);
        if (typeof group !== 'string') {
          flags = group;
          continue;
        }
        source += group + quantifier(reader);
        continue;
      }
      source += this.#atom(reader, flags, depth) + quantifier(reader);
    }
  }

  #atom(reader: Reader, flags: Flags, depth: number): string {
    const char = reader.next();
    switch (char) {
      case '(':
        return this.#close(reader, '(?:', flags, depth);
      case '[':
        return characterClass(reader, flags);
      case '.':
        return flags.dotAll ? '[^]' : '[^\\n]';
      case '^':
      case '$':
        return flags.multiline ? `(?m:${char})` : `(?:${char})`;
      case '*':
      case '+':
      case '?':
        throw new Refused(`has nothing to repeat before '${char}' at ${reader.at - 1}`);
      case '\\':
        return escape(reader, flags);
      case '%':
        return reader.peek() === '{' ? this.#named(reader, flags) : '%';
      default:
        return literal(char, flags);
    }
  }

  /** After '(?': a group, or the flags that hold from here to the end of the enclosing group. */
  #special(reader: Reader, flags: Flags, depth: number): string | Flags {
    if (reader.takes(':')) return this.#close(reader, '(?:', flags, depth);
    for (const look of ['=', '!', '<=', '<!']) {
      if (reader.takes(look)) throw new Refused(`uses lookaround '(?${look}', which RE2 does not have`);
    }
    if (reader.takes('>')) throw new Refused("uses an atomic group '(?>', which RE2 does not have");
    if (reader.takes('P=')) throw new Refused("uses a backreference '(?P=', which RE2 does not have");
    if (reader.takes('P<') || reader.takes('<')) {
      const name = reader.until('>');
      if (name === undefined || !/^[\p{L}_@][\p{L}\p{N}_@.-]*$/u.test(name)) throw new Refused('has a bad group name');
      return this.#capture(name, () => this.#close(reader, '(', flags, depth));
    }
    let on = true;
    let changed = flags;
    for (;;) {
      const char = reader.next();
      if (char === ')') return changed;
      if (char === ':') return this.#close(reader, '(?:', changed, depth);
      if (char === '-' && on) on = false;
      else if (char === 'i') changed = { ...changed, ignoreCase: on };
      else if (char === 'm') changed = { ...changed, multiline: on };
      else if (char === 's') changed = { ...changed, dotAll: on };
      else throw new Refused(`has the unknown group '(?${char}' at ${reader.at - 1}`);
    }
  }

  #close(reader: Reader, open: string, flags: Flags, depth: number): string {
    const inner = this.#alternatives(reader, flags, depth + 1);
    if (!reader.takes(')')) throw new Refused("has a '(' without ')'");
    return this.#sized(`${open}${inner})`);
  }

  /** Captures are numbered by their opening: the name is kept before what is inside is read. */
  #capture(name: string, inner: () => string): string {
    this.groups.push(name);
    return inner();
  }

  /** After '%': `{NAME}`, `{NAME:field}` or `{NAME:field:type}`; the type is the schema's affair. */
  #named(reader: Reader, flags: Flags): string {
    reader.next();
    const reference = reader.until('}');
    const [name = '', field, type, more] = reference?.split(':') ?? [];
    if (!/^\w+$/.test(name) || more !== undefined || (type !== undefined && !/^[a-z]+$/.test(type))) {
      throw new Refused(`has a pattern that is not %{NAME} or %{NAME:field}: %{${reference ?? ''}`);
    }
    if (field !== undefined && !/^[\p{L}_@][\p{L}\p{N}_@.-]*$/u.test(field)) {
      throw new Refused(`has a bad field name in %{${reference}}`);
    }
    if (this.#stack.includes(name)) {
      throw new Refused(`has a pattern that contains itself: ${[...this.#stack, name].join(' > ')}`);
    }
    if (this.#stack.length >= deepest) throw new Refused(`has patterns nested deeper than ${deepest}`);
    const found = this.#pattern(name);
    if ('problem' in found) throw new Refused(found.problem);
    this.#stack.push(name);
    const expand = (): string => this.expression(found.text, flags);
    const source = field === undefined ? `(?:${expand()})` : `(${this.#capture(field, expand)})`;
    this.#stack.pop();
    return this.#sized(source);
  }

  /** Each group adds its own size, so that patterns of patterns cannot grow without end. */
  #sized(source: string): string {
    this.#size += source.length;
    if (this.#size > mostSource * 10 || source.length > mostSource) throw new Refused('is too large');
    return source;
  }
}

function quantifier(reader: Reader): string {
  const counted = /\{(\d+)(?:(,)(\d*))?\}/y;
  let source = '';
  const char = reader.peek();
  if (char === '*' || char === '+' || char === '?') source = reader.next();
  else if (char === '{') {
    const found = reader.match(counted);
    if (found === null) return '';
    const least = Number(found[1]);
    const most = found[3] === undefined || found[3] === '' ? least : Number(found[3]);
    if (least > 1000 || most > 1000 || most < least) throw new Refused(`has a bad repeat count ${found[0]}`);
    [source] = found;
  }
  if (source === '') return '';
  if (reader.takes('?')) source += '?';
  const next = reader.peek();
  if (next === '*' || next === '+' || next === '?') throw new Refused(`repeats a repetition: '${source}${next}'`);
  return source;
}

function literal(char: string, flags: Flags): string {
  if (flags.ignoreCase && /^[A-Za-z]$/.test(char)) return `[${char.toLowerCase()}${char.toUpperCase()}]`;
  if (/^[/{}\]]$/.test(char)) return `\\${char}`;
  return char.length > 1 ? `(?:${char})` : char;
}

/** After a backslash outside of a class. */
function escape(reader: Reader, flags: Flags): string {
  if (reader.takes('Q')) {
    const quoted = reader.until('\\E') ?? reader.match(/[^]*/y)?.[0] ?? '';
    return Array.from(quoted, (char) => quote(char, flags)).join('');
  }
  for (const [name, source] of [
    ['A', '(?:^)'],
    ['z', '(?:$)'],
    ['b', '\\b'],
    ['B', '\\B'],
    ['d', '\\d'],
    ['D', '\\D'],
    ['w', '\\w'],
    ['W', '\\W'],
    ['s', `[${spaceSet}]`],
    ['S', `[${notSpaceSet}]`],
  ] as const) {
    if (reader.takes(name)) return source;
  }
  if (/^[pP]$/.test(reader.peek())) throw new Refused('uses a Unicode class \\p, which is not supported');
  if (/^[kg]$/.test(reader.peek()))
    throw new Refused(`uses a backreference \\${reader.peek()}, which RE2 does not have`);
  const code = escapedCode(reader);
  if (code !== undefined && code <= 0x10ffff) return quote(String.fromCodePoint(code), flags);
  const char = reader.next();
  if (char === '') throw new Refused('ends in a backslash');
  if (/^[1-9]$/.test(char)) throw new Refused(`uses a backreference \\${char}, which RE2 does not have`);
  throw new Refused(`has the unknown escape \\${char}`);
}

function quote(char: string, flags: Flags): string {
  if (/^[\^$\\.*+?()[\]{}|/]$/.test(char)) return `\\${char}`;
  const code = char.charCodeAt(0);
  return code < 32 || code === 127 ? codeUnit(code) : literal(char, flags);
}

/** `problem` completes the sentence "the pattern ...". */
export function translate(text: string, pattern: PatternLookup): Grok | { readonly problem: string } {
  const translation = new Translation(pattern);
  try {
    const source = translation.expression(text, { ignoreCase: false, multiline: false, dotAll: false });
    // The last word on syntax is V8's.
    void new RegExp(source);
    return { source, groups: translation.groups };
  } catch (error) {
    if (error instanceof Refused) return { problem: error.message };
    if (error instanceof SyntaxError) return { problem: `does not compile: ${error.message}` };
    throw error;
  }
}
