// A query's SQL as it is written, made ready: macros expanded, its parameters found, and what is wrong or doubtful in it
// told. Whether the engine takes it is seen when it runs.

import { expandMacros } from './macro.ts';
import { isWindowName, type Parameter } from './query.ts';
import { findPlaceholders, type Placeholder, type Token, tokenize } from './sql-text.ts';

export interface Statement {
  readonly sql: string;
  readonly placeholders: readonly Placeholder[];
  /** For which it is not to be run. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export function readStatement(
  written: string,
  parameters: Readonly<Record<string, Parameter>>,
  { isScheduled }: { readonly isScheduled: boolean },
): Statement {
  if (/\{[{%]/.test(written)) {
    const message = '{{ }} and {% %}: templates are not supported; write the SQL out';
    return { sql: written, placeholders: [], problems: [message], warnings: [] };
  }
  const { sql, problems } = expandMacros(written);
  const tokens = tokenize(sql);
  const placeholders = findPlaceholders(tokens);
  const used = new Set(placeholders.map(({ name }) => name));
  const unknown = [...used].filter((name) => !isWindowName(name) && !Object.hasOwn(parameters, name));
  const types = Map.groupBy(placeholders, ({ name }) => name);
  const twofold = [...types].filter(
    ([name, each]) => isWindowName(name) && new Set(each.map(({ type }) => type)).size > 1,
  );
  const bounded = placeholders.some(({ name }) => isWindowName(name)) || tokens.some(isTimeColumn);
  return {
    sql,
    placeholders,
    problems: [
      ...problems.map(({ start, message }) => `line ${lineOf(written, start)} of the SQL: ${message}`),
      ...unknown.map((name) => `{${name}:...}: there is no parameter of that name under params`),
      ...twofold.map(([name]) => `{${name}:...}: expected one type, such as DateTime64(6), wherever it is used`),
      ...Object.keys(parameters)
        .filter(isWindowName)
        .map((name) => `params.${name}: is the run's own, and cannot be set`),
    ],
    warnings: [
      ...(isScheduled && !bounded
        ? [
            'no time bound: each run reads all that is stored; use {from:DateTime64(6)} and {to:DateTime64(6)} on p_parse_time',
          ]
        : []),
      ...Object.keys(parameters)
        .filter((name) => !isWindowName(name) && !used.has(name))
        .map((name) => `params.${name}: is not used in the query`),
    ],
  };
}

function isTimeColumn({ kind, text }: Token): boolean {
  return (kind === 'word' || kind === 'name') && /^[`"]?p_(?:event|parse)_time[`"]?$/.test(text);
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
