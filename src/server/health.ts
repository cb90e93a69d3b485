// /healthz: the process lives. /readyz: its stores answer too. Both are open, and cost the same however often asked.

import { z } from 'zod';
import type { App } from '../app-port.ts';
import { systemClock } from '../core/clock.ts';
import { Refusal } from './refusal.ts';
import type { Server } from './route.ts';

const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health', description: 'All is well' });
const ok = { status: 'ok' as const };

/** A look at the stores holds for so long. */
const lookMs = 1000;
const answerMs = 2000;

export function healthRoutes(server: Server, app: App): void {
  let looked = Number.NEGATIVE_INFINITY;
  let look: Promise<readonly string[]> = Promise.resolve([]);

  server.get(
    '/healthz',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'The process lives',
        tags: ['status'],
        response: { 200: Health },
      },
    },
    async () => ok,
  );

  server.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'The stores answer',
        tags: ['status'],
        response: { 200: Health },
      },
    },
    async () => {
      if (systemClock.now() - looked > lookMs) {
        looked = systemClock.now();
        look = silentStores(app);
      }
      const silent = await look;
      if (silent.length > 0) throw new Refusal(503, `no answer from ${silent.join(' and ')}`, { 'retry-after': '5' });
      return ok;
    },
  );
}

/** The stores that do not answer in time. */
async function silentStores(app: App): Promise<readonly string[]> {
  const checks = [
    { store: 'the event store', asked: app.events.query('SELECT 1', {}, { maxRows: 1, timeoutMs: answerMs }) },
    { store: 'the alert store', asked: app.alerts.counts() },
  ];
  const answers = await Promise.all(
    checks.map(async ({ store, asked }) => ((await inTime(asked)) ? undefined : store)),
  );
  return answers.filter((store) => store !== undefined);
}

async function inTime(asked: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, answerMs, false);
  const answered = asked.then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}
