// The words of a script, in order. Comments are left out; text with `${}` in it is refused, as Groovy would run it.

import { ScriptProblem } from './ast.ts';

export interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'sign' | 'end';
  readonly text: string;
  readonly offset: number;
}

const longest = 100_000;

export function tokensOf(source: string): Token[] {
  if (source.length > longest) throw new ScriptProblem(0, 'the script is too long');
  const tokens: Token[] = [];
  const form =
    /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|([A-Za-z_]\w*)|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[lLfFdD]?)|("(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')|(->|\+\+|--|[+*/-]=|===?|!==?|<=|>=|&&|\|\||\?\.|\?:|::|[-+*/%<>=!?:;,.()[\]{}])/y;
  while (form.lastIndex < source.length) {
    const offset = form.lastIndex;
    const found = form.exec(source);
    if (found === null) throw new ScriptProblem(offset, `\`${source[offset] ?? ''}\` is not taken`);
    const [, name, number, text, sign] = found;
    if (name !== undefined) tokens.push({ kind: 'name', text: name, offset });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number.replace(/[lLfFdD]$/, ''), offset });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, offset });
    else if (text !== undefined) tokens.push({ kind: 'text', text: unquote(text, offset), offset });
  }
  tokens.push({ kind: 'end', text: 'the end', offset: source.length });
  return tokens;
}

function unquote(quoted: string, offset: number): string {
  if (quoted.startsWith('"') && /(?<!\\)\$[{A-Za-z]/.test(quoted))
    throw new ScriptProblem(offset, 'a text with ${} in it is not taken; join texts with +');
  const known: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return quoted.slice(1, -1).replaceAll(/\\([\s\S])/g, (_, character: string) => known[character] ?? character);
}
