// Keys of alerts (detection and dedup string, error or not): which window is open, and whether another alert may open.
// Windows are half of what an alert is; the other half is raise.ts's. Whoever changes an alert's window locks its key first.

import { sql, type Transaction } from 'kysely';
import type { Detection } from '../../core/detection.ts';
import type { AlertKeyRow, AlertRow, Tables } from './tables.ts';

/** No window is made longer than that, whatever a document or a person wants. */
export const longestMs = 366 * 24 * 60 * 60 * 1000;

export type AlertKey = Omit<AlertKeyRow, 'seen'>;

/** The window of each key that `received` lies in, opened where there is none; the keys are locked from here on, in the
 *  order in which they are given. */
export async function openWindows(
  trx: Transaction<Tables>,
  folds: readonly { readonly key: string; readonly detection: Detection }[],
  received: number,
): Promise<ReadonlyMap<string, AlertKey>> {
  const keys = folds.map(({ key, detection }) => ({ key, end: received + detection.dedupPeriodMinutes * 60_000 }));
  const { rows } = await sql<AlertKey>`
    insert into alert_keys as old (key, windows, window_start, window_end, seen)
    select key, 1, ${received}::bigint, "end", ${received}::bigint
    from json_to_recordset(${JSON.stringify(keys)}::json) as new (key text, "end" bigint)
    on conflict (key) do update set
      windows = old.windows + (old.window_end < excluded.window_start)::int,
      window_start = case when old.window_end < excluded.window_start then excluded.window_start else old.window_start end,
      window_end = case when old.window_end < excluded.window_start then excluded.window_end else old.window_end end,
      again = case when old.window_end < excluded.window_start
        then excluded.window_start - greatest(old.suppressed_until, old.seen) <= old.suppress_ms else old.again end,
      seen = greatest(old.seen, excluded.seen)
    returning key, windows, window_start, window_end, suppress_ms, suppressed_until, again, snoozed_until, snoozed_by,
      snooze_reason`.execute(trx);
  return new Map(rows.map((row) => [row.key, row]));
}

/** How long an alert that opens now keeps others of its key from opening: twice as long as the last one, if the key was
 *  not quiet for as long in between. undefined: its window alone decides. */
export function suppressionOf(
  { suppress }: Pick<Detection, 'suppress'>,
  { again, suppress_ms: last }: Pick<AlertKey, 'again' | 'suppress_ms'>,
): number | undefined {
  if (suppress === undefined) return undefined;
  const { forMs, maxMs } = suppress;
  const wanted = again && last > 0 ? Math.max(forMs, Math.min(last * 2, maxMs)) : forMs;
  return Math.min(wanted, longestMs);
}

/** Signals received until then open no other alert of the key. */
export function silentUntil({ suppressed_until, snoozed_until }: AlertKey): number {
  return Math.max(suppressed_until, snoozed_until);
}

type Windowed = Pick<AlertRow, 'key' | 'window_end' | 'suppressed_until'>;

/** Takes over what the windows of the alerts have become, and the suppressions of those that opened. */
export async function keepWindows(
  trx: Transaction<Tables>,
  rows: readonly (Windowed & { readonly isOpening: boolean })[],
  keys: ReadonlyMap<string, AlertKey>,
  received: number,
): Promise<void> {
  const changed = rows.flatMap(({ key, window_end, suppressed_until: until, isOpening }) => {
    const suppression = isOpening && until !== null ? { suppressed_until: until, suppress_ms: until - received } : {};
    return keys.get(key)?.window_end === window_end && !('suppress_ms' in suppression)
      ? []
      : [{ key, window_end, ...suppression }];
  });
  if (changed.length === 0) return;
  await sql`
    update alert_keys as old set
      window_end = new.window_end,
      suppressed_until = coalesce(new.suppressed_until, old.suppressed_until),
      suppress_ms = coalesce(new.suppress_ms, old.suppress_ms)
    from json_to_recordset(${JSON.stringify(changed)}::json) as new (key text, window_end bigint,
      suppressed_until bigint, suppress_ms bigint)
    where old.key = new.key`.execute(trx);
}
