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

/** A getter of the record in hand for a selector; undefined where the log type has no such field. */
export type Select = (selector: string) => (() => Json | undefined) | undefined;

/** What is given takes the event's time, epoch ms: a table is asked what it said then. */
export function createJoin(
  tables: readonly CurrentTable[],
  logType: string,
  select: Select,
): ((time: number) => Enrichment | undefined) | undefined {
  const joins = joinsOf(tables, logType, select);
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

/** What a table has about a value of an event, at the event's time or at another. */
export interface Finding {
  readonly table: string;
  readonly selector: string;
  readonly value: string;
  readonly row: LookupRow;
  readonly holds: boolean;
  /** Epoch ms; infinite where the table does not say. */
  readonly from: number;
  readonly to: number;
}

/** For people who ask why an event has an enrichment, or has none. */
export function explainJoin(
  tables: readonly LookupTable[],
  logType: string,
  select: Select,
  time: number,
): readonly Finding[] {
  const joins = joinsOf(
    tables.map((table) => ({ table })),
    logType,
    select,
  );
  return joins.flatMap(({ current: { table }, key, value }) =>
    [value() ?? []].flat().flatMap((element) => {
      const text = textOf(element);
      return table.history(text).map(({ row, from, to }) => {
        const holds = from <= time && time < to;
        return { table: table.name, selector: key, value: text, row, holds, from, to };
      });
    }),
  );
}

function joinsOf(tables: readonly CurrentTable[], logType: string, select: Select) {
  return tables.flatMap((current) =>
    [...(current.table.selectors[logType] ?? []), ...(current.table.selectors['*'] ?? [])].flatMap((selector) => {
      // `$.client.ipAddress` and `client.ipAddress` are one; the key under p_enrichment is without `$.`.
      const key = selector.startsWith('$.') ? selector.slice(2) : selector;
      const value = select(key);
      return value === undefined ? [] : [{ current, key, value }];
    }),
  );
}

function match(table: LookupTable, value: Json, time: number): Json | undefined {
  const text = textOf(value);
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

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function withMatch(row: LookupRow, value: string): Json {
  return { ...row, p_match: value };
}
