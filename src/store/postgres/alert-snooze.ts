// Snoozing: a person wants to hear nothing of a detection and dedup string for a while. Its signals are counted on the newest
// alert, whose window lasts until then (raise.ts); what is to be told waits for the end.

import { type Kysely, sql, type Transaction } from 'kysely';
import type { Snooze } from '../../core/alert.ts';
import { UserError } from '../../core/problem.ts';
import { recordChanges } from './alert-change.ts';
import { longestMs } from './alert-key.ts';
import { deliverQueue, queueSchema } from './queue.ts';
import { storableText } from './storable.ts';
import type { Tables } from './tables.ts';

/** false: no such alert. */
export async function snoozeAlert(
  db: Kysely<Tables>,
  id: string,
  { until, by, reason }: Snooze,
  now: number,
): Promise<boolean> {
  if (until > now + longestMs) throw new UserError('until: expected a time within a year');
  return db.transaction().execute(async (trx) => {
    const alert = await trx
      .selectFrom('alerts')
      .select('key')
      .where('id', '=', id)
      .where('created', 'is not', null)
      .executeTakeFirst();
    if (alert === undefined) return false;
    const before = await trx
      .selectFrom('alert_keys')
      .select(['window_start', 'window_end', 'suppressed_until', 'snoozed_until'])
      .where('key', '=', alert.key)
      .forUpdate()
      .executeTakeFirst();
    if (before === undefined) throw new Error(`bug: the alert ${id} has no key`);
    const isOver = until <= now;
    // A window that the snooze made longer ends with it; another one is made longer at most.
    const end =
      before.window_end === before.snoozed_until
        ? Math.max(isOver ? Math.min(before.window_end, now) : until, before.suppressed_until)
        : Math.max(before.window_end, until);
    await trx
      .updateTable('alert_keys')
      .set({
        snoozed_until: isOver ? 0 : until,
        snoozed_by: isOver ? '' : storableText(by),
        snooze_reason: isOver ? '' : storableText(reason),
      })
      .where('key', '=', alert.key)
      .execute();
    await setWindowEnd(trx, alert.key, before.window_start, end);
    await moveDeliveries(trx, alert.key, Math.max(until, now));
    const what = isOver
      ? 'snooze ended'
      : `snoozed until ${new Date(until).toISOString()}${reason === '' ? '' : `: ${reason}`}`;
    await recordChanges(trx, [{ alert: id, time: now, by, what }]);
    return true;
  });
}

/** Of the newest window, if its alert has opened: below its threshold it stays as long as it is. */
async function setWindowEnd(trx: Transaction<Tables>, key: string, start: number, end: number): Promise<void> {
  await sql`
    with changed as (
      update alerts set window_end = greatest(${end}::bigint,
        case when status in ('OPEN', 'TRIAGED') then resolve_at end)
      where key = ${key} and window_start = ${start}::bigint and created is not null
      returning key, window_end)
    update alert_keys as old set window_end = changed.window_end from changed where old.key = changed.key`.execute(trx);
}

/** What nobody was told yet waits for the end. */
async function moveDeliveries(trx: Transaction<Tables>, key: string, notBefore: number): Promise<void> {
  await sql`
    update ${sql.table(`${queueSchema}.job`)} as job
    set start_after = to_timestamp(${notBefore / 1000}::double precision)
    from deliveries join alerts on alerts.id = deliveries.alert
    where alerts.key = ${key} and deliveries.state = 'waiting' and job.name = ${deliverQueue}
      and job.id = deliveries.job and job.state = 'created'`.execute(trx);
}
