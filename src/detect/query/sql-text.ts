// SQL as a row of tokens, as far as its parameters and time macros are to be found: what is in texts, quoted names and
// comments is none. It does not understand SQL, and joined together the tokens are the text again.

export interface Token {
  readonly kind: 'space' | 'comment' | 'text' | 'name' | 'word' | 'sign';
  readonly text: string;
  /** In the SQL. */
  readonly start: number;
}

/** A text or a comment without an end goes to the end. */
const forms = [
  ['space', /\s+/y],
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|#![^\n]*/y],
  ['text', /'(?:[^'\\]|\\[\s\S])*(?:'|$)/y],
  ['name', /[`"](?:[^`"\\]|\\[\s\S])*(?:[`"]|$)/y],
  ['word', /[\p{L}\p{N}_$]+/uy],
  ['sign', /[\s\S]/uy],
] as const;

export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let start = 0; start < sql.length; ) {
    for (const [kind, form] of forms) {
      form.lastIndex = start;
      const text = form.exec(sql)?.[0];
      if (text === undefined) continue;
      tokens.push({ kind, text, start });
      start += text.length;
      break;
    }
  }
  return tokens;
}

export interface Placeholder {
  readonly name: string;
  /** As it is written: `DateTime64(6)`. */
  readonly type: string;
  readonly start: number;
}

/** Of `Map(String, Array(UInt8))` there are nine. */
const maxTypeParts = 40;

/** `{name:Type}`, as the engine binds them. */
export function findPlaceholders(tokens: readonly Token[]): readonly Placeholder[] {
  const found: Placeholder[] = [];
  const parts = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  for (const [index, { text, start }] of parts.entries()) {
    const name = parts[index + 1];
    if (text !== '{' || name?.kind !== 'word' || parts[index + 2]?.text !== ':') continue;
    const rest = parts.slice(index + 3, index + 3 + maxTypeParts).map((part) => part.text);
    const end = rest.indexOf('}');
    if (end >= 0) found.push({ name: name.text, type: rest.slice(0, end).join(''), start });
  }
  return found;
}
