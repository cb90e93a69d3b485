// Decides what a user's SQL may be: one statement that reads tables, and nothing of the machine that the engine runs on.
// Read-only mode alone is not enough: under it the engine still runs `file('/etc/passwd')`, `INTO OUTFILE`,
// `DESCRIBE url(...)`, `KILL QUERY` and a subquery's SETTINGS (all seen in 26.7).

import { UserError } from '../../core/problem.ts';

/** Functions of the engine that leave it: table functions that read-only mode is meant to forbid, in lower case. */
export type OutsideFunctions = ReadonlySet<string>;

/** Gives the names for `checkStatement`. Table functions that share their name with a harmless function (`format`) stay
 *  forbidden by read-only mode alone. */
export const outsideFunctionsSql = `
  SELECT lower(name) AS name FROM system.table_functions
  WHERE NOT allow_readonly AND name NOT IN (SELECT name FROM system.functions)`;

/** Plain functions that read files of the machine. */
const readsFiles = ['file', 'catboostevaluate'];

const firstWords = ['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'EXPLAIN'];

/** `canonical` is the statement as the engine's own parser prints it (`formatQuery`): one statement, no comments, plain
 *  quotes. What is checked is what must then be run. A refused statement is a UserError. */
export function checkStatement(canonical: string, outside: OutsideFunctions): void {
  const tokens = tokenize(canonical);
  const words = tokens.map((token) => token.toUpperCase());
  const first = words.find((word) => word !== '(');
  if (first === undefined || !firstWords.includes(first))
    throw refused(`${first ?? 'it'} is not allowed, only ${firstWords.join(', ')}`);
  for (const [index, word] of words.entries()) {
    const previous = words[index - 1];
    const next = words[index + 1];
    if (word === 'INTO' && next === 'OUTFILE') throw refused('INTO OUTFILE is not allowed');
    if (tokens[index] === 'SETTINGS' && words[index + 2] === '=') throw refused('SETTINGS are not allowed');
    const name = bareName(tokens[index] ?? '');
    if (name === undefined || (next !== '(' && previous !== 'APPLY')) continue;
    if (outside.has(name) || readsFiles.includes(name)) throw refused(`the function ${name} is not allowed`);
  }
  if (/\nFORMAT \w+(?:\nSETTINGS .*)?$/.test(canonical)) throw refused('leave FORMAT out');
}

function refused(reason: string): UserError {
  return new UserError(`the query is refused: ${reason}`);
}

/** Strings, quoted names, words, and everything else by the character. */
const token = /'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|[\p{L}\p{N}_$]+|\S/gsu;

function tokenize(canonical: string): string[] {
  return canonical.match(token) ?? [];
}

/** `file`, `` `file` `` and `"FILE"` are file; a string or a sign is none. */
function bareName(text: string): string | undefined {
  const inner = /^[`"]/.test(text) ? text.slice(1, -1) : text;
  return text.startsWith("'") ? undefined : inner.toLowerCase();
}
