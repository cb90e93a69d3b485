// Joins tables to the events of one log type: which selectors apply, and `p_enrichment` in Panther's shape: by table and
// selector the row with `p_match`; for a list-valued selector the rows of those elements that match.

import type { Event, Json } from '../core/event.ts';
import { bytesOf, JsonBytes } from './json-bytes.ts';
import type { LookupRow } from './pack.ts';
import { copyOf, type CopyRow } from './row-copy.ts';
import type { LookupTable } from './table.ts';

export type Enrichment = NonNullable<Event['p_enrichment']>;

const [opening, comma, closing, brace, end] = bytesOf('[', ',', ']', '}', '}}');

/** Holds a table that may be changed for a newer version of it. */
export interface CurrentTable {
  readonly table: LookupTable;
}

/** A getter of the record in hand for a selector; undefined where the log type has no such field. */
export type Select = (selector: string) => (() => Json | undefined) | undefined;

export interface Joined {
  readonly enrichment: Enrichment;
  /** The same as JSON, to be stored: good until the next event is joined. */
  readonly json: { readonly buffer: Buffer; readonly length: number };
}

/** What is given takes the event's time, epoch ms: a table is asked what it said then. */
export function createJoin(
  tables: readonly CurrentTable[],
  logType: string,
  select: Select,
): ((time: number) => Joined | undefined) | undefined {
  const joins = joinsOf(tables, logType, select).map((join) => {
    const name = JSON.stringify(join.current.table.name);
    const [first, next, head] = bytesOf(`{${name}:{`, `},${name}:{`, `${JSON.stringify(join.key)}:`);
    return { ...join, first, next, head };
  });
  if (joins.length === 0) return undefined;
  const json = new JsonBytes();

  return (time) => {
    let enrichment: Record<string, Record<string, Json>> | undefined;
    json.length = 0;
    for (const { current, key, value, first, next, head } of joins) {
      const { table } = current;
      const wanted = value();
      if (wanted === undefined || wanted === null) continue;
      const isList = Array.isArray(wanted);
      const matches = matchesOf(table, isList ? (wanted as readonly Json[]) : [wanted], time);
      if (matches.length === 0) continue;
      let ofTable = enrichment?.[table.name];
      json.add(enrichment === undefined ? first : ofTable === undefined ? next : comma);
      json.add(head);
      enrichment ??= {};
      if (ofTable === undefined) {
        ofTable = {};
        enrichment[table.name] = ofTable;
      }
      ofTable[key] = isList ? listOf(matches, json) : rowOf(matches[0] as Match, json);
    }
    if (enrichment === undefined) return undefined;
    json.add(end);
    return { enrichment, json };
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
  return tables.flatMap((current) => {
    const { selectors } = current.table;
    // `$.client.ipAddress` and `client.ipAddress` are one; the key under p_enrichment is without `$.`.
    const named = [...(selectors[logType] ?? []), ...(selectors['*'] ?? [])];
    return [...new Set(named.map((selector) => selector.replace(/^\$\./, '')))].flatMap((key) => {
      const value = select(key);
      return value === undefined ? [] : [{ current, key, value }];
    });
  });
}

interface Match {
  readonly row: LookupRow;
  readonly text: string;
}

function matchesOf(table: LookupTable, values: readonly Json[], time: number): readonly Match[] {
  let found: Match[] | undefined;
  for (const value of values) {
    const text = textOf(value);
    const row = table.find(text, time);
    if (row !== undefined) (found ??= []).push({ row, text });
  }
  return found ?? none;
}

const none: readonly Match[] = [];

function listOf(matches: readonly Match[], json: JsonBytes): Json {
  const rows: Json[] = [];
  for (const match of matches) {
    json.add(rows.length === 0 ? opening : comma);
    rows.push(rowOf(match, json));
  }
  json.add(closing);
  return rows;
}

function rowOf({ row, text }: Match, json: JsonBytes): Json {
  const { begin, copy } = writingOf(row);
  json.add(begin);
  json.addText(text);
  json.add(brace);
  return copy(row, text);
}

interface Writing {
  /** JSON up to where the value of `p_match` follows. */
  readonly begin: Buffer;
  readonly copy: CopyRow;
}

/** Tables give the same rows again and again; writing them anew for each event costs more than to find them. */
const writings = new WeakMap<LookupRow, Writing>();

function writingOf(row: LookupRow): Writing {
  const known = writings.get(row);
  if (known !== undefined) return known;
  const text = JSON.stringify({ ...row, p_match: undefined });
  const begin = Buffer.from(`${text === '{}' ? '{' : `${text.slice(0, -1)},`}"p_match":`);
  const writing = { begin, copy: copyOf(row) };
  writings.set(row, writing);
  return writing;
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
