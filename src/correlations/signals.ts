// What correlations ask the store of events: signals, episodes that they told of before, and the past of groups.

import type { Json } from '../core/event.ts';
import type { EventStore } from '../core/event-store.ts';
import type { Window } from '../core/schedule.ts';
import type { Correlation, CorrelationSignal, Episode, Past } from '../detect/correlation/correlation.ts';
import { fieldText, signalFields, tupleText } from '../detect/correlation/field.ts';
import { episodeOf } from '../detect/correlation/firing-signal.ts';
import { keyOf, keyText } from '../detect/correlation/group.ts';
import { type Texts, textsCondition, textsOf, textsParameters } from './texts.ts';

export interface FoundSignals<T> {
  readonly items: readonly T[];
  readonly truncated: boolean;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export const noSignals = { items: [], truncated: false, rowsRead: 0, bytesRead: 0 } as const;
/** A member of an inventory that was seen longer ago is as one that never came. */
const rememberedMs = 30 * 86_400_000;
/** In one answer. */
const maxSignals = 200_000;
const limits = { maxRows: maxSignals, timeoutMs: 60_000 };

export interface SignalCondition {
  readonly detections: readonly string[];
  /** Epoch ms, half-open, as all times here. */
  readonly received?: Window;
  /** Of the events. */
  readonly time?: Window;
  /** Received before. */
  readonly before?: number;
  /** Of events since then, by detection. */
  readonly since?: ReadonlyMap<string, number>;
  /** Only signals that have one of these texts, but all of those of some detections. */
  readonly texts?: Texts;
}

/** Matches, not failures, the oldest first. */
export async function readSignals(
  events: EventStore,
  { detections, received, time, before, since, texts }: SignalCondition,
): Promise<FoundSignals<CorrelationSignal>> {
  const conditions = [
    'detection_id IN {detections:Array(String)}',
    "error = ''",
    ...(received === undefined ? [] : between('received', 'received')),
    ...(time === undefined ? [] : between('p_event_time', 'time')),
    ...(before === undefined ? [] : ['received < fromUnixTimestamp64Milli({before:Int64})']),
    ...(since === undefined ? [] : [sinceCondition]),
    ...(texts === undefined ? [] : [textsCondition(texts)]),
  ];
  const { rows, truncated, rowsRead, bytesRead } = await events.query(
    `SELECT detection_id, p_row_id, toUnixTimestamp64Milli(p_event_time) AS time,
       toUnixTimestamp64Milli(received) AS arrival, context, event
     FROM signals WHERE ${conditions.join(' AND ')} ORDER BY p_event_time`,
    {
      detections,
      ...(received !== undefined && { received_from: received.from, received_to: received.to }),
      ...(time !== undefined && { time_from: time.from, time_to: time.to }),
      ...(before !== undefined && { before }),
      ...(since !== undefined && { since_ids: [...since.keys()], since_times: [...since.values()] }),
      ...(texts !== undefined && textsParameters(texts)),
    },
    limits,
  );
  return { items: rows.map(signalOf), truncated, rowsRead, bytesRead };
}

const sinceCondition = `p_event_time >= fromUnixTimestamp64Milli(
  transform(detection_id, {since_ids:Array(String)}, {since_times:Array(Int64)}, toInt64(0)))`;

function between(column: string, name: string): readonly string[] {
  return [
    `${column} >= fromUnixTimestamp64Milli({${name}_from:Int64})`,
    `${column} < fromUnixTimestamp64Milli({${name}_to:Int64})`,
  ];
}

function signalOf(row: Readonly<Record<string, unknown>>): CorrelationSignal {
  let fields: CorrelationSignal['fields'] | undefined;
  return {
    detection: String(row['detection_id']),
    time: Number(row['time']),
    received: Number(row['arrival']),
    rowId: eventOf(String(row['p_row_id'])),
    fields: (path) => (fields ??= signalFields(objectOf(row['event']), objectOf(row['context'])))(path),
  };
}

/** The signals of one episode are one event, as in `firingSignals`. */
function eventOf(rowId: string): string {
  return /^[0-9a-f]{32}(?=-\d+$)/.exec(rowId)?.[0] ?? rowId;
}

function objectOf(text: unknown): Record<string, Json> {
  if (typeof text !== 'string' || text === '') return {};
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? (value as Record<string, Json>) : {};
}

/** Of the correlations' own signals, of events since `from` of each. */
export async function episodesOf(
  events: EventStore,
  wanted: readonly { readonly correlation: Correlation; readonly from: number }[],
  before: number,
): Promise<FoundSignals<{ readonly of: Correlation; readonly episode: Episode }>> {
  const byId = new Map(wanted.map(({ correlation }) => [correlation.detection.id, correlation]));
  const { rows, truncated, rowsRead, bytesRead } = await events.query(
    `SELECT detection_id, toUnixTimestamp64Milli(max(p_event_time)) AS latest, argMax(context, p_event_time) AS newest
     FROM signals WHERE detection_id IN {since_ids:Array(String)} AND error = ''
       AND ${sinceCondition} AND received < fromUnixTimestamp64Milli({before:Int64})
     GROUP BY detection_id, JSONExtractString(context, 'episode')`,
    { since_ids: [...byId.keys()], since_times: wanted.map(({ from }) => from), before },
    limits,
  );
  const items = rows.flatMap((row) => {
    const of = byId.get(String(row['detection_id']));
    if (of === undefined) return [];
    return [{ of, episode: episodeOf(of, Number(row['latest']), objectOf(row['newest'])) }];
  });
  return { items, truncated, rowsRead, bytesRead };
}

/** The groups of a correlation that signals belong to. */
export interface TouchedGroups {
  readonly keys: readonly (readonly string[])[];
  has(signal: CorrelationSignal): boolean;
}

export function groupsOf(correlation: Correlation, signals: readonly CorrelationSignal[]): TouchedGroups {
  const keys = new Map<string, readonly string[]>();
  for (const signal of signals) {
    const key = keyOf(correlation, signal);
    if (key !== undefined) keys.set(keyText(key), key);
  }
  // Panther's match on values, which are no groups here.
  const isByGroup = correlation.kind.kind !== 'panther';
  return {
    keys: [...keys.values()],
    has: (signal) => {
      const key = isByGroup ? keyOf(correlation, signal) : [];
      return key !== undefined && (!isByGroup || keys.has(keyText(key)));
    },
  };
}

/** When records began to come, epoch ms: whoever never came is waited for since then. */
async function beginning(events: EventStore): Promise<number> {
  const { rows } = await events.query('SELECT toUnixTimestamp64Milli(min(received)) AS first FROM ingest_stats');
  return Number(rows[0]?.['first'] ?? 0);
}

/** What is known of groups from before; `touched` undefined: of all. */
export async function historyOf(
  events: EventStore,
  correlation: Correlation,
  touched: TouchedGroups | undefined,
  { from, before, sources }: Window & { readonly before: Window; readonly sources: readonly string[] },
): Promise<FoundSignals<Past>> {
  const { kind, rules } = correlation;
  const past = async (start: number, reading: PastReading): Promise<FoundSignals<Past>> => {
    const texts = touched && textsOf(touched.keys);
    const condition = { detections: rules, received: { from: start, to: before.from }, ...(texts && { texts }) };
    return pastOf(await readSignals(events, condition), correlation, touched, reading);
  };
  if (kind.kind === 'new_value') {
    return past(from - kind.historyMs, {
      valueOf: (signal) => tupleText(kind.fields.map((field) => fieldText(correlation, signal, field))) ?? '',
      timeOf: ({ time }) => time,
    });
  }
  if (kind.kind !== 'absence') return noSignals;
  const { inventory } = kind;
  const seen = await past(before.from - (inventory.kind === 'seen' ? inventory.forMs : rememberedMs), {
    valueOf: () => '',
    timeOf: ({ received }) => received,
  });
  if (inventory.kind === 'seen') return seen;
  const members = inventory.kind === 'list' ? inventory.keys : sources.map((source) => [source]);
  const known = new Set(seen.items.map(({ key }) => keyText(key)));
  const first = await beginning(events);
  const never = members
    .filter((key) => !known.has(keyText(key)))
    .map((key): Past => ({ key, value: '', first, count: 0 }));
  return { ...seen, items: [...seen.items, ...never] };
}

/** What of a signal is remembered. */
interface PastReading {
  readonly valueOf: (signal: CorrelationSignal) => string;
  readonly timeOf: (signal: CorrelationSignal) => number;
}

function pastOf(
  found: FoundSignals<CorrelationSignal>,
  correlation: Correlation,
  touched: TouchedGroups | undefined,
  { valueOf, timeOf }: PastReading,
): FoundSignals<Past> {
  const known = new Map<
    string,
    { key: readonly string[]; value: string; first: number; last: number; count: number }
  >();
  for (const signal of found.items) {
    const key = keyOf(correlation, signal);
    if (key === undefined || touched?.has(signal) === false) continue;
    const value = valueOf(signal);
    const time = timeOf(signal);
    const name = keyText([...key, value]);
    const before = known.get(name);
    if (before === undefined) known.set(name, { key, value, first: time, last: time, count: 1 });
    else {
      before.first = Math.min(before.first, time);
      before.last = Math.max(before.last, time);
      before.count++;
    }
  }
  return { ...found, items: [...known.values()] };
}
