// Rules on the rows of queries (Panther's scheduled_rule), run by the host of Python rules: a query's name stands for the
// log type of its rows.

import type { Signal } from '../core/detection.ts';
import type { PythonRules } from '../detect/python-host.ts';
import type { ScheduledQuery } from '../detect/query/query.ts';
import type { ResultRow } from './row-signal.ts';

/** `rules`: ids of the rules on rows; what else the host runs on every log type has no say about rows. */
export function judgeByRules(
  python: Pick<PythonRules, 'run'>,
  rules: ReadonlySet<string>,
): (query: ScheduledQuery, rows: readonly ResultRow[]) => Promise<readonly Signal[]> {
  return async (query, rows) => {
    const lines = rows.map(({ row, rowId, time }) => {
      const texts = { p_event_time: panthersTime(time), p_parse_time: panthersTime(time) };
      return JSON.stringify({ ...texts, ...row, p_row_id: rowId, p_log_type: query.name });
    });
    const signals = await python.run({
      logType: query.name,
      events: Buffer.from(lines.join('\n')),
      times: Float64Array.from(rows, ({ time }) => time),
    });
    return signals.filter(({ detection }) => rules.has(detection)).map((signal) => ({ ...signal, logType: '' }));
  };
}

/** `2026-01-31 09:00:00.000`, UTC: as events have it. */
function panthersTime(time: number): string {
  return new Date(time).toISOString().slice(0, 23).replace('T', ' ');
}
