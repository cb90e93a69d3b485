// Work for the outside world that must not be lost: here, telling destinations about alerts. A job is stored with what
// became of the alert (store/postgres/delivery.ts) and ends when its delivery is delivered or failed; until then it is
// tried again. It knows neither how a destination sends nor which alerts go where.
//
// What a destination was told is never told again. An attempt whose outcome a crash left unknown is made again, with the
// same notification id: a mailbox or a receiver that looks at it can tell.

import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { fromKysely, type Job, type JobResult } from 'pg-boss';
import type { Alert, AlertEvent } from './core/alert.ts';
import type { AlertStore } from './core/alert-store.ts';
import type { Clock } from './core/clock.ts';
import type { Destination, DeliveryResult } from './core/destination.ts';
import type { Database } from './store/postgres/connect.ts';
import { type DeliverJob, deliverQueue, queueSchema, setRetryDelay } from './store/postgres/queue.ts';
import { deliverJob } from './store/postgres/delivery.ts';

export interface JobOptions {
  readonly database: Pick<Database, 'db' | 'queue' | 'isEmbedded'>;
  readonly alerts: AlertStore;
  readonly destinations: readonly Destination[];
  readonly clock: Clock;
  /** Address of the alert for a person. */
  readonly link: (alert: Alert) => string;
  readonly retry?: Partial<Retry>;
}

export interface Retry {
  /** Then the delivery has failed. */
  readonly attempts: number;
  /** After the first failure; then twice as long each time, with chance in it. Whole seconds; 0 is 1. */
  readonly delaySeconds: number;
  /** Whole seconds. */
  readonly maxDelaySeconds: number;
  /** How late a retry may be. At least 0.5. */
  readonly pollSeconds: number;
}

/** Ten attempts in about half an hour, as Panther's. */
const defaultRetry: Retry = { attempts: 10, delaySeconds: 30, maxDelaySeconds: 300, pollSeconds: 2 };

const workers = 6;
/** At once, so that destinations that do not answer leave workers for the others. */
const jobsPerDestination = 2;
/** With one, a worker would wait for the next poll after each job. */
const jobsPerWorker = 2;

/** Jobs that an earlier run did not end go on. `stop` waits for the attempts that are under way. */
export async function startJobs(options: JobOptions): Promise<{ stop(): Promise<void> }> {
  const { queue } = options.database;
  const retry = { ...defaultRetry, ...options.retry };
  await setRetryDelay(queue, retry.delaySeconds, retry.maxDelaySeconds);
  await takeUpUnfinished(options.database);
  await queue.work(
    deliverQueue,
    {
      perJobResults: true,
      batchSize: jobsPerWorker,
      localConcurrency: workers,
      localGroupConcurrency: jobsPerDestination,
      pollingIntervalSeconds: retry.pollSeconds,
      notifyPollingIntervalSeconds: retry.pollSeconds,
      burstWhenBatchFull: true,
    },
    (jobs: Job<DeliverJob>[]) => Promise.all(jobs.map((job) => attempt(job, options, retry))),
  );
  return { stop: () => queue.offWork(deliverQueue, { wait: true }) };
}

async function attempt(job: Job<DeliverJob>, options: JobOptions, retry: Retry): Promise<JobResult> {
  const ended = await deliver(job.data, options, retry);
  return { id: job.id, status: ended ? 'completed' : 'failed' };
}

/** One attempt. true: there is nothing more to do. */
async function deliver(job: DeliverJob, options: JobOptions, { attempts: allowed }: Retry): Promise<boolean> {
  const { alerts, clock } = options;
  const alert = await alerts.get(job.alert);
  const deliveries = alert?.deliveries.filter((each) => each.destination === job.destination) ?? [];
  const event = job.event ?? 'opened';
  const delivery = deliveries.find((each) => each.event === event);
  if (alert === undefined || delivery === undefined) return true;
  if (delivery.state === 'delivered' || delivery.state === 'failed') return true;
  const change = (after: Parameters<AlertStore['delivery']>[1]): Promise<void> =>
    alerts.delivery({ alert: alert.id, destination: job.destination, event }, after);
  const opening = event === 'opened' ? undefined : deliveries.find((each) => each.event === 'opened');
  if (opening?.state === 'failed') {
    await change({ state: 'failed', message: 'it was not told that the alert had opened' });
    return true;
  }
  // It comes after the opening: the queue offers it again.
  if (opening !== undefined && opening.state !== 'delivered') return false;
  if (delivery.attempts >= allowed) {
    const message = `given up after ${delivery.attempts} attempts; the last one was broken off`;
    await change({ state: 'failed', message });
    return true;
  }
  const attempts = delivery.attempts + 1;
  await change({ state: 'sending', attempts, attempted: clock.now() });
  const result = await send(alert, job.destination, event, options);
  const { message } = result;
  if (result.kind === 'delivered') {
    await change({ state: 'delivered', message });
    return true;
  }
  const ended = result.final || attempts >= allowed;
  await change({ state: ended ? 'failed' : 'retrying', message });
  return ended;
}

async function send(
  alert: Alert,
  id: string,
  event: AlertEvent,
  { destinations, link }: JobOptions,
): Promise<DeliveryResult> {
  const destination = destinations.find((each) => each.id === id);
  if (destination === undefined) {
    return { kind: 'failed', message: `no destination \`${id}\` is configured`, final: true };
  }
  try {
    return await destination.send({ id: notificationId(alert.id, id, event), event, alert, link: link(alert) });
  } catch (error) {
    // A bug of that kind of destination; it must not look like a job that was never tried.
    return { kind: 'failed', message: String(error), final: false };
  }
}

/** The same at every attempt. */
function notificationId(alert: string, destination: string, event: AlertEvent): string {
  const about = event === 'opened' ? `${alert}:${destination}` : `${alert}:${destination}:${event}`;
  return createHash('sha256').update(about).digest('hex').slice(0, 40);
}

/** Deliveries whose job is gone get another: after a crash of the only process that could work on it, or a restored
 *  database. On a server, another process may be at work; if it is not, the queue notices by its heartbeat. */
async function takeUpUnfinished({ db, queue, isEmbedded }: JobOptions['database']): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ alert: string; destination: string; event: AlertEvent; job: string }>`
      select alert, destination, event, job from deliveries
      where state not in ('delivered', 'failed') and not exists (
        select from ${sql.table(`${queueSchema}.job`)} as job
        where job.name = ${deliverQueue} and job.id = deliveries.job
          and (job.state in ('created', 'retry') or (job.state = 'active' and not ${isEmbedded}::boolean)))
      for update`.execute(trx);
    if (rows.length === 0) return;
    const renewed = rows.map((row) => ({ ...row, old: row.job, job: randomUUID() }));
    await queue.deleteJob(
      deliverQueue,
      renewed.map((row) => row.old),
      { db: fromKysely(trx) },
    );
    await sql`
      update deliveries set job = renewed.job
      from json_to_recordset(${JSON.stringify(renewed)}::json) as renewed (alert text, destination text, event text,
        job uuid)
      where deliveries.alert = renewed.alert and deliveries.destination = renewed.destination
        and deliveries.event = renewed.event`.execute(trx);
    await queue.insert(deliverQueue, renewed.map(deliverJob), { db: fromKysely(trx) });
  });
}
