// Joins tables to the events of one log type: which selectors apply, and `p_enrichment` in Panther's shape: by table and
// selector the row with `p_match`; for a list-valued selector the rows of those elements that match.

import type { Event, Json } from '../core/event.ts';
import type { LookupRow } from './pack.ts';
import type { LookupTable } from './table.ts';

export type Enrichment = NonNullable<Event['p_enrichment']>;

/** Holds a table that may be changed for a newer version of it. */
export interface CurrentTable {
  readonly table: LookupTable;
}

/** What is given takes the event's time, epoch ms: a table is asked what it said then. `select` gives a getter of the record in hand for a selector, undefined where the log type has no such field. */
export function createJoin(
  tables: readonly CurrentTable[],
  logType: string,
  select: (selector: string) => (() => Json | undefined) | undefined,
): ((time: number) => Enrichment | undefined) | undefined {
  const joins = tables.flatMap((current) =>
    [...(current.table.selectors[logType] ?? []), ...(current.table.selectors['*'] ?? [])].flatMap((selector) => {
      // `$.client.ipAddress` and `client.ipAddress` are one; the key under p_enrichment is without `$.`.
      const key = selector.startsWith('$.') ? selector.slice(2) : selector;
      const value = select(key);
      return value === undefined ? [] : [{ current, key, value }];
    }),
  );
  if (joins.length === 0) return undefined;

  return (time) => {
    let found: Record<string, Record<string, Json>> | undefined;
    for (const { current, key, value } of joins) {
      const { table } = current;
      const wanted = value();
      if (wanted === undefined || wanted === null) continue;
      const rows = Array.isArray(wanted) ? matches(table, wanted as readonly Json[], time) : match(table, wanted, time);
      if (rows === undefined) continue;
      found ??= {};
      (found[table.name] ??= {})[key] = rows;
    }
    return found;
  };
}

function match(table: LookupTable, value: Json, time: number): Json | undefined {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const row = table.find(text, time);
  return row === undefined ? undefined : withMatch(row, text);
}

function matches(table: LookupTable, values: readonly Json[], time: number): Json | undefined {
  const rows: Json[] = [];
  for (const value of values) {
    const row = match(table, value, time);
    if (row !== undefined) rows.push(row);
  }
  return rows.length === 0 ? undefined : rows;
}

function withMatch(row: LookupRow, value: string): Json {
  return { ...row, p_match: value };
}
