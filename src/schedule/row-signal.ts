// From the rows of a run to signals. The same row of the same window has the same id whenever it is found again.

import { createHash } from 'node:crypto';
import type { Detection, Signal } from '../core/detection.ts';
import type { Json } from '../core/event.ts';
import type { Window } from '../core/schedule.ts';
import type { QueryRow } from '../detect/query/definition.ts';
import type { Said, ScheduledQuery } from '../detect/query/query.ts';
import { limits, limitText } from '../detect/limit.ts';

export interface ResultRow {
  readonly row: QueryRow;
  readonly rowId: string;
  /** Its `p_event_time` where it has one, else the end of the window; epoch ms. */
  readonly time: number;
}

export function rowsOf(
  query: string,
  { from, to }: Window,
  rows: readonly Readonly<Record<string, unknown>>[],
): readonly ResultRow[] {
  const seen = new Map<string, number>();
  return rows.map((each) => {
    // It came out of JSON.parse.
    const row = each as QueryRow;
    const text = JSON.stringify(row);
    const count = seen.get(text) ?? 0;
    seen.set(text, count + 1);
    const rowId = createHash('md5').update(`${query}:${from}:${to}:${count}:${text}`).digest('hex');
    return { row, rowId, time: timeOf(row['p_event_time']) ?? to };
  });
}

function timeOf(value: Json | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const time = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(value) ? value : `${value.replace(' ', 'T')}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** What the query's detection says of each row; a row on which it fails is its error. `excepted`: rows that fall under an
 *  exception, by its name. */
export async function rowSignals(
  { signals }: ScheduledQuery,
  rows: readonly ResultRow[],
  time: number,
): Promise<{ readonly signals: readonly Signal[]; readonly excepted: ReadonlyMap<string, number> }> {
  const made: Signal[] = [];
  const excepted = new Map<string, number>();
  if (signals === undefined || rows.length === 0) return { signals: made, excepted };
  const said = await signals.say(
    rows.map(({ row }) => row),
    time,
  );
  for (const [index, row] of rows.entries()) {
    const each = said[index] ?? { error: 'nothing was said of the row', name: 'Error' };
    if ('exception' in each) excepted.set(each.exception, (excepted.get(each.exception) ?? 0) + 1);
    else made.push(signalOf(row, each, signals.detection));
  }
  return { signals: made, excepted };
}

function signalOf(
  { row, rowId, time }: ResultRow,
  said: Exclude<Said, { readonly exception: string }>,
  { id: detection, severity: usual }: Detection,
): Signal {
  const type = row['p_log_type'];
  const event = JSON.stringify({ p_row_id: rowId, ...row });
  const about = { detection, logType: typeof type === 'string' ? type : '', rowId, time, event };
  if ('error' in said) return { ...about, severity: usual, title: said.error, dedup: said.name, error: said.error };
  const { title, dedup, severity, context = {} } = said;
  return { ...about, severity, title: limitText(title), dedup: limitText(dedup), context: limitContext(context) };
}

function limitContext(context: NonNullable<Signal['context']>): NonNullable<Signal['context']> {
  const size = JSON.stringify(context).length;
  return size <= limits.context ? context : { omitted: `the context has ${size} characters` };
}
