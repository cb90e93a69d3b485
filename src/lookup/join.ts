// Joins tables to the events of one log type: which selectors apply, and `p_enrichment` in Panther's shape: by table and
// selector the row with `p_match`; for a list-valued selector the rows of those elements that match.

import type { Event, Json } from '../core/event.ts';
import type { LookupRow, LookupTable } from './table.ts';

export type Enrichment = NonNullable<Event['p_enrichment']>;

/** `select` gives a getter of the record in hand for a selector, undefined where the log type has no such field. */
export function createJoin(
  tables: readonly LookupTable[],
  logType: string,
  select: (selector: string) => (() => Json | undefined) | undefined,
): (() => Enrichment | undefined) | undefined {
  const joins = tables.flatMap((table) =>
    [...(table.selectors[logType] ?? []), ...(table.selectors['*'] ?? [])].flatMap((selector) => {
      // `$.client.ipAddress` and `client.ipAddress` are one; the key under p_enrichment is without `$.`.
      const key = selector.startsWith('$.') ? selector.slice(2) : selector;
      const value = select(key);
      return value === undefined ? [] : [{ table, key, value }];
    }),
  );
  if (joins.length === 0) return undefined;

  return () => {
    let found: Record<string, Record<string, Json>> | undefined;
    for (const { table, key, value } of joins) {
      const wanted = value();
      if (wanted === undefined || wanted === null) continue;
      const rows = Array.isArray(wanted) ? matches(table, wanted as readonly Json[]) : match(table, wanted);
      if (rows === undefined) continue;
      found ??= {};
      (found[table.name] ??= {})[key] = rows;
    }
    return found;
  };
}

function match(table: LookupTable, value: Json): Json | undefined {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const row = table.find(text);
  return row === undefined ? undefined : withMatch(row, text);
}

function matches(table: LookupTable, values: readonly Json[]): Json | undefined {
  const rows: Json[] = [];
  for (const value of values) {
    const row = match(table, value);
    if (row !== undefined) rows.push(row);
  }
  return rows.length === 0 ? undefined : rows;
}

function withMatch(row: LookupRow, value: string): Json {
  return { ...row, p_match: value };
}
