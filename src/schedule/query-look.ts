// A look at what a run of a scheduled query would do, for people: it keeps nothing.

import type { QueryLook } from '../app-port.ts';
import { UserError } from '../core/problem.ts';
import type { Window } from '../core/schedule.ts';
import { askedWindow } from '../core/ticks.ts';
import type { ScheduledQuery } from '../detect/query/query.ts';
import { previewQuery, type QueryPreviewOptions } from './query-run.ts';

/** `maxRows`: of those that are given back; all that a run would take are judged. */
export async function lookAtQuery(
  query: ScheduledQuery,
  { maxRows, ...asked }: Partial<Window> & { readonly maxRows: number },
  now: number,
  options: QueryPreviewOptions,
): Promise<QueryLook> {
  const window = askedWindow(query.schedule, asked, now);
  if (window.from >= window.to) throw new UserError('from must be before to');
  const { result, groups, overflow, note } = await previewQuery(query, window, options);
  const { rows, truncated } = result;
  return {
    window,
    result: { ...result, rows: rows.slice(0, maxRows), truncated: truncated || rows.length > maxRows },
    groups,
    ...(overflow !== undefined && { overflow }),
    ...(note !== undefined && { note }),
  };
}
