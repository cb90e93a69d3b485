// What every ScheduleStore must do, on every database.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Claim, Ended, Plan, ScheduleState, ScheduleStore } from '../../core/schedule-store.ts';
import type { Database } from './connect.ts';
import { createScheduleStore } from './schedule-store.ts';
import { clusterTimeoutMs } from './temporary-database.suite.ts';

const counts = { rows: 3, signals: 2, rowsRead: 1000, bytesRead: 50_000 };

export function scheduleStoreSuite(open: () => Promise<Database>): void {
  let database: Database;
  let store: ScheduleStore;
  let now = 0;

  beforeAll(async () => {
    database = await open();
  }, clusterTimeoutMs);
  afterAll(() => database.close());
  beforeEach(async () => {
    await sql`truncate schedules, schedule_runs, schedule_backfills, schedulers, raise_marks`.execute(database.db);
    store = createScheduleStore(database.db);
    now = 1_700_000_000_000;
  });

  const add = (id = 'q', holder = 'one') => store.add([{ id, cursor: now - 10, due: now }], holder);
  const tenMore = ({ cursor, backfill }: ScheduleState): Plan => {
    const from = backfill?.cursor ?? cursor;
    const window = { from, to: from + 10 };
    return { kind: 'run', window, until: now + 100, ...(backfill !== undefined && { backfill: backfill.id }) };
  };
  const claim = (holder = 'one', plan = tenMore, ids = ['q'], limit = 10) =>
    store.claim(ids, { holder, now, limit, plan });
  const end = (claimed: Claim | undefined, more: Partial<Ended> = {}, holder = 'one') => {
    if (claimed === undefined) throw new Error('nothing was claimed');
    return store.end(claimed, holder, { state: 'done', message: '', ended: now, due: now + 10, ...counts, ...more });
  };
  const state = async (id = 'q') => (await store.states([id])).get(id);
  const runs = async () => (await store.runs('q', { limit: 100 })).runs;

  test('a run is kept with what it cost, and the cursor moves on', async () => {
    await add();
    const [claimed] = await claim();
    const window = { from: now - 10, to: now };
    expect(claimed).toMatchObject({ schedule: 'q', window, isBackfill: false, failures: 0 });
    expect(await runs()).toMatchObject([{ state: 'running', ...window, started: now }]);
    now += 5;
    expect(await end(claimed)).toBe(true);
    expect(await runs()).toEqual([
      {
        id: claimed?.run,
        schedule: 'q',
        isBackfill: false,
        state: 'done',
        ...window,
        started: now - 5,
        ended: now,
        ...counts,
        message: '',
      },
    ]);
    const after = await state();
    expect(after).toMatchObject({ cursor: window.to, due: now + 10, failures: 0, gaps: 0, last: { state: 'done' } });
    expect(after?.unfinished ?? after?.holder).toBeUndefined();
  });

  test('what is not due is not taken, and the next time is known', async () => {
    await add();
    await add('r');
    await end((await claim())[0], { due: now + 50 });
    expect(await claim()).toEqual([]);
    expect(await store.nextDue(['q'])).toBe(now + 50);
    expect(await store.nextDue(['q', 'r'])).toBe(now);
    expect(await store.nextDue([])).toBe(Number.POSITIVE_INFINITY);
    now += 50;
    expect(await claim()).toHaveLength(1);
    expect(await store.nextDue(['q'])).toBe(now + 100);
  });

  test('those that have to wait take no place', async () => {
    const ids = ['a', 'b', 'c'];
    await store.add(
      ids.map((id) => ({ id, cursor: 0, due: now })),
      'one',
    );
    expect(
      await claim('one', (each) => (each.id === 'c' ? tenMore(each) : { kind: 'wait', due: now + 5 }), ids, 1),
    ).toMatchObject([{ schedule: 'c' }]);
  });

  test('a schedule that never comes is never due', async () => {
    await store.add([{ id: 'q', cursor: 5, due: Number.POSITIVE_INFINITY }], 'one');
    expect((await state())?.due).toBe(Number.POSITIVE_INFINITY);
    expect(await store.nextDue(['q'])).toBe(Number.POSITIVE_INFINITY);
    expect(await claim()).toEqual([]);
  });

  test('one runs it at a time', async () => {
    await add();
    const both = await Promise.all([claim('one'), claim('two'), claim('one')]);
    expect(both.flat()).toHaveLength(1);
  });

  test('ten processes take each of many schedules once', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `s${index}`);
    await store.add(
      ids.map((id) => ({ id, cursor: 0, due: now })),
      'one',
    );
    const taken = await Promise.all(Array.from({ length: 10 }, (_, index) => claim(`p${index}`, tenMore, ids, 7)));
    let more = taken.flat();
    const seen = more.map(({ schedule }) => schedule);
    while (more.length > 0) {
      more = [...(await claim('late', tenMore, ids, 7))];
      seen.push(...more.map(({ schedule }) => schedule));
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  test('of those that are due, the one that has waited longest comes first', async () => {
    await store.add(
      [
        { id: 'a', cursor: 0, due: now - 1 },
        { id: 'b', cursor: 0, due: now - 2 },
      ],
      'one',
    );
    expect(await claim('one', tenMore, ['a', 'b'], 1)).toMatchObject([{ schedule: 'b' }]);
    expect(await claim('one', tenMore, ['a', 'b'], 1)).toMatchObject([{ schedule: 'a' }]);
  });

  test('a holder that is gone loses the run, which is run again over the same window', async () => {
    await add();
    const [lost] = await claim('one');
    now += 99;
    expect(await claim('two')).toEqual([]);
    now += 1;
    let seen: ScheduleState | undefined;
    const [again] = await claim('two', (each) => {
      seen = each;
      return { kind: 'run', window: each.unfinished ?? { from: 0, to: 1 }, until: now + 100 };
    });
    expect(seen).toMatchObject({ unfinished: lost?.window, holder: { name: 'one' } });
    expect(again?.window).toEqual(lost?.window);
    expect(await end(lost, {}, 'one')).toBe(false);
    expect(await runs()).toMatchObject([{ state: 'running' }, { state: 'lost', ended: now }]);
    expect(await end(again, {}, 'two')).toBe(true);
    expect(await state()).toMatchObject({ cursor: lost?.window.to });
  });

  test('the lost run of a schedule that then has to wait is told as such', async () => {
    await add();
    await claim('one');
    now += 100;
    expect(await claim('two', () => ({ kind: 'wait', due: now + 7 }))).toEqual([]);
    expect(await runs()).toMatchObject([{ state: 'lost' }]);
    expect(await state()).toMatchObject({ due: now + 7 });
    expect((await state())?.holder).toBeUndefined();
  });

  test('what a holder had taken is free when it has been started anew', async () => {
    await add();
    const [before] = await claim('one');
    await add('q', 'two');
    expect(await claim('two')).toEqual([]);
    await add('q', 'one');
    const [after] = await claim('one');
    expect(await end(before, {}, 'one')).toBe(false);
    expect(await end(after, {}, 'one')).toBe(true);
  });

  test('to add a schedule again leaves it where it is, and makes it due', async () => {
    await add();
    const [claimed] = await claim();
    await end(claimed, { due: now + 1000 });
    now += 1;
    await store.add([{ id: 'q', cursor: 0, due: now }], 'one');
    expect(await state()).toMatchObject({ cursor: claimed?.window.to, due: now });
  });

  test('a run that failed is counted, and the cursor stays', async () => {
    await add();
    const [first] = await claim();
    await end(first, { state: 'failed', message: 'no\0table', due: now });
    const [second] = await claim();
    expect(second?.failures).toBe(1);
    await end(second, { state: 'failed', message: 'x', due: now });
    expect(await state()).toMatchObject({ cursor: first?.window.from, failures: 2, unfinished: first?.window });
    expect((await runs())[1]).toMatchObject({ state: 'failed', message: 'no\ufffdtable' });
    await end((await claim())[0], { state: 'overflow', message: '12 more' });
    expect(await state()).toMatchObject({ cursor: first?.window.to, failures: 0, last: { state: 'overflow' } });
  });

  test('all wait for the one that has stored least, as long as it is there', async () => {
    expect(await store.settle('one', now)).toBe(now);
    expect(await store.settle('two', now - 5)).toBe(now - 5);
    expect(await store.settle('one', now + 1)).toBe(now - 5);
    expect(await store.settle('two', now + 9)).toBe(now + 1);
    await store.settle('two', now - 5);
    await store.leave('two');
    expect(await store.settle('one', now + 2)).toBe(now + 2);
    await store.settle('gone', now - 5);
    await sql`update schedulers set seen = seen - interval '59 seconds' where name = 'gone'`.execute(database.db);
    expect(await store.settle('one', now + 2)).toBe(now - 5);
    await sql`update schedulers set seen = seen - interval '2 seconds' where name = 'gone'`.execute(database.db);
    expect(await store.settle('one', now + 2)).toBe(now + 2);
  });

  test('alone, nobody is waited for and nothing is written', async () => {
    await store.settle('another', now - 5);
    const alone = createScheduleStore(database.db, { isAlone: true });
    expect(await alone.settle('one', now)).toBe(now);
    await alone.leave('another');
    expect(await store.settle('two', now)).toBe(now - 5);
  });

  test('a gap is told with the run after it, also when that is made again', async () => {
    await add();
    const gap = { from: now - 10, to: now + 20 };
    const window = { from: now + 20, to: now + 30 };
    const [first] = await claim('one', () => ({ kind: 'run', gap, window, until: now + 100 }));
    expect(first?.gap).toEqual(gap);
    await end(first, { state: 'failed', due: now });
    const [again] = await claim('one', ({ unfinished }) => {
      return { kind: 'run', window: unfinished ?? { from: 0, to: 1 }, until: now + 100 };
    });
    expect(again).toMatchObject({ window, gap });
    await end(again, { due: now });
    expect((await claim())[0]?.gap).toBeUndefined();
  });

  test('a gap is kept and counted, and a back-fill over it closes it', async () => {
    await add();
    const gap = { from: now - 10, to: now + 20 };
    const [claimed] = await claim('one', () => {
      return { kind: 'run', gap, window: { from: now + 20, to: now + 30 }, until: now + 100 };
    });
    await end(claimed, { due: now + 1000 });
    expect(await runs()).toMatchObject([{ state: 'done' }, { state: 'gap', ...gap }]);
    expect(await state()).toMatchObject({ gaps: 1, cursor: now + 30 });
    expect(await store.backfill('q', gap, now)).toBe(true);
    for (let step = 0; step < 3; step++) {
      expect(await state()).toMatchObject({ gaps: 1, backfill: { ...gap, cursor: gap.from + step * 10 } });
      const [filled] = await claim();
      expect(filled).toMatchObject({ isBackfill: true, window: { from: gap.from + step * 10 } });
      await end(filled, { due: now });
    }
    const after = await state();
    expect(after).toMatchObject({ gaps: 0, cursor: now + 30, due: now + 1000 });
    expect(after?.backfill).toBeUndefined();
    expect((await runs()).filter(({ isBackfill }) => isBackfill)).toHaveLength(3);
    expect((await store.runs('q', { limit: 9, states: ['gap'] })).runs).toEqual([]);
  });

  test('a step of a back-fill that failed is made again', async () => {
    await add();
    await end((await claim())[0], { due: now + 1000 });
    await store.backfill('q', { from: 0, to: 10 }, now);
    await end((await claim())[0], { state: 'failed', due: now + 3 });
    expect(await claim()).toEqual([]);
    expect(await store.nextDue(['q'])).toBe(now + 3);
    now += 3;
    const [again] = await claim();
    expect(again).toMatchObject({ isBackfill: true, failures: 1, window: { from: 0, to: 10 } });
    await end(again);
    expect(await state()).toMatchObject({ failures: 0 });
  });

  test('back-fills of no schedule, and too many, are refused', async () => {
    expect(await store.backfill('nothing', { from: 0, to: 1 }, now)).toBe(false);
    await add();
    for (let index = 0; index < 100; index++) expect(await store.backfill('q', { from: 0, to: 1 }, now)).toBe(true);
    expect(await store.backfill('q', { from: 0, to: 1 }, now)).toBe(false);
  });

  test('what is wanted soon is due soon, also when it was wanted during a run', async () => {
    await add();
    const [claimed] = await claim();
    await store.hurry(['q'], now + 1);
    await end(claimed, { due: now + 1000 });
    expect(await state()).toMatchObject({ wanted: now + 1, due: now });
    const [next] = await claim();
    await end(next, { due: now + 1000 });
    expect(await state()).toMatchObject({ due: now + 1000 });
    await store.hurry(['q'], now + 30);
    expect(await store.nextDue(['q'])).toBe(now + 30);
    now += 30;
    await end((await claim())[0], { state: 'failed', due: now + 500 });
    await store.hurry(['q'], now + 40);
    expect(await state()).toMatchObject({ wanted: now + 40, due: now + 500 });
  });

  test('runs come in pages, newest first, and old ones are forgotten', async () => {
    await add();
    for (let index = 0; index < 5; index++) await end((await claim())[0], { due: now });
    const { runs: page, next } = await store.runs('q', { limit: 2 });
    expect(page.map(({ to }) => to)).toEqual([now + 40, now + 30]);
    const rest = await store.runs('q', { limit: 3, cursor: next ?? '' });
    expect(rest.runs.map(({ to }) => to)).toEqual([now + 20, now + 10, now]);
    expect(rest.next).toBeUndefined();
    await expect(store.runs('q', { limit: 1, cursor: 'x' })).rejects.toThrow('no cursor');
    await sql`insert into schedule_runs (schedule, state, window_from, window_to, started)
      select 'q', 'done', 0, 1, 1 from generate_series(1, 1100)`.execute(database.db);
    for (let index = 0; index < 64; index++) await end((await claim())[0], { due: now });
    const { rows } = await sql<{ count: number }>`select count(*) from schedule_runs`.execute(database.db);
    expect(rows[0]?.count).toBeLessThan(1064);
  });
}
