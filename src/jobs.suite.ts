// What jobs must do, on every database.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Alert, Delivery } from './core/alert.ts';
import type { AlertStore } from './core/alert-store.ts';
import type { DeliveryResult, Destination, Notification } from './core/destination.ts';
import { type Retry, startJobs } from './jobs.ts';
import { raiseOne } from './raise-one.suite.ts';
import { createAlertStore } from './store/postgres/alert-store.ts';
import type { Database } from './store/postgres/connect.ts';
import { deliverQueue } from './store/postgres/queue.ts';
import { clusterTimeoutMs } from './store/postgres/temporary-database.suite.ts';

const fast: Partial<Retry> = { delaySeconds: 0, maxDelaySeconds: 0, pollSeconds: 0.5 };
const ok: DeliveryResult = { kind: 'delivered', message: 'ok' };
const busy: DeliveryResult = { kind: 'failed', message: 'busy', final: false };
const link = (alert: Alert): string => `http://tocsin/${alert.id}`;
const refused: DeliveryResult = { kind: 'failed', message: 'no such hook', final: true };

export function jobsSuite(open: () => Promise<Database>): void {
  let database: Database;
  let alerts: AlertStore;
  let sent: Notification[];
  let running: { stop(): Promise<void> } | undefined;

  beforeAll(async () => {
    database = await open();
  }, clusterTimeoutMs);
  afterAll(() => database.close());
  beforeEach(async () => {
    await sql`truncate alerts, alert_keys, alert_changes, batch_marks, deliveries`.execute(database.db);
    await database.queue.deleteAllJobs(deliverQueue);
    const { db, queue } = database;
    alerts = createAlertStore({ db, queue, route: () => ['mail'] });
    sent = [];
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  /** Sends to `mail`: each attempt has the next of the results, then the last one again. */
  const start = async (results: readonly (DeliveryResult | (() => Promise<DeliveryResult>))[], retry = fast) => {
    const mail = destinationOf('mail', async (notification) => {
      const result = results[Math.min(sent.push(notification), results.length) - 1] ?? ok;
      return typeof result === 'function' ? result() : result;
    });
    running = await startJobs({ database, alerts, destinations: [mail], clock: { now: () => 5 }, link, retry });
  };
  const delivery = async (alert: Alert) => (await alerts.get(alert.id))?.deliveries[0];
  const ended = async (alert: Alert, state: Delivery['state']) => {
    await expect.poll(async () => (await delivery(alert))?.state, { timeout: 20_000, interval: 20 }).toBe(state);
    return delivery(alert);
  };

  test('an alert is told, soon', async () => {
    await start([ok], { ...fast, pollSeconds: 10 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = performance.now();
    const alert = await raiseOne(alerts);
    expect(await ended(alert, 'delivered')).toEqual({
      destination: 'mail',
      event: 'opened',
      state: 'delivered',
      attempts: 1,
      attempted: 5,
      message: 'ok',
    });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(sent).toMatchObject([{ link: `http://tocsin/${alert.id}`, alert: { title: 'a title' } }]);
  });

  test('what waited before the start is told', async () => {
    const alert = await raiseOne(alerts);
    await start([ok]);
    expect(await ended(alert, 'delivered')).toMatchObject({ attempts: 1 });
  });

  test('a failure is tried again, with the same id, until it is delivered', async () => {
    await start([busy, () => Promise.reject(new Error('a bug')), ok]);
    const alert = await raiseOne(alerts);
    expect(await ended(alert, 'delivered')).toMatchObject({ attempts: 3, message: 'ok' });
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  });

  test('between attempts it waits, and says why', async () => {
    await start([busy], { ...fast, delaySeconds: 30, maxDelaySeconds: 300 });
    const alert = await raiseOne(alerts);
    expect(await ended(alert, 'retrying')).toMatchObject({ attempts: 1, message: 'busy' });
    const [job] = await database.queue.findJobs(deliverQueue);
    const waitSeconds = ((job?.startAfter.getTime() ?? 0) - Date.now()) / 1000;
    expect(waitSeconds).toBeGreaterThan(20);
    expect(waitSeconds).toBeLessThan(65);
  });

  test('after the last attempt it has failed', async () => {
    await start([busy], { ...fast, attempts: 3 });
    const alert = await raiseOne(alerts);
    expect(await ended(alert, 'failed')).toMatchObject({ attempts: 3, message: 'busy' });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(sent).toHaveLength(3);
  });

  test('what will fail the same way again is not tried again', async () => {
    await start([refused]);
    const alert = await raiseOne(alerts);
    expect(await ended(alert, 'failed')).toMatchObject({ attempts: 1, message: 'no such hook' });
  });

  test('a destination that is not configured', async () => {
    const { db, queue } = database;
    alerts = createAlertStore({ db, queue, route: () => ['gone'] });
    await start([ok]);
    const alert = await raiseOne(alerts);
    expect(await ended(alert, 'failed')).toMatchObject({ message: 'no destination `gone` is configured' });
  });

  test('stop waits for the attempt that is under way', async () => {
    await start([() => new Promise((resolve) => setTimeout(resolve, 500, ok))]);
    const alert = await raiseOne(alerts);
    await ended(alert, 'sending');
    await running?.stop();
    expect(await delivery(alert)).toMatchObject({ state: 'delivered' });
  });

  test('a delivery whose job is gone gets another', async () => {
    const alert = await raiseOne(alerts);
    await database.queue.deleteAllJobs(deliverQueue);
    await start([ok]);
    expect(await ended(alert, 'delivered')).toMatchObject({ attempts: 1 });
  });

  test('what was delivered is not sent again, whatever the queue thinks', async () => {
    const alert = await raiseOne(alerts);
    await alerts.delivery(
      { alert: alert.id, destination: 'mail', event: 'opened' },
      { state: 'delivered', message: 'ok' },
    );
    await start([ok]);
    await expect
      .poll(async () => (await database.queue.findJobs(deliverQueue)).map(({ state }) => state), { timeout: 10_000 })
      .toEqual(['completed']);
    expect(sent).toEqual([]);
  });

  test('attempts that crashes broke off count', async () => {
    const alert = await raiseOne(alerts);
    await alerts.delivery(
      { alert: alert.id, destination: 'mail', event: 'opened' },
      { state: 'sending', attempts: 10 },
    );
    await start([ok]);
    expect(await ended(alert, 'failed')).toMatchObject({
      message: 'given up after 10 attempts; the last one was broken off',
    });
    expect(sent).toEqual([]);
  });

  test('an alert that resolves is told of after its opening, as another notification', async () => {
    const { db, queue } = database;
    alerts = createAlertStore({ db, queue, route: () => ['mail'], tellsResolved: () => true });
    const alert = await raiseOne(alerts, 'd', { resolveAfterMs: 1000 });
    await alerts.resolveDue(10_000);
    await start([busy, ok]);
    const states = async () => (await alerts.get(alert.id))?.deliveries.map(({ event, state }) => `${event} ${state}`);
    await expect.poll(states, { timeout: 20_000, interval: 20 }).toEqual(['opened delivered', 'resolved delivered']);
    expect(sent.map(({ event }) => event)).toEqual(['opened', 'opened', 'resolved']);
    expect(sent[2]).toMatchObject({ alert: { status: 'RESOLVED' } });
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
  });

  test('who could not be told of the opening is not told of the end', async () => {
    const { db, queue } = database;
    alerts = createAlertStore({ db, queue, route: () => ['mail'], tellsResolved: () => true });
    const alert = await raiseOne(alerts, 'd', { resolveAfterMs: 1000 });
    await alerts.resolveDue(10_000);
    await start([refused, ok]);
    await expect
      .poll(async () => (await alerts.get(alert.id))?.deliveries[1], { timeout: 20_000, interval: 20 })
      .toMatchObject({ event: 'resolved', state: 'failed', message: 'it was not told that the alert had opened' });
    expect(sent).toHaveLength(1);
  });

  test('a destination that hangs does not hold up the others', async () => {
    const { db, queue } = database;
    const hanging = Promise.withResolvers<DeliveryResult>();
    alerts = createAlertStore({ db, queue, route: ({ dedup }) => [dedup.startsWith('slow') ? 'slow' : 'mail'] });
    running = await startJobs({
      database,
      alerts,
      destinations: [destinationOf('slow', () => hanging.promise), destinationOf('mail', async () => ok)],
      clock: { now: () => 5 },
      link: () => '',
      retry: fast,
    });
    for (let index = 0; index < 40; index++) await raiseOne(alerts, `slow${index}`);
    const alert = await raiseOne(alerts, 'fast');
    expect(await ended(alert, 'delivered')).toMatchObject({ attempts: 1 });
    hanging.resolve(ok);
  });
}

function destinationOf(id: string, send: Destination['send']): Destination {
  return { id, kind: 'test', send, async close() {} };
}
