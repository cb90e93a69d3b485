// From when until when each value of a list was on it, so that an event is judged by the list of its own time: each new
// list is folded into what the ones before it said. It knows neither events nor where lists come from.

import type { KeyMatch, LookupRow } from './pack.ts';

export interface Intervals {
  /** Epoch ms of the last list. */
  readonly time: number;
  /** By key, which is in lower case where case is of no matter. */
  readonly values: ReadonlyMap<string, Listed>;
}

export interface Listed {
  /** Epoch ms: from, to (exclusive), from, to, ..., without overlap; the last one is infinite while it is listed. */
  readonly spans: readonly number[];
  /** Of the last list that had it; absent where the row is nothing but the key. */
  readonly row?: LookupRow;
}

export const noIntervals: Intervals = { time: -Infinity, values: new Map() };

export interface FoldOptions {
  readonly primaryKey: string;
  readonly match: KeyMatch;
  /** Epoch ms when the list was fetched. */
  readonly time: number;
  /** The list's own date of a row, epoch ms. Without one, a value is listed from the time of the first list with it. */
  readonly since?: (row: LookupRow) => number | undefined;
  /** Intervals that ended before, epoch ms, are forgotten: no event is that old. */
  readonly forgetBefore?: number;
  /** Of more intervals that have ended, the oldest are forgotten. */
  readonly maxEnded?: number;
}

export interface Folded {
  readonly intervals: Intervals;
  /** Keys that are listed now and were not before. */
  readonly added: readonly string[];
}

const defaultMaxEnded = 1_000_000;

/** A list that is not newer than the last one changes nothing. Of rows with one key the later counts. */
export function foldList(former: Intervals, rows: Iterable<LookupRow>, options: FoldOptions): Folded {
  const { primaryKey, time, since, forgetBefore = -Infinity, maxEnded = defaultMaxEnded } = options;
  if (time <= former.time) return { intervals: former, added: [] };
  const listed = byKey(rows, options);
  const values = new Map<string, Listed>();
  const added: string[] = [];

  for (const [key, before] of former.values) {
    const row = listed.get(key);
    if (row !== undefined && !isListed(before)) added.push(key);
    const all = row === undefined ? ended(before, time) : listedAgain(before, row, time, since);
    const spans = later(all, forgetBefore);
    const kept = row === undefined ? before.row : moreThanKey(row, key, primaryKey);
    // Most values of most lists are as they were.
    if (spans === before.spans && kept === before.row) values.set(key, before);
    else if (spans.length > 0) values.set(key, listedAs(spans, kept));
  }
  for (const [key, row] of listed) {
    if (values.has(key)) continue;
    added.push(key);
    values.set(key, listedAs([start(row, -Infinity, time, since), Infinity], moreThanKey(row, key, primaryKey)));
  }
  return { intervals: { time, values: withoutOldest(values, maxEnded) }, added };
}

function byKey(rows: Iterable<LookupRow>, { primaryKey, match }: FoldOptions): Map<string, LookupRow> {
  const listed = new Map<string, LookupRow>();
  for (const row of rows) {
    const value = row[primaryKey];
    const key = typeof value === 'number' ? String(value) : value;
    if (typeof key === 'string' && key !== '') listed.set(match === 'casefold' ? key.toLowerCase() : key, row);
  }
  return listed;
}

/** undefined where the key says it all. */
function moreThanKey(row: LookupRow, key: string, primaryKey: string): LookupRow | undefined {
  if (row[primaryKey] !== key) return row;
  for (const column in row) if (column !== primaryKey) return row;
  return undefined;
}

function listedAs(spans: readonly number[], row: LookupRow | undefined): Listed {
  return row === undefined ? { spans } : { spans, row };
}

function isListed({ spans }: Listed): boolean {
  return spans.at(-1) === Infinity;
}

function ended({ spans }: Listed, time: number): readonly number[] {
  return spans.at(-1) === Infinity ? spans.with(spans.length - 1, time) : spans;
}

function listedAgain({ spans }: Listed, row: LookupRow, time: number, since: FoldOptions['since']): readonly number[] {
  if (spans.at(-1) !== Infinity) return [...spans, start(row, spans.at(-1) ?? -Infinity, time, since), Infinity];
  const from = start(row, spans.at(-3) ?? -Infinity, time, since);
  return from < (spans.at(-2) as number) ? spans.with(spans.length - 2, from) : spans;
}

/** The list's own date, but not where it is in the future, or before a time at which the value was seen to be gone. */
function start(row: LookupRow, goneAt: number, time: number, since: FoldOptions['since']): number {
  const date = since?.(row) ?? time;
  return date > goneAt && date < time ? date : time;
}

/** Those that ended at the time or later; the same array where all did. */
function later(spans: readonly number[], time: number): readonly number[] {
  let first = 0;
  while (first < spans.length && (spans[first + 1] as number) < time) first += 2;
  return first === 0 ? spans : spans.slice(first);
}

function withoutOldest(values: Map<string, Listed>, maxEnded: number): ReadonlyMap<string, Listed> {
  const ends: number[] = [];
  for (const { spans } of values.values()) {
    for (let index = 1; index < spans.length; index += 2) {
      if (spans[index] !== Infinity) ends.push(spans[index] as number);
    }
  }
  if (ends.length <= maxEnded) return values;
  const newest = Float64Array.from(ends).toSorted()[ends.length - maxEnded - 1] as number;
  const kept = new Map<string, Listed>();
  for (const [key, listed] of values) {
    const spans = later(listed.spans, newest + 1);
    if (spans.length > 0) kept.set(key, { ...listed, spans });
  }
  return kept;
}

/** Whether the key, as it is in `values`, was listed at the time, epoch ms. */
export function holds({ values }: Intervals, key: string, time: number): boolean {
  const { spans = [] } = values.get(key) ?? {};
  for (let index = 0; index < spans.length; index += 2) {
    if ((spans[index] as number) <= time && time < (spans[index + 1] as number)) return true;
  }
  return false;
}

/** A row for each interval, and when it holds, as `packTable` takes them: it asks for the row that it was given last. */
export function intervalRows({ values }: Intervals, primaryKey: string) {
  let last: { readonly row: LookupRow; readonly interval: readonly [from: number, to: number] } | undefined;
  function* rows(): Generator<LookupRow> {
    for (const [key, { spans, row = { [primaryKey]: key } }] of values) {
      for (let index = 0; index < spans.length; index += 2) {
        last = { row, interval: [spans[index] as number, spans[index + 1] as number] };
        yield row;
      }
    }
  }
  return {
    rows: rows(),
    valid: (row: LookupRow) => {
      if (last?.row !== row) throw new Error('bug: asked for the interval of another row');
      return last.interval;
    },
  };
}
