// A run of a scheduled query: SQL over a window, its rows as signals into the store, the signals as alerts. To run again
// over the same window changes nothing, whatever part of the first run went through. Nothing is kept here.

import { createHash } from 'node:crypto';
import { foldSignals } from '../alert/fold.ts';
import type { AlertStore } from '../core/alert-store.ts';
import type { Detection, Signal, SignalGroup } from '../core/detection.ts';
import type { EventStore, QueryResult } from '../core/event-store.ts';
import { signalTable } from '../core/fixed-tables.ts';
import type { Window } from '../core/schedule.ts';
import { bind, type ScheduledQuery } from '../detect/query/query.ts';
import { createSignalRows } from '../fixed-rows.ts';
import type { RunAbout, RunResult, ScheduleEntry } from '../schedule.ts';
import { errorSignal } from './error-signal.ts';
import { type ResultRow, rowSignals, rowsOf } from './row-signal.ts';
import { tellByAlerts, withoutLogTypes } from './tell.ts';

export interface QueryPreviewOptions {
  readonly events: Pick<EventStore, 'query'>;
  /** By id: of the queries and of the rules on their rows. */
  readonly detections: ReadonlyMap<string, Detection>;
  /** The signals of rules on the rows of this query. */
  readonly judge?: (query: ScheduledQuery, rows: readonly ResultRow[]) => Promise<readonly Signal[]>;
  /** Leaves out signals that fall under exceptions made while the program runs; `time` is the end of the window. */
  readonly sift?: (signals: readonly Signal[], time: number) => readonly Signal[];
  readonly limits?: Partial<QueryRunLimits>;
}

export interface QueryRunOptions extends QueryPreviewOptions {
  readonly events: Pick<EventStore, 'query' | 'append'>;
  readonly alerts: Pick<AlertStore, 'alarm'>;
}

export interface QueryRunLimits {
  readonly maxRows: number;
  readonly maxMemoryBytes: number;
}

const defaultLimits: QueryRunLimits = { maxRows: 10_000, maxMemoryBytes: 1024 ** 3 };

/** What a run would do. */
export interface QueryPreview {
  readonly result: QueryResult;
  readonly signals: readonly Signal[];
  /** What becomes alerts, where they are new. */
  readonly groups: readonly SignalGroup[];
  /** Of what the limits leave out, a sentence. */
  readonly overflow?: string;
  /** Of what exceptions leave out, a sentence. */
  readonly note?: string;
}

export function queryEntry(query: ScheduledQuery, options: QueryRunOptions): ScheduleEntry {
  return {
    id: query.name,
    schedule: query.schedule,
    run: (window, about) => runQuery(query, window, about, options),
    tell: tellByAlerts({ id: query.name, detection: query.signals?.detection, alerts: options.alerts }),
  };
}

/** Reads, and changes nothing. */
export async function previewQuery(
  query: ScheduledQuery,
  window: Window,
  options: QueryPreviewOptions,
): Promise<QueryPreview> {
  const { maxRows, maxMemoryBytes } = { ...defaultLimits, ...options.limits };
  const timeoutMs = query.schedule.timeoutMs;
  const result = await options.events.query(query.sql, bind(query, window), { maxRows, maxMemoryBytes, timeoutMs });
  const rows = rowsOf(query.name, window, result.rows);
  const { signals: said, excepted } = await rowSignals(query, rows, window.to);
  const judged = rows.length === 0 ? [] : ((await options.judge?.(query, rows)) ?? []);
  const all = options.sift?.([...said, ...judged], window.to) ?? [...said, ...judged];
  const groups = withoutLogTypes(foldSignals(all));
  const left = overflowOf(query, window, result, groups, options.detections);
  return {
    result,
    signals: [...all, ...left.signals],
    groups: left.groups,
    ...(left.message !== '' && { overflow: left.message }),
    ...(excepted.size > 0 && { note: exceptedText(excepted) }),
  };
}

function exceptedText(excepted: ReadonlyMap<string, number>): string {
  return `left out by exceptions: ${[...excepted].map(([name, rows]) => `${name} (${rows})`).join(', ')}`;
}

async function runQuery(
  query: ScheduledQuery,
  window: Window,
  { isBackfill, stop }: RunAbout,
  options: QueryRunOptions,
): Promise<RunResult> {
  const found = await previewQuery(query, window, options).catch(missingTable);
  stop.throwIfAborted();
  if (typeof found === 'string') return { rows: 0, signals: 0, rowsRead: 0, bytesRead: 0, note: found };
  const { result, signals, groups, overflow, note } = found;
  const run = `${query.name}:${window.from}:${window.to}`;
  const isKept = isBackfill && (await hasSignals(options.events, signals, window));
  if (signals.length > 0 && !isKept) await append(options.events, run, signals, window);
  stop.throwIfAborted();
  await options.alerts.alarm({ mark: `run:${run}`, received: window.to, groups, detections: options.detections });
  const { rowsRead, bytesRead } = result;
  return {
    rows: result.rows.length,
    signals: signals.length,
    rowsRead,
    bytesRead,
    ...(overflow !== undefined && { overflow }),
    ...(note !== undefined && { note }),
  };
}

/** Tables are made for the log types of sources: a query over one that no source has finds nothing, and this says why.
 *  Any other error is thrown again. */
export function missingTable(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const [, name] =
    /^(?:Unknown table expression identifier|Table) [`']?([\w.]{1,200})[`']?(?: in scope| does not exist)/.exec(
      message,
    ) ?? [];
  if (name === undefined) throw error;
  return `blind: there is no table ${name}; no source has that log type`;
}

async function append(
  events: Pick<EventStore, 'append'>,
  run: string,
  signals: readonly Signal[],
  { to }: Window,
): Promise<void> {
  const rows = createSignalRows();
  for (const signal of signals) rows.add(signal, { id: run, source: '', file: '', received: to });
  const taken = rows.take();
  if (taken === undefined) return;
  const token = `run:${createHash('sha256').update(run).digest('hex')}`;
  await events.append({ token, tables: [{ table: signalTable, rows: taken.rows, blocks: [taken.block] }] });
}

/** The store knows the tokens of late only; a back-fill may be of long ago. */
async function hasSignals(
  events: Pick<EventStore, 'query'>,
  signals: readonly Signal[],
  { to }: Window,
): Promise<boolean> {
  const { rows } = await events.query(
    `SELECT 1 FROM signals WHERE detection_id IN ({detections:Array(String)}) AND p_row_id IN ({ids:Array(String)})
       AND received = fromUnixTimestamp64Milli({to:Int64}) LIMIT 1`,
    {
      detections: [...new Set(signals.map(({ detection }) => detection))],
      ids: signals.slice(0, 1000).map(({ rowId }) => rowId),
      to,
    },
  );
  return rows.length > 0;
}

interface Left {
  readonly groups: readonly SignalGroup[];
  /** That tell of what is left out. */
  readonly signals: readonly Signal[];
  readonly message: string;
}

/** More alerts than the limit, or more rows: one alert more tells of the rest. */
function overflowOf(
  query: ScheduledQuery,
  { to }: Window,
  { truncated, rows }: QueryResult,
  groups: readonly SignalGroup[],
  detections: ReadonlyMap<string, Detection>,
): Left {
  const kept: SignalGroup[] = [];
  const signals: Signal[] = [];
  const messages: string[] = [];
  const ids = new Set([...groups.map(({ detection }) => detection), ...ownId(query)]);
  for (const id of ids) {
    const all = groups.filter((group) => group.detection === id);
    const shown = detections.get(id)?.createAlert === true ? all.slice(0, query.alertLimit) : all;
    kept.push(...shown);
    const more = all.length - shown.length;
    const parts = [
      ...(truncated ? [`the query has more rows than the limit of ${rows.length}`] : []),
      ...(more > 0 ? [`${more} more alerts than the limit of ${query.alertLimit}`] : []),
    ];
    if (parts.length === 0) continue;
    const message = `${id}: ${parts.join('; ')}`;
    messages.push(message);
    const severity = detections.get(id)?.severity ?? 'MEDIUM';
    signals.push(errorSignal({ id, severity }, { dedup: 'overflow', message, time: to }));
  }
  if (truncated && messages.length === 0) messages.push(`more rows than the limit of ${rows.length}`);
  return {
    groups: [...kept, ...withoutLogTypes(foldSignals(signals))],
    signals,
    message: messages.join('; '),
  };
}

function ownId({ signals }: ScheduledQuery): readonly string[] {
  return signals === undefined ? [] : [signals.detection.id];
}
