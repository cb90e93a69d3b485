// Alerts whose condition is over: no signal came for as long as their detection says. Their windows have ended by then, so
// that the next signal opens another one (raise.ts).

import { type Kysely, sql, type Transaction } from 'kysely';
import type { PgBoss } from 'pg-boss';
import { ownName, recordChanges } from './alert-change.ts';
import { insertDeliveries, newDelivery } from './delivery.ts';
import type { AlertKeyRow, AlertRow, DeliveryRow, Tables } from './tables.ts';

/** In one transaction, so that those who raise wait for moments. */
const resolvedAtOnce = 200;

export interface ResolveOptions {
  readonly queue: PgBoss;
  /** Whether a destination wants to know. */
  readonly tellsResolved: (destination: string) => boolean;
  readonly now: number;
}

/** Those that others work on now are left for the next call. Gives the rows that were resolved; [] where none is due. */
export async function resolveSome(
  db: Kysely<Tables>,
  due: number,
  { queue, tellsResolved, now }: ResolveOptions,
): Promise<readonly AlertRow[]> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<AlertRow>`
      update alerts set status = 'RESOLVED', resolve_at = null, updated = ${now}
      where id in (
        select id from alerts
        where resolve_at <= ${due} and created is not null
        order by resolve_at limit ${resolvedAtOnce} for update skip locked)
      returning *`.execute(trx);
    if (rows.length === 0) return [];
    await recordChanges(
      trx,
      rows.map(({ id }) => ({ alert: id, time: now, by: ownName, what: 'status RESOLVED: no signal came any more' })),
    );
    await tell(trx, rows, { queue, tellsResolved, now });
    return rows;
  });
}

/** Those that were told of the opening. While the key is snoozed nobody is. */
async function tell(
  trx: Transaction<Tables>,
  rows: readonly AlertRow[],
  { queue, tellsResolved, now }: ResolveOptions,
): Promise<void> {
  const { rows: told } = await sql<Pick<DeliveryRow, 'alert' | 'destination'> & Pick<AlertKeyRow, 'snoozed_until'>>`
    select alert, destination, coalesce(snoozed_until, 0) as snoozed_until
    from deliveries join alerts on alerts.id = deliveries.alert left join alert_keys on alert_keys.key = alerts.key
    where alert = any(${rows.map(({ id }) => id)}::text[]) and event = 'opened' and state <> 'failed'`.execute(trx);
  await insertDeliveries(
    trx,
    told
      .filter(({ destination }) => tellsResolved(destination))
      .map(({ alert, destination, snoozed_until: until }) => {
        return { ...newDelivery(alert, destination, 'resolved'), notBefore: until > now ? until : undefined };
      }),
    queue,
  );
}
