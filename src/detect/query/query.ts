// Queries: SQL that a person runs by its name, and SQL that the clock runs, of whose rows signals are made. What is here is
// plain data, but for what is said of rows. It runs nothing: the scheduler and the store are others'.

import type { Detection, Signal } from '../../core/detection.ts';
import type { Schedule, Window } from '../../core/schedule.ts';
import type { QueryRow, QueryTest } from './definition.ts';
import type { Placeholder } from './sql-text.ts';

export type Parameter = string | number | boolean | readonly (string | number)[];

export interface SavedQuery {
  /** Unique among all queries of the workspace. */
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** ClickHouse's, without macros. */
  readonly sql: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly placeholders: readonly Placeholder[];
  /** Relative to the workspace. */
  readonly file: string;
}

/** What is said of a row, beyond what its detection says of all. */
export type RowSaid = Pick<Signal, 'title' | 'dedup' | 'severity' | 'context'>;

/** `error`: an author's function failed on this row. `exception`: under which it falls; it is no signal. */
export type Said = RowSaid | { readonly error: string; readonly name: string } | { readonly exception: string };

/** In the order of the rows; `time` is that of the run, epoch ms. Rejects where no row can be judged: the run has failed. */
export type Say = (rows: readonly QueryRow[], time: number) => Promise<readonly Said[]>;

export interface ScheduledQuery extends SavedQuery {
  readonly enabled: boolean;
  readonly schedule: Schedule;
  /** Each row is a signal of it. Absent: the rows are for the rules that name the query. */
  readonly signals?: { readonly detection: Detection; readonly say: Say };
  /** Alerts of one run. */
  readonly alertLimit: number;
  readonly tests: readonly QueryTest[];
}

export function isScheduled(query: SavedQuery): query is ScheduledQuery {
  return 'schedule' in query;
}

/** What is bound for a run over the window; the times in the form that their type takes, in no time zone. */
export function bind(
  { parameters, placeholders }: Pick<SavedQuery, 'parameters' | 'placeholders'>,
  window: Window,
): Readonly<Record<string, unknown>> {
  const bound: Record<string, unknown> = { ...parameters };
  for (const { name, type } of placeholders) {
    if (isWindowName(name)) bound[name] = timeText(window[name], type);
  }
  return bound;
}

export function isWindowName(name: string): name is keyof Window {
  return name === 'from' || name === 'to';
}

/** DateTime64 and Decimal: seconds with a fraction; DateTime: seconds; integers: milliseconds. */
function timeText(time: number, type: string): string {
  if (/^(?:DateTime64|Decimal|Float)/.test(type)) return (time / 1000).toFixed(3);
  return String(type.startsWith('DateTime') ? Math.floor(time / 1000) : time);
}
