// The SELECT that finds a rule's events in history: for hunts with a new rule, and to see what a change would have found.
// It must not run it, and must not know where the events are kept.

import { quoteName } from '../../core/quote.ts';
import type { Schema } from '../../core/schema.ts';
import type { Table } from '../../core/table.ts';
import type { Condition } from './ast.ts';
import { toSql, withClause } from './sql.ts';
import { fieldsOf } from './sql-field.ts';

/** By the events' own time, epoch ms: `from` is in, `to` is out. */
export interface HistoryWindow {
  readonly from: number;
  readonly to: number;
}

export interface HistoryOptions {
  /** Columns to give; default: all of the table. `p_row_id` and `p_event_time` always come first. */
  readonly columns?: readonly string[];
  /** Default 1,000; the newest come first. */
  readonly maxRows?: number;
}

export type HistoryQuery =
  | { readonly sql: string; readonly parameters: Readonly<Record<string, string>> }
  | { readonly problem: string };

/** `condition`: as conditionFor (route.ts) gives it for the log type. `table` is the schema's. */
export function historyQuery(
  condition: Condition,
  schema: Schema,
  table: Table,
  window: HistoryWindow,
  { columns, maxRows = 1000 }: HistoryOptions = {},
): HistoryQuery {
  const written = toSql(condition, fieldsOf(table, schema));
  if ('problem' in written) return written;
  const wanted = columns ?? table.columns.map(({ name }) => name);
  const names = [...new Set(['p_row_id', 'p_event_time', ...wanted])].map(quoteName);
  const clauses = [
    withClause([written.definitions]),
    `SELECT ${names.join(', ')}`,
    `FROM ${quoteName(table.name)}`,
    `WHERE p_event_time >= {from:${time}} AND p_event_time < {to:${time}} AND ${written.sql}`,
    'ORDER BY p_event_time DESC, p_row_id',
    `LIMIT ${Math.max(1, Math.trunc(maxRows))}`,
  ];
  const sql = clauses.filter((clause) => clause !== '').join('\n');
  return { sql, parameters: { from: timeText(window.from), to: timeText(window.to) } };
}

const time = "DateTime64(6, 'UTC')";

function timeText(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('T', ' ').replace('Z', '');
}
