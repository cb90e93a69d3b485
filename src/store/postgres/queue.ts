// Jobs for the outside world: pg-boss in the same database, so that a job is stored in the transaction that caused it.
// What a job does is src/jobs.ts's.

import { type Db, PgBoss } from 'pg-boss';
import type { AlertEvent } from '../../core/alert.ts';

export const deliverQueue = 'deliver';

/** Which delivery a job of `deliverQueue` works on. */
export interface DeliverJob {
  readonly alert: string;
  readonly destination: string;
  /** Absent in jobs of earlier versions: opened. */
  readonly event?: AlertEvent;
}

/** Where pg-boss keeps its tables. */
export const queueSchema = 'jobs';

const day = 24 * 60 * 60;

export async function startQueue(
  database: { readonly url: string } | { readonly db: Db },
  log: (message: string) => void,
): Promise<PgBoss> {
  const queue = new PgBoss({
    ...('url' in database
      ? { connectionString: database.url, application_name: 'tocsin', max: 4 }
      : { db: database.db, backend: 'pglite' as const, monitorVacuum: false, reindex: false }),
    schema: queueSchema,
    // Schedules come with the jobs that need them.
    schedule: false,
    useListenNotify: true,
    superviseIntervalSeconds: 15,
  });
  queue.on('error', (error) => log(`jobs: ${error.message}`));
  queue.on('warning', (warning) => log(`jobs: ${warning.message}`));
  await queue.start();
  await queue.createQueue(deliverQueue, {
    notify: true,
    // The delivery's own count of attempts ends it (src/jobs.ts), so that what was tried is told in one place.
    retryLimit: 1000,
    retryBackoff: true,
    // Longer than any destination takes for one attempt.
    expireInSeconds: 120,
    // A worker that is gone is noticed after so long.
    heartbeatSeconds: 30,
    retentionSeconds: 365 * day,
    // What became of a job is kept in `deliveries`.
    deleteAfterSeconds: 3600,
  });
  await know(queue);
  return queue;
}

/** Whole seconds: the wait after the first failure, which then doubles, and its limit. Not while something is raised. */
export async function setRetryDelay(queue: PgBoss, retryDelay: number, retryDelayMax: number): Promise<void> {
  await queue.updateQueue(deliverQueue, { retryBackoff: true, retryDelay, retryDelayMax });
  await know(queue);
}

/** Puts the queue into pg-boss's cache, from which every change of the queue takes it. `insert` within the caller's
 *  transaction must find it there: to read it, it would wait for the one connection of the embedded form, which that
 *  transaction holds. */
async function know(queue: PgBoss): Promise<void> {
  await queue.insert(deliverQueue, []);
}
