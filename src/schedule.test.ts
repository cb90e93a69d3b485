import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Schedule, Window } from './core/schedule.ts';
import type { ScheduleStore } from './core/schedule-store.ts';
import {
  createScheduler,
  type RunResult,
  type ScheduleEntry,
  type Scheduler,
  type SchedulerOptions,
} from './schedule.ts';
import { connectPostgres, type Database } from './store/postgres/connect.ts';
import { createScheduleStore } from './store/postgres/schedule-store.ts';
import { clusterTimeoutMs, temporaryDatabaseFolder } from './store/postgres/temporary-database.suite.ts';

const schedule: Schedule = { everyMs: 10_000, timezone: 'UTC', lagMs: 2000, timeoutMs: 5000, catchupMs: 60_000 };
const found: RunResult = { rows: 1, signals: 1, rowsRead: 10, bytesRead: 100 };
const start = 1_700_000_000_000;

let database: Database;
let path = '';
let store: ScheduleStore;
let now = start;
/** `from-to` in seconds since the start, of each run that went through. */
let ran: string[] = [];
let told: string[] = [];
let schedulers: Scheduler[] = [];

beforeAll(async () => {
  path = await temporaryDatabaseFolder();
  database = await connectPostgres({ path });
}, clusterTimeoutMs);
afterAll(async () => {
  await database.close();
  await rm(path, { recursive: true });
});
beforeEach(async () => {
  await sql`truncate schedules, schedule_runs, schedule_backfills, schedulers`.execute(database.db);
  store = createScheduleStore(database.db);
  now = start;
  ran = [];
  told = [];
  schedulers = [];
});
afterEach(async () => {
  await Promise.all(schedulers.map((each) => each.stop()));
});

const shown = ({ from, to }: Window): string => `${(from - start) / 1000}-${(to - start) / 1000}`;

function entry(more: Partial<ScheduleEntry> = {}): ScheduleEntry {
  return {
    id: 'q',
    schedule,
    async run(window) {
      ran.push(shown(window));
      return found;
    },
    ...more,
  };
}

function scheduler(entries: readonly ScheduleEntry[] = [entry()], more: Partial<SchedulerOptions> = {}): Scheduler {
  const made = createScheduler({
    entries,
    store,
    clock: { now: () => now },
    holder: 'one',
    warn: (message) => told.push(message),
    ...more,
  });
  schedulers.push(made);
  return made;
}

async function at(seconds: number, one: Scheduler): Promise<void> {
  now = start + seconds * 1000;
  await one.runDue();
}
const statusOf = async (one: Scheduler) => (await one.status())[0];
const runsOf = async () => (await store.runs('q', { limit: 1000 })).runs;

test('windows follow each other, and what was found is kept', async () => {
  const one = scheduler();
  for (const seconds of [2, 11]) await at(seconds, one);
  expect(await statusOf(one)).toMatchObject({ lateMs: 0 });
  now = start + 13_500;
  expect(await statusOf(one)).toMatchObject({ lateMs: 1500 });
  expect(ran).toEqual([]);
  for (const seconds of [12, 21, 22]) await at(seconds, one);
  expect(ran).toEqual(['0-10', '10-20']);
  expect(await runsOf()).toMatchObject([
    { state: 'done', ...found, started: start + 22_000 },
    { state: 'done', ...found },
  ]);
});

test('after a standstill all windows within the catch-up are run, and the rest is a gap that can be seen', async () => {
  const one = scheduler();
  await at(2, one);
  await at(203, one);
  expect(ran.slice(1)).toEqual(['150-160', '160-170', '170-180', '180-190', '190-200']);
  expect(ran[0]).toBe('140-150');
});

test('a gap is filled on request, once, and its steps are those of the schedule', async () => {
  const one = scheduler();
  await at(2, one);
  await at(203, one);
  expect(await statusOf(one)).toMatchObject({ gaps: 1, cursor: start + 200_000 });
  ran = [];
  expect(shown((await one.backfill('q', { from: start + 105_000, to: start + 131_000 })) ?? { from: 0, to: 0 })).toBe(
    '100-140',
  );
  await one.runDue();
  expect(ran).toEqual(['100-110', '110-120', '120-130', '130-140']);
  expect(await statusOf(one)).toMatchObject({ gaps: 1 });
  await one.backfill('q', { from: start, to: now + 1_000_000 });
  await one.runDue();
  expect(ran).toContain('190-200');
  expect(ran).not.toContain('200-210');
  expect(await statusOf(one)).toMatchObject({ gaps: 0 });
  await expect(one.backfill('q', { from: now, to: now + 1_000_000 })).rejects.toThrow('will run by itself');
  await expect(one.backfill('q', { from: 0, to: now })).rejects.toThrow('more than 100000 runs');
  expect(await one.backfill('nothing', { from: 0, to: 1 })).toBeUndefined();
});

test('a run that fails is tried again over the same window, less and less often', async () => {
  let broken = true;
  const failures: number[] = [];
  const one = scheduler([
    entry({
      async run(window) {
        if (broken) throw new Error('no such table');
        ran.push(shown(window));
        return found;
      },
      async tell(trouble) {
        failures.push(trouble.kind === 'failed' ? trouble.failures : 0);
      },
    }),
  ]);
  await at(2, one);
  for (let seconds = 12; seconds < 30; seconds++) await at(seconds, one);
  expect(failures).toEqual([1, 2, 3, 4, 5]);
  expect(told).toContain('q: no such table');
  expect(await statusOf(one)).toMatchObject({ failures: 5, last: { state: 'failed', message: 'no such table' } });
  broken = false;
  await at(60, one);
  expect(ran).toEqual(['0-10', '10-20', '20-30', '30-40', '40-50']);
  expect(await statusOf(one)).toMatchObject({ failures: 0 });
});

test('a run that takes too long has failed, and is told to stop', async () => {
  let stopped = false;
  const slow = { ...schedule, timeoutMs: 20 };
  const one = scheduler([
    entry({
      schedule: slow,
      run: (_window, { stop }) =>
        new Promise(() => {
          stop.addEventListener('abort', () => {
            stopped = true;
          });
        }),
    }),
  ]);
  await at(2, one);
  await at(12, one);
  expect(stopped).toBe(true);
  expect(await runsOf()).toMatchObject([{ state: 'failed', message: 'took longer than 0.02 s' }]);
});

test('what a run notes is kept with it', async () => {
  const one = scheduler([entry({ run: async () => ({ ...found, note: 'left out' }) })]);
  await at(2, one);
  await at(12, one);
  expect(await runsOf()).toMatchObject([{ state: 'done', message: 'left out' }]);
});

test('overflow is a state of the run', async () => {
  const one = scheduler([entry({ run: async () => ({ ...found, overflow: '12 more' }) })]);
  await at(2, one);
  await at(12, one);
  expect(await runsOf()).toMatchObject([{ state: 'overflow', message: '12 more', signals: 1 }]);
});

test('a clock that goes back doubles nothing, and one that goes on leaves nothing out', async () => {
  const one = scheduler();
  for (const seconds of [2, 12, 22, 5, 13, 22, 23, 32]) await at(seconds, one);
  expect(ran).toEqual(['0-10', '10-20', '20-30']);
});

test('an hour back: what comes then is waited for, none twice; after it all goes on', async () => {
  const one = scheduler();
  for (const seconds of [2, 12, 22, -3578, -3000, -10, 22, 32, 42]) await at(seconds, one);
  expect(ran).toEqual(['0-10', '10-20', '20-30', '30-40']);
  expect(told).toEqual(['q: has come to 2023-11-14T22:13:40.000Z, by another clock; it waits until then']);
  expect(await statusOf(one)).toMatchObject({ gaps: 0, cursor: start + 40_000 });
});

test('a day forwards: the newest windows are run, the gap before them is told, and a back-fill closes it', async () => {
  const gaps: Window[] = [];
  const one = scheduler([
    entry({
      async tell(trouble) {
        if (trouble.kind === 'gap') gaps.push(trouble.window);
      },
    }),
  ]);
  await at(2, one);
  await at(12, one);
  const day = 86_400;
  await at(day + 12, one);
  expect(ran).toEqual(['0-10', ...[0, 10, 20, 30, 40, 50].map((from) => `${day - 50 + from}-${day - 40 + from}`)]);
  expect(gaps.map(shown)).toEqual([`10-${day - 50}`]);
  expect(told).toEqual([
    'q: nothing ran over the records received from 2023-11-14T22:13:30.000Z to 2023-11-15T22:12:30.000Z; a back-fill does',
  ]);
  expect((await runsOf()).filter(({ state }) => state === 'gap').map(shown)).toEqual([`10-${day - 50}`]);
  expect(await statusOf(one)).toMatchObject({ gaps: 1 });
});

test('of a gap people are told before the run after it, until it could be told', async () => {
  let isDown = true;
  const gaps: Window[] = [];
  const one = scheduler([
    entry({
      async tell(trouble) {
        if (trouble.kind !== 'gap') return;
        if (isDown) throw new Error('the database is down');
        gaps.push(trouble.window);
      },
    }),
  ]);
  await at(2, one);
  await at(203, one);
  expect([ran, gaps]).toEqual([[], []]);
  isDown = false;
  await at(205, one);
  expect(gaps.map(shown)).toEqual(['0-140']);
  expect(ran[0]).toBe('140-150');
});

/** `03-29T01:00`. */
const text = (time: number): string => new Date(time).toISOString().slice(5, 16);

test.each([
  ['2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z', ['03-28T01:30 03-29T01:00', '03-29T01:00 03-30T00:30']],
  ['2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z', ['10-24T00:30 10-25T00:30', '10-25T00:30 10-26T01:30']],
])('every night at half past two in Berlin, over the change of the clocks after %s', async (from, to, expected) => {
  const nightly: Schedule = {
    cron: '30 2 * * *',
    timezone: 'Europe/Berlin',
    lagMs: 1000,
    timeoutMs: 5000,
    catchupMs: 0,
  };
  const windows: Window[] = [];
  const one = scheduler([
    entry({
      schedule: nightly,
      async run(window) {
        windows.push(window);
        return found;
      },
    }),
  ]);
  for (now = Date.parse(from); now <= Date.parse(to); now += 30 * 60_000) await one.runDue();
  expect(windows.map((window) => `${text(window.from)} ${text(window.to)}`)).toEqual(expected);
});

test('records that come after a restart are never received before the cursor, unless it is beyond belief', async () => {
  const one = scheduler();
  await at(2, one);
  await at(3602, one);
  now = start + 2000;
  expect(await scheduler().doneUntil()).toBe(start + 3_600_000);
  now = start - 24 * 3_600_000;
  expect(await scheduler().doneUntil()).toBe(0);
});

test('a cursor in the future, left by another clock, is told of', async () => {
  await at(86_402, scheduler());
  await at(2, scheduler());
  expect(told).toEqual([
    expect.stringMatching(/^q: has come to 2023-11-15T.*, by another clock; it waits until then$/),
  ]);
});

test('two processes share the windows: none left out, none doubled', async () => {
  const slow = entry({
    async run(window) {
      await sleep(Math.random() * 3);
      ran.push(shown(window));
      return found;
    },
  });
  const both = [scheduler([slow], { holder: 'one' }), scheduler([slow], { holder: 'two' })];
  for (let seconds = 2; seconds <= 62; seconds += 2) {
    now = start + seconds * 1000;
    await Promise.all(both.map((each) => each.runDue()));
  }
  expect(ran).toEqual(['0-10', '10-20', '20-30', '30-40', '40-50', '50-60']);
});

test('records that another process has not stored yet are waited for, unless that one has ended', async () => {
  let stored = start + 15_000;
  const other = scheduler([entry()], { holder: 'other', settled: () => stored });
  const one = scheduler();
  await at(2, other);
  await at(32, other);
  await at(33, one);
  expect(ran).toEqual(['0-10']);
  stored = start + 20_000;
  await at(34, other);
  expect(ran).toEqual(['0-10', '10-20']);
  await other.stop();
  await at(35, one);
  expect(ran).toEqual(['0-10', '10-20', '20-30']);
});

test('the window of a process that died is run by another one when its time is over', async () => {
  const never = Promise.withResolvers<RunResult>();
  const dead = scheduler([entry({ run: () => never.promise })], { holder: 'dead' });
  await at(2, dead);
  now = start + 12_000;
  void dead.runDue();
  const two = scheduler([entry()], { holder: 'two' });
  await sleep(50);
  await at(46, two);
  expect(ran).toEqual([]);
  await at(47, two);
  // Records that it has not stored are waited for, for a minute.
  expect(ran).toEqual(['0-10']);
  await sql`update schedulers set seen = seen - interval '61 seconds' where name = 'dead'`.execute(database.db);
  await at(48, two);
  expect(ran).toEqual(['0-10', '10-20', '20-30', '30-40']);
  expect((await runsOf()).at(-1)).toMatchObject({ state: 'lost', from: start, to: start + 10_000 });
  never.resolve(found);
  await dead.stop();
  expect(told).toEqual(['q: was too slow, and is run by another process']);
});

test('a process that is started anew goes on at once with what it had begun', async () => {
  const never = Promise.withResolvers<RunResult>();
  const first = scheduler([entry({ run: () => never.promise })]);
  await at(2, first);
  now = start + 12_000;
  void first.runDue();
  await sleep(50);
  await at(13, scheduler());
  expect(ran).toEqual(['0-10']);
  never.resolve(found);
});

test('a store that is down is waited for, and nothing is lost or doubled', async () => {
  let down = false;
  const shaky = new Proxy(store, {
    get(target, name: keyof ScheduleStore) {
      return async (...words: never[]) => {
        if (down) throw new Error('the database is down');
        return (target[name] as (...given: never[]) => unknown)(...words);
      };
    },
  });
  const one = scheduler(
    [
      entry({
        async run(window) {
          ran.push(shown(window));
          if (ran.length === 1) {
            down = true;
            setTimeout(() => {
              down = false;
            }, 1500);
          }
          return found;
        },
      }),
    ],
    { store: shaky },
  );
  await at(2, one);
  now = start + 32_000;
  await one.start();
  const until = Date.now() + 15_000;
  while (ran.length < 3 && Date.now() < until) await sleep(20);
  await one.stop();
  expect(ran).toEqual(['0-10', '10-20', '20-30']);
  expect(told).toEqual(['schedules wait: the database is down']);
}, 20_000);

test('by itself it runs what is due, and what is hurried', async () => {
  const quick = { ...schedule, lagMs: 0 };
  const one = scheduler([entry({ schedule: quick }), entry({ schedule: quick, id: 'other' })]);
  await one.start();
  now = start + 10_000;
  const until = Date.now() + 10_000;
  while (ran.length < 2 && Date.now() < until) await sleep(10);
  expect(ran).toEqual(['0-10', '0-10']);
  now = start + 13_000;
  await one.hurry(['q']);
  now = start + 13_500;
  while (ran.length < 3 && Date.now() < until) await sleep(10);
  expect(ran).toEqual(['0-10', '0-10', '10-13.5']);
}, 20_000);

test('one that is far behind does not hold up the others', async () => {
  const log = (id: string) =>
    entry({
      id,
      async run(window) {
        ran.push(`${id} ${shown(window)}`);
        return found;
      },
    });
  await at(2, scheduler([log('late'), log('b')]));
  await at(42, scheduler([log('b')]));
  ran = [];
  await at(52, scheduler([log('late'), log('b')], { concurrency: 1 }));
  expect(ran.slice(0, 3)).toEqual(['late 0-10', 'b 40-50', 'late 10-20']);
});

test('with more to do than room, all come to their turn', async () => {
  let atOnce = 0;
  let most = 0;
  const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
  const one = scheduler(
    ids.map((id) =>
      entry({
        id,
        async run() {
          most = Math.max(most, ++atOnce);
          await sleep(1);
          atOnce--;
          ran.push(id);
          return found;
        },
      }),
    ),
    { concurrency: 3 },
  );
  await at(2, one);
  await at(32, one);
  expect(most).toBe(3);
  expect(ran).toHaveLength(60);
  expect(new Set(ran.slice(0, 20)).size).toBe(20);
});

test('what is urgent does not wait for room', async () => {
  const slow = ['a', 'b', 'c'].map((id) =>
    entry({
      id,
      async run() {
        ran.push(`${id} begins`);
        await sleep(20);
        ran.push(`${id} ends`);
        return found;
      },
    }),
  );
  const urgent = entry({
    id: 'urgent',
    isUrgent: true,
    async run() {
      ran.push('urgent');
      return found;
    },
  });
  const one = scheduler([...slow, urgent], { concurrency: 1 });
  await at(2, one);
  await at(12, one);
  expect(ran.slice(0, 3).toSorted()).toEqual(['a begins', 'a ends', 'urgent']);
  expect(ran.filter((each) => each.endsWith('ends'))).toHaveLength(3);
});
