// Deliveries: what is to be told to a destination, with the job that does it, stored in the transaction that causes it.
// What a job does is src/jobs.ts's.

import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { fromKysely, type JobInsert, type PgBoss } from 'pg-boss';
import type { AlertEvent } from '../../core/alert.ts';
import { type DeliverJob, deliverQueue } from './queue.ts';
import type { DeliveryRow, Tables } from './tables.ts';

type NewDelivery = Omit<DeliveryRow, 'attempted'>;

export function newDelivery(alert: string, destination: string, event: AlertEvent): NewDelivery {
  return { alert, destination, event, state: 'waiting', attempts: 0, message: '', job: randomUUID() };
}

/** `notBefore`: epoch ms. */
export async function insertDeliveries(
  trx: Transaction<Tables>,
  deliveries: readonly (NewDelivery & { readonly notBefore?: number | undefined })[],
  queue: PgBoss,
): Promise<void> {
  if (deliveries.length === 0) return;
  await sql`
    insert into deliveries (alert, destination, event, state, job)
    select alert, destination, event, state, job
    from json_to_recordset(${JSON.stringify(deliveries)}::json) as new (alert text, destination text, event text,
      state text, job uuid)`.execute(trx);
  const jobs = deliveries.map(({ notBefore, ...delivery }) => {
    return notBefore === undefined
      ? deliverJob(delivery)
      : { ...deliverJob(delivery), startAfter: new Date(notBefore) };
  });
  await queue.insert(deliverQueue, jobs, { db: fromKysely(trx) });
}

/** `group`: a destination that does not answer must not take all workers. */
export function deliverJob({
  alert,
  destination,
  event,
  job,
}: Pick<DeliveryRow, 'alert' | 'destination' | 'event' | 'job'>): JobInsert {
  return { id: job, data: { alert, destination, event } satisfies DeliverJob, group: { id: destination } };
}
