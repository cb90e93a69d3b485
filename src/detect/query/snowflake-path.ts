// Snowflake's paths into JSON (`actor:user:email`, `assets[0]:name`) as ClickHouse's (`actor.user.email`,
// `assets[1].name`), as far as the text alone tells them: a colon between two names without a blank. The rest of Snowflake's
// SQL stays as it is.

import { type Token, tokenize } from './sql-text.ts';

export function translatePaths(sql: string): string {
  const tokens = tokenize(sql);
  return tokens
    .map((token, index) => {
      if (isPathColon(tokens, index)) return '.';
      // Snowflake counts from 0.
      return isPosition(tokens, index) ? String(Number(token.text) + 1) : token.text;
    })
    .join('');
}

function isPathColon(tokens: readonly Token[], index: number): boolean {
  const [before, colon, after] = [tokens[index - 1], tokens[index], tokens[index + 1]];
  if (colon?.kind !== 'sign' || colon.text !== ':' || before === undefined || after === undefined) return false;
  // `{name:Type}` is a parameter.
  return tokens[index - 2]?.text !== '{' && isName(after) && (isName(before) || before.text === ']');
}

function isName({ kind, text }: Token): boolean {
  return (kind === 'word' && !/^\d/.test(text)) || (kind === 'name' && !text.startsWith("'"));
}

function isPosition(tokens: readonly Token[], index: number): boolean {
  const [name, open, number, close] = [tokens[index - 2], tokens[index - 1], tokens[index], tokens[index + 1]];
  if (number?.kind !== 'word' || !/^\d{1,6}$/.test(number.text) || open?.text !== '[' || close?.text !== ']')
    return false;
  return name !== undefined && (isName(name) || name.text === ')' || name.text === ']');
}
