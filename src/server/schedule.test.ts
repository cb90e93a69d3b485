import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { UserError } from '../core/problem.ts';
import type { Run } from '../core/schedule.ts';
import type { Schedules, ScheduleStatus } from '../core/schedule-store.ts';
import { answerTo } from './refusal.ts';
import { scheduleRoutes } from './schedule.ts';

const time = Date.UTC(2026, 0, 31, 9);
const run: Run = {
  id: '7',
  schedule: 'q',
  isBackfill: false,
  state: 'done',
  from: time - 10_000,
  to: time,
  started: time + 2000,
  ended: time + 2100,
  rows: 1,
  signals: 1,
  rowsRead: 60,
  bytesRead: 6000,
  message: '',
};
const status: ScheduleStatus = {
  id: 'q',
  schedule: { everyMs: 10_000, timezone: 'UTC', lagMs: 2000, timeoutMs: 60_000, catchupMs: 1000 },
  cursor: time,
  due: time + 12_000,
  wanted: 0,
  failures: 0,
  gaps: 2,
  lateMs: 1500,
  last: run,
};

const asked: unknown[] = [];

function server(statuses: readonly ScheduleStatus[] = [status]) {
  const schedules: Schedules = {
    status: async () => statuses,
    async runs(id, options) {
      asked.push(options);
      return id === 'q' ? { runs: [run], next: '7' } : undefined;
    },
    async backfill(id, window) {
      if (window.from > time) throw new UserError('it will run by itself');
      return id === 'q' ? window : undefined;
    },
  };
  const made = fastify().withTypeProvider<ZodTypeProvider>();
  made.setValidatorCompiler(validatorCompiler);
  made.setSerializerCompiler(serializerCompiler);
  made.setErrorHandler((error, request, reply) => {
    const { status: code, body } = answerTo(error, request.id);
    void reply.code(code).send(body);
  });
  scheduleRoutes(made, { schedules });
  return made;
}

const told = {
  id: '7',
  schedule: 'q',
  isBackfill: false,
  state: 'done',
  from: '2026-01-31T08:59:50.000Z',
  to: '2026-01-31T09:00:00.000Z',
  started: '2026-01-31T09:00:02.000Z',
  ended: '2026-01-31T09:00:02.100Z',
  rows: 1,
  signals: 1,
  rowsRead: 60,
  bytesRead: 6000,
  message: '',
};

test('schedules are listed with their last run', async () => {
  const answer = await server().inject('/api/v1/schedules');
  expect(answer.json()).toEqual({
    items: [
      {
        id: 'q',
        every: 10,
        cron: null,
        timezone: 'UTC',
        lag: 2,
        state: 'waiting',
        cursor: '2026-01-31T09:00:00.000Z',
        late: 1.5,
        due: '2026-01-31T09:00:12.000Z',
        failures: 0,
        gaps: 2,
        backfill: null,
        last: told,
      },
    ],
  });
});

test.each([
  [{ failures: 3 }, { state: 'failing' }],
  [{ holder: { name: 'x', until: time } }, { state: 'running' }],
  [{ last: { ...run, state: 'overflow' as const } }, { state: 'overflow' }],
  [{ due: Number.POSITIVE_INFINITY }, { due: null }],
  [
    { backfill: { id: '1', from: time, to: time + 5000, cursor: time + 1000, due: 0, failures: 0 } },
    {
      backfill: {
        from: '2026-01-31T09:00:00.000Z',
        to: '2026-01-31T09:00:05.000Z',
        cursor: '2026-01-31T09:00:01.000Z',
      },
    },
  ],
])('%j', async (more, shown) => {
  const answer = await server([{ ...status, ...more }]).inject('/api/v1/schedules');
  expect(answer.json()).toMatchObject({ items: [shown] });
});

test('runs come in pages', async () => {
  asked.length = 0;
  const answer = await server().inject('/api/v1/schedules/q/runs?limit=1&cursor=9&state=gap');
  expect(answer.json()).toEqual({ items: [told], next: '7' });
  expect(asked).toEqual([{ limit: 1, cursor: '9', states: ['gap'] }]);
  expect((await server().inject('/api/v1/schedules/nothing/runs')).statusCode).toBe(404);
  expect((await server().inject('/api/v1/schedules/q/runs?state=broken')).statusCode).toBe(400);
});

const ask = (id: string, payload: object) =>
  server().inject({ method: 'POST', url: `/api/v1/schedules/${id}/backfill`, payload });

test('a back-fill is taken, refused, or of nothing', async () => {
  const window = { from: '2026-01-31T08:00:00Z', to: '2026-01-31T09:00:00+00:00' };
  const taken = await ask('q', window);
  expect([taken.statusCode, taken.json()]).toEqual([
    202,
    { from: '2026-01-31T08:00:00.000Z', to: '2026-01-31T09:00:00.000Z' },
  ]);
  expect((await ask('nothing', window)).statusCode).toBe(404);
  const late = await ask('q', { ...window, from: '2027-01-31T08:00:00Z' });
  expect([late.statusCode, late.json().detail]).toEqual([400, 'it will run by itself']);
  expect((await ask('q', { from: 'yesterday', to: 'now' })).statusCode).toBe(400);
});
