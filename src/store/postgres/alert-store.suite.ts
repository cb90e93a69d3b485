// What every AlertStore must do, on every database.

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Delivery } from '../../core/alert.ts';
import type { AlertStore, Raise } from '../../core/alert-store.ts';
import { segmentsPerJournal } from '../../core/batch.ts';
import type { Detection, SignalGroup } from '../../core/detection.ts';
import { createAlertStore } from './alert-store.ts';
import type { Database } from './connect.ts';
import { createApiKeys } from './keys.ts';
import { deliverQueue } from './queue.ts';
import type { Route } from './raise.ts';
import { clusterTimeoutMs } from './temporary-database.suite.ts';

const minute = 60_000;

export function alertStoreSuite(open: () => Promise<Database>): void {
  let database: Database;
  let store: AlertStore;
  let now = 1_700_000_000_000;
  let route: Route = nowhere;

  beforeAll(async () => {
    database = await open();
  }, clusterTimeoutMs);
  afterAll(() => database.close());
  beforeEach(async () => {
    await sql`
      truncate alerts, alert_keys, alert_changes, exceptions, batch_marks, finished_segments, positions, deliveries,
        api_keys`.execute(database.db);
    await database.queue.deleteAllJobs(deliverQueue);
    now = 1_700_000_000_000;
    route = nowhere;
    store = createAlertStore({
      db: database.db,
      queue: database.queue,
      route: (...args) => route(...args),
      tellsResolved: (destination) => destination !== 'hook',
      clock: { now: () => now },
    });
  });

  let frame = 0;
  const raise = (groups: SignalGroup[], more: Partial<Raise> & { detection?: Partial<Detection> } = {}) => {
    const { detection: changed, ...rest } = more;
    const detections = new Map([['r', { ...detection, ...changed }]]);
    return store.raise({ segment: 1, frame: frame++, received: now, groups, detections, ...rest });
  };
  const all = async () => (await store.list({}, { limit: 100 })).alerts;

  test('the first signal opens an alert with what the signal says', async () => {
    const opened = await raise([group({ count: 3, first: 5, last: 9, logTypes: ['B', 'A'] })]);
    expect(opened).toEqual(await all());
    expect(opened).toEqual([
      {
        id: md5('r:1:d'),
        kind: 'RULE',
        detection: 'r',
        dedup: 'd',
        title: 'a title',
        severity: 'HIGH',
        status: 'OPEN',
        assignee: '',
        description: "the file's",
        runbook: "the rule's",
        reference: '',
        context: { ip: '10.0.0.1' },
        logTypes: ['B', 'A'],
        tags: ['t'],
        count: 3,
        first: 5,
        last: 9,
        windowStart: now,
        windowEnd: now + 60 * minute,
        created: now,
        updated: now,
        deliveries: [],
      },
    ]);
  });

  test('signals within the window, both ends included, join; title, severity and context stay', async () => {
    await raise([group({ first: 5, last: 9 })]);
    now += 60 * minute;
    const later = group({ count: 2, first: 3, last: 10, logTypes: ['B'] }, { title: 'other', severity: 'LOW' });
    expect(await raise([later])).toEqual([]);
    expect(await all()).toMatchObject([
      { title: 'a title', severity: 'HIGH', count: 3, first: 3, last: 10, logTypes: ['A', 'B'], updated: now },
    ]);
  });

  test('the window is fixed from its first signal: after it a new alert opens', async () => {
    await raise([group()]);
    now += 40 * minute;
    await raise([group()]);
    now += 20 * minute + 1;
    const [second] = await raise([group()]);
    expect(second).toMatchObject({ id: md5('r:2:d'), count: 1, windowStart: now });
    expect((await all()).map(({ count }) => count)).toEqual([1, 2]);
  });

  test('a resolved alert takes signals until its window ends, and stays resolved', async () => {
    const [opened] = await raise([group()]);
    await store.update(opened?.id ?? '', { status: 'RESOLVED' });
    expect(await raise([group()])).toEqual([]);
    expect(await all()).toMatchObject([{ status: 'RESOLVED', count: 2 }]);
  });

  test('dedup strings, detections and errors fold apart', async () => {
    const other = { ...group(), detection: 'q' };
    const detections = new Map([
      ['r', detection],
      ['q', { ...detection, id: 'q' }],
    ]);
    await raise([group(), group({ dedup: 'e' }), group({ isError: true }), other], { detections });
    const ids = (await all()).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(['r:1:d', 'r:1:e', 'r:1:d:error', 'q:1:d'].map(md5).toSorted());
    expect(await store.get(md5('r:1:d:error'))).toMatchObject({ kind: 'RULE_ERROR' });
  });

  test('groups of one key in one batch are one', async () => {
    const opened = await raise([group({ first: 5 }), group({ count: 2, first: 4, logTypes: ['B'] })]);
    expect(opened).toMatchObject([{ count: 3, first: 4, logTypes: ['A', 'B'] }]);
  });

  test('below the threshold there is no alert; it opens when the count reaches it', async () => {
    const rule = { detection: { threshold: 3 } };
    expect(await raise([group()], rule)).toEqual([]);
    expect(await all()).toEqual([]);
    expect(await store.get(md5('r:1:d'))).toBeUndefined();
    const start = now;
    now += minute;
    expect(await raise([group()], rule)).toEqual([]);
    now += minute;
    const later = await raise([group({}, { title: 'third' })], rule);
    expect(later).toMatchObject([{ count: 3, title: 'a title', created: now, windowStart: start }]);
    expect(await raise([group()], rule)).toEqual([]);
  });

  test('a window that ends below the threshold opens nothing', async () => {
    const rule = { detection: { threshold: 3 } };
    await raise([group({ count: 2 })], rule);
    now += 61 * minute;
    expect(await raise([group({ count: 2 })], rule)).toEqual([]);
    expect(await raise([group()], rule)).toMatchObject([{ id: md5('r:2:d'), count: 3 }]);
  });

  test('a threshold of different values counts those of all batches of the window once', async () => {
    const rule = { detection: { threshold: 3 } };
    const unique = (...marks: string[]) => group({ count: 5, unique: marks });
    expect(await raise([unique('a', 'b')], rule)).toEqual([]);
    expect(await raise([unique('b', 'a'), unique('b')], rule)).toEqual([]);
    expect(await raise([unique('b', 'c')], rule)).toMatchObject([{ count: 20 }]);
    expect(await raise([unique('d')], rule)).toEqual([]);
    now += 61 * minute;
    expect(await raise([unique('a', 'd')], rule)).toEqual([]);
    expect(await raise([group({ dedup: 'at once', unique: ['a', 'b', 'c'] })], rule)).toHaveLength(1);
  });

  test('an error does not wait for the threshold', async () => {
    expect(await raise([group({ isError: true })], { detection: { threshold: 9 } })).toHaveLength(1);
  });

  test('createAlert: false makes signals only', async () => {
    expect(await raise([group()], { detection: { createAlert: false } })).toEqual([]);
    expect(await all()).toEqual([]);
  });

  test('INFO alerts start resolved', async () => {
    expect(await raise([group({}, { severity: 'INFO' })])).toMatchObject([{ status: 'RESOLVED' }]);
  });

  test('a batch that was raised before changes nothing', async () => {
    route = () => ['mail'];
    await raise([group()], { frame: 7 });
    const before = await all();
    now += 1;
    expect(await raise([group()], { frame: 7 })).toEqual([]);
    expect(await all()).toEqual(before);
  });

  test('journals have numbers of their own, the same whenever they are asked for', async () => {
    const numbers = [await store.journal('a'), await store.journal('b'), await store.journal('a')];
    expect(numbers[1]).toBeGreaterThan(numbers[0] ?? 0);
    expect(numbers[2]).toBe(numbers[0]);
  });

  test('a segment that is finished is finished in its own journal', async () => {
    await store.finish(segmentsPerJournal + 5000, []);
    await store.finish(1, []);
    await store.finish(2 * segmentsPerJournal + 9000, []);
    expect(await raise([group()], { segment: 1 })).toEqual([]);
    expect(await raise([group()], { segment: segmentsPerJournal + 5000 })).toEqual([]);
    expect(await raise([group()], { segment: segmentsPerJournal + 1 })).toHaveLength(1);
  });

  test('nor does one of a finished segment', async () => {
    await raise([group()], { segment: 5, frame: 7 });
    await store.finish(5, []);
    expect(await raise([group()], { segment: 5, frame: 7 })).toEqual([]);
    expect(await all()).toMatchObject([{ count: 1 }]);
  });

  test('raises at the same time lose nothing', async () => {
    const groups = Array.from({ length: 50 }, (_, index) => group({ dedup: `d${index}` }));
    await Promise.all(Array.from({ length: 8 }, (_, index) => raise(index % 2 ? groups : groups.toReversed())));
    const alerts = await all();
    expect(alerts).toHaveLength(50);
    expect(alerts.every(({ count }) => count === 8)).toBe(true);
  });

  test('a raise that fails leaves nothing', async () => {
    route = () => {
      throw new Error('no route');
    };
    await expect(raise([group()], { frame: 9 })).rejects.toThrow('no route');
    route = nowhere;
    expect(await raise([group()], { frame: 9 })).toMatchObject([{ count: 1 }]);
  });

  test('text and context that PostgreSQL would refuse', async () => {
    const context = { 'a\0b': ['\ud800', { __proto__: null, c: '\0' }], fine: 1e300 };
    const [opened] = await raise([group({ dedup: 'x\0y' }, { title: 'nul \0, half \udc00', context })]);
    expect(opened).toMatchObject({ title: 'nul \ufffd, half \ufffd', dedup: 'x\ufffdy' });
    expect(opened?.id).toBe(md5('r:1:x\0y'));
    expect(opened?.context).toEqual({ 'a\ufffdb': ['\ufffd', { c: '\ufffd' }], fine: 1e300 });
  });

  test('a huge context is left out', async () => {
    const [opened] = await raise([group({}, { context: { all: 'x'.repeat(300_000) } })]);
    expect(opened?.context).toEqual({ omitted: 'the context has 300010 bytes' });
  });

  test('an alert that opens has a delivery and a job for each destination', async () => {
    const asked: unknown[] = [];
    route = (alert, rule, named) => {
      asked.push([alert.id, rule?.id, named]);
      return ['mail', 'hook', 'mail'];
    };
    const [opened] = await raise([group({}, { destinations: ['x'] })]);
    expect(asked).toEqual([[opened?.id, 'r', ['x']]]);
    expect(opened?.deliveries).toEqual([waiting('mail'), waiting('hook')]);
    expect((await all())[0]?.deliveries).toEqual([waiting('hook'), waiting('mail')]);
    const jobs = await database.queue.findJobs<object>(deliverQueue);
    expect(jobs.map(({ data }) => data)).toEqual(
      expect.arrayContaining([
        { alert: opened?.id, destination: 'mail', event: 'opened' },
        { alert: opened?.id, destination: 'hook', event: 'opened' },
      ]),
    );
    await raise([group()]);
    expect(await database.queue.findJobs(deliverQueue)).toHaveLength(2);
  });

  test('the destinations that the first signal named hold when the alert opens later', async () => {
    const asked: unknown[] = [];
    route = (_alert, _rule, named) => {
      asked.push(named);
      return [];
    };
    await raise([group({}, { destinations: ['first'] })], { detection: { threshold: 2 } });
    await raise([group({}, { destinations: ['second'] })], { detection: { threshold: 2 } });
    expect(asked).toEqual([['first']]);
  });

  test('a delivery is changed in part', async () => {
    route = () => ['mail'];
    const [opened] = await raise([group()]);
    const id = opened?.id ?? '';
    await store.delivery(
      { alert: id, destination: 'mail', event: 'opened' },
      { state: 'sending', attempts: 1, attempted: 5 },
    );
    await store.delivery(
      { alert: id, destination: 'mail', event: 'opened' },
      { state: 'delivered', message: '250 \0 ok' },
    );
    expect((await store.get(id))?.deliveries).toEqual([
      { destination: 'mail', event: 'opened', state: 'delivered', attempts: 1, attempted: 5, message: '250 \ufffd ok' },
    ]);
  });

  test('finish keeps the last position of each key', async () => {
    await store.finish(1, [
      { source: 'a', key: 'f', value: 1 },
      { source: 'a', key: 'f', value: 2 ** 40 },
      { source: 'b', key: 'f', value: 3 },
    ]);
    await store.finish(2, [{ source: 'a', key: 'g', value: 4 }]);
    await store.finish(2, []);
    expect(await store.positions('a')).toEqual(
      new Map([
        ['f', 2 ** 40],
        ['g', 4],
      ]),
    );
    expect(await store.positions('c')).toEqual(new Map());
  });

  test('lists newest first, in pages', async () => {
    for (let index = 0; index < 5; index++) {
      await raise([group({ dedup: `d${index}` })]);
      now += index % 2;
    }
    const whole = (await all()).map(({ id }) => id);
    const first = await store.list({}, { limit: 2 });
    const second = await store.list({}, { limit: 2, cursor: first.next ?? '' });
    const third = await store.list({}, { limit: 2, cursor: second.next ?? '' });
    expect([first, second, third].flatMap(({ alerts }) => alerts.map(({ id }) => id))).toEqual(whole);
    expect(third.next).toBeUndefined();
    await expect(store.list({}, { limit: 2, cursor: 'nonsense' })).rejects.toThrow('this is no cursor');
  });

  test('filters', async () => {
    await raise([group({ dedup: 'one' }, { severity: 'LOW', title: '100% of it' })]);
    now += 1000;
    await raise([group({ dedup: 'two' }, { severity: 'CRITICAL', title: '1000 of it' })]);
    const [newest] = await all();
    await store.update(newest?.id ?? '', { status: 'TRIAGED', assignee: 'ann' });
    const dedups = async (filter: Parameters<AlertStore['list']>[0]) =>
      (await store.list(filter, { limit: 10 })).alerts.map(({ dedup }) => dedup);
    expect(await dedups({ status: ['TRIAGED', 'CLOSED'] })).toEqual(['two']);
    expect(await dedups({ severity: ['LOW'] })).toEqual(['one']);
    expect(await dedups({ detection: 'q' })).toEqual([]);
    expect(await dedups({ assignee: 'ann' })).toEqual(['two']);
    expect(await dedups({ text: '0% OF' })).toEqual(['one']);
    expect(await dedups({ text: 'TWO' })).toEqual(['two']);
    expect(await dedups({ createdAfter: now - 1 })).toEqual(['two']);
    expect(await dedups({ createdBefore: now })).toEqual(['one']);
  });

  test('counts', async () => {
    await raise([group({ dedup: 'one' }), group({ dedup: 'two' }, { severity: 'INFO' })]);
    await raise([group({ dedup: 'three' })], { detection: { threshold: 2 } });
    expect(await store.counts()).toEqual({
      byStatus: { OPEN: 1, TRIAGED: 0, RESOLVED: 1, CLOSED: 0 },
      bySeverity: { INFO: 1, LOW: 0, MEDIUM: 0, HIGH: 1, CRITICAL: 0 },
    });
  });

  test('update of an alert that is not there', async () => {
    expect(await store.update('nothing', { status: 'CLOSED' })).toBeUndefined();
  });

  test('while one alert suppresses others, signals are counted on it; after it another opens', async () => {
    const rule = { detection: { suppress: { forMs: 30 * minute, maxMs: 30 * minute } } };
    const start = now;
    expect(await raise([group()], rule)).toMatchObject([
      { windowEnd: start + 30 * minute, suppressedUntil: start + 30 * minute },
    ]);
    now += 30 * minute;
    expect(await raise([group({ count: 4 })], rule)).toEqual([]);
    expect(await all()).toMatchObject([{ count: 5, suppressed: 4 }]);
    now += 1;
    expect(await raise([group()], rule)).toMatchObject([{ id: md5('r:2:d'), windowEnd: now + 30 * minute }]);
  });

  test('a suppression may be shorter than the dedup period, and is of one dedup string', async () => {
    const rule = { detection: { suppress: { forMs: 30_000, maxMs: 30_000 } } };
    await raise([group()], rule);
    now += 30_001;
    expect(await raise([group(), group({ dedup: 'e' })], rule)).toHaveLength(2);
  });

  test('while it keeps coming the suppression doubles up to its limit; after as long a quiet it falls back', async () => {
    const rule = { detection: { suppress: { forMs: 10 * minute, maxMs: 35 * minute } } };
    const lengths: number[] = [];
    const next = async (afterMs: number) => {
      now += afterMs;
      const [opened] = await raise([group()], rule);
      lengths.push(opened === undefined ? 0 : (opened.windowEnd - now) / minute);
    };
    await next(0);
    await next(5 * minute);
    await next(6 * minute);
    await next(30 * minute);
    await next(36 * minute);
    await next(35 * minute + 35 * minute);
    await next(35 * minute + 35 * minute + 1);
    expect(lengths).toEqual([10, 0, 20, 35, 35, 35, 10]);
    await next(5 * minute);
    await next(15 * minute);
    expect(lengths.slice(-2)).toEqual([0, 20]);
  });

  test('of several raises at once one opens the next alert, and the suppression doubles once', async () => {
    const rule = { detection: { suppress: { forMs: 10 * minute, maxMs: 100 * minute } } };
    await raise([group()], rule);
    now += 10 * minute + 1;
    const opened = await Promise.all(Array.from({ length: 8 }, () => raise([group()], rule)));
    expect(opened.flat()).toHaveLength(1);
    expect((await all())[0]).toMatchObject({ count: 8, suppressed: 7, suppressedUntil: now + 20 * minute });
  });

  test('an episode that begins soon after a long one is suppressed for longer, too', async () => {
    const rule = { detection: { suppress: { forMs: 10 * minute, maxMs: 40 * minute }, resolveAfterMs: 5 * minute } };
    const [first] = await raise([group()], rule);
    expect(first).toMatchObject({ suppressedUntil: now + 10 * minute });
    for (let index = 0; index < 5; index++) {
      now += 5 * minute;
      expect(await raise([group()], rule)).toEqual([]);
    }
    now += 6 * minute;
    expect(await raise([group()], rule)).toMatchObject([{ suppressedUntil: now + 20 * minute }]);
  });

  test('below the threshold nothing is suppressed: the suppression begins when the alert opens', async () => {
    const rule = { detection: { threshold: 3, suppress: { forMs: 10 * minute, maxMs: 10 * minute } } };
    await raise([group({ count: 2 })], rule);
    now += 45 * minute;
    const [opened] = await raise([group()], rule);
    expect(opened).toMatchObject({ count: 3, suppressedUntil: now + 10 * minute, windowEnd: now + 10 * minute });
    expect(opened).not.toHaveProperty('suppressed');
    now += 9 * minute;
    await raise([group()], rule);
    expect(await all()).toMatchObject([{ count: 4, suppressed: 1 }]);
    now += minute + 1;
    expect(await raise([group({ count: 3 })], rule)).toMatchObject([{ windowStart: now, count: 3 }]);
  });

  test('rule errors are not suppressed for longer than their window, nor resolved by themselves', async () => {
    const rule = { detection: { suppress: { forMs: 600 * minute, maxMs: 600 * minute }, resolveAfterMs: minute } };
    expect(await raise([group({ isError: true })], rule)).toMatchObject([{ windowEnd: now + 60 * minute }]);
    expect(await store.resolveDue(now + 100 * minute)).toEqual([]);
  });

  test('a batch that was raised before suppresses nothing anew', async () => {
    const rule = { frame: 70, detection: { suppress: { forMs: 10 * minute, maxMs: 40 * minute } } };
    await raise([group()], rule);
    now += 11 * minute;
    expect(await raise([group()], rule)).toEqual([]);
    expect(await all()).toMatchObject([{ count: 1, suppressedUntil: now - minute }]);
  });

  test('an alert for which no signal came for so long is resolved; the next signal opens another', async () => {
    const rule = { detection: { resolveAfterMs: 10 * minute } };
    const [opened] = await raise([group()], rule);
    const id = opened?.id ?? '';
    for (let index = 0; index < 20; index++) {
      now += 10 * minute;
      expect(await store.resolveDue(now - 1)).toEqual([]);
      expect(await raise([group()], rule)).toEqual([]);
    }
    const last = now;
    now += 10 * minute;
    expect(await store.resolveDue(now)).toMatchObject([{ id, status: 'RESOLVED', count: 21, updated: now }]);
    expect(await store.resolveDue(now)).toEqual([]);
    expect(await store.get(id)).toMatchObject({ status: 'RESOLVED', windowEnd: last + 10 * minute });
    expect(await store.changes(id)).toEqual([
      { time: now, by: 'tocsin', what: 'status RESOLVED: no signal came any more' },
    ]);
    now += 1;
    expect(await raise([group()], rule)).toMatchObject([{ id: md5('r:2:d'), status: 'OPEN' }]);
  });

  test('a new episode begins whether or not the clock has resolved the last one', async () => {
    const rule = { detection: { resolveAfterMs: 10 * minute } };
    await raise([group()], rule);
    now += 10 * minute + 1;
    expect(await raise([group()], rule)).toHaveLength(1);
    expect(await store.resolveDue(now)).toMatchObject([{ id: md5('r:1:d') }]);
  });

  test('what a person has ended is not resolved again, and does not take signals for ever', async () => {
    const rule = { detection: { resolveAfterMs: 10 * minute } };
    const [opened] = await raise([group()], rule);
    await store.update(opened?.id ?? '', { status: 'CLOSED', by: 'ann' });
    now += 9 * minute;
    expect(await raise([group()], rule)).toEqual([]);
    now += 2 * minute;
    expect(await raise([group()], rule)).toHaveLength(1);
    await store.update(md5('r:1:d'), { status: 'OPEN' });
    now += 60 * minute;
    expect(await store.resolveDue(now)).toMatchObject([{ id: md5('r:2:d') }]);
    await store.update(md5('r:2:d'), { status: 'OPEN' });
    expect(await store.resolveDue(now)).toEqual([]);
  });

  test('below the threshold nothing is resolved, and the window stays', async () => {
    const rule = { detection: { threshold: 3, resolveAfterMs: 100 * minute } };
    await raise([group()], rule);
    now += 59 * minute;
    await raise([group()], rule);
    now += 2 * minute;
    expect(await raise([group()], rule)).toEqual([]);
    expect(await store.resolveDue(now + 1000 * minute)).toEqual([]);
  });

  test('a resolved alert keeps others of its key from opening while they are suppressed', async () => {
    const rule = { detection: { resolveAfterMs: 10 * minute, suppress: { forMs: 30 * minute, maxMs: 30 * minute } } };
    await raise([group()], rule);
    now += 10 * minute;
    expect(await store.resolveDue(now)).toHaveLength(1);
    now += 20 * minute;
    expect(await raise([group()], rule)).toEqual([]);
    expect(await all()).toMatchObject([{ status: 'RESOLVED', count: 2, suppressed: 1 }]);
    now += 1;
    expect(await raise([group()], rule)).toHaveLength(1);
  });

  test('destinations that want it, and were told of the opening, are told of the end', async () => {
    route = () => ['mail', 'hook', 'chat'];
    const [opened] = await raise([group()], { detection: { resolveAfterMs: minute } });
    const id = opened?.id ?? '';
    await store.delivery({ alert: id, destination: 'chat', event: 'opened' }, { state: 'failed' });
    const [resolved] = await store.resolveDue(now + minute);
    const telling = resolved?.deliveries.filter(({ event }) => event === 'resolved');
    expect(telling).toEqual([{ ...waiting('mail'), event: 'resolved' }]);
    await store.delivery({ alert: id, destination: 'mail', event: 'resolved' }, { state: 'delivered' });
    expect(
      (await store.get(id))?.deliveries.map(({ event, destination, state }) => [event, destination, state]),
    ).toEqual([
      ['opened', 'chat', 'failed'],
      ['opened', 'hook', 'waiting'],
      ['opened', 'mail', 'waiting'],
      ['resolved', 'mail', 'delivered'],
    ]);
    const jobs = await database.queue.findJobs<object>(deliverQueue);
    expect(jobs.map(({ data }) => data)).toContainEqual({ alert: id, destination: 'mail', event: 'resolved' });
  });

  test('many are resolved, while others are raised', async () => {
    const rule = { detection: { resolveAfterMs: minute } };
    await raise(
      Array.from({ length: 450 }, (_, index) => group({ dedup: `d${index}` })),
      rule,
    );
    now += minute;
    const [resolved] = await Promise.all([
      store.resolveDue(now),
      raise([group({ dedup: 'other' })], rule),
      raise([group({ dedup: 'd7' })], rule),
    ]);
    const late = await store.resolveDue(now);
    expect(resolved.length + late.length).toBeGreaterThanOrEqual(449);
  });

  test('a snoozed alert takes the signals of its key, and wakes by itself', async () => {
    const [opened] = await raise([group()]);
    const snooze = { until: now + 300 * minute, by: 'ann', reason: 'we move' };
    expect(await store.snooze(opened?.id ?? '', snooze)).toMatchObject({ snooze, windowEnd: snooze.until });
    now += 300 * minute - 1;
    expect((await store.list({ snoozed: true }, { limit: 5 })).alerts).toHaveLength(1);
    expect((await store.list({ snoozed: false }, { limit: 5 })).alerts).toHaveLength(0);
    expect(await raise([group({ count: 2 })])).toEqual([]);
    expect(await all()).toMatchObject([{ count: 3, suppressed: 2, snooze }]);
    now += 1;
    expect((await store.list({ snoozed: true }, { limit: 5 })).alerts).toHaveLength(0);
    expect((await all())[0]).not.toHaveProperty('snooze');
    now += 1;
    expect(await raise([group()])).toMatchObject([{ id: md5('r:2:d') }]);
    expect(await store.changes(opened?.id ?? '')).toMatchObject([
      { by: 'ann', what: `snoozed until ${new Date(snooze.until).toISOString()}: we move` },
    ]);
  });

  test('a snooze may be made shorter, and ended', async () => {
    const [opened] = await raise([group()], { detection: { dedupPeriodMinutes: 5 } });
    const id = opened?.id ?? '';
    const start = now;
    await store.snooze(id, { until: now + 300 * minute, by: 'ann', reason: '' });
    expect(await store.snooze(id, { until: now + 100 * minute, by: 'ann', reason: '' })).toMatchObject({
      windowEnd: start + 100 * minute,
    });
    now += 10 * minute;
    const woken = await store.snooze(id, { until: now, by: 'bob', reason: '' });
    expect(woken).toMatchObject({ windowEnd: now });
    expect(woken).not.toHaveProperty('snooze');
    now += 1;
    expect(await raise([group()])).toHaveLength(1);
    expect((await store.changes(id)).map(({ by, what }) => [by, what.slice(0, 12)])).toEqual([
      ['ann', 'snoozed unti'],
      ['ann', 'snoozed unti'],
      ['bob', 'snooze ended'],
    ]);
    expect(await store.snooze('nothing', { until: now, by: '', reason: '' })).toBeUndefined();
  });

  test('no window lasts for ever', async () => {
    const rule = { detection: { suppress: { forMs: 1e18, maxMs: 1e18 }, resolveAfterMs: 1e18 } };
    const [opened] = await raise([group()], rule);
    expect(opened).toMatchObject({ windowEnd: now + 366 * 24 * 60 * minute });
    const snooze = { until: now + 367 * 24 * 60 * minute, by: 'ann', reason: '' };
    await expect(store.snooze(opened?.id ?? '', snooze)).rejects.toThrow('until: expected a time within a year');
  });

  test('a snooze that ends leaves a suppression and an episode as they are', async () => {
    const suppress = { forMs: 60 * minute, maxMs: 60 * minute };
    await raise([group()], { detection: { suppress } });
    await raise([group({ dedup: 'e' })], { detection: { suppress, resolveAfterMs: 80 * minute } });
    const woken = [];
    for (const { id } of await all()) {
      await store.snooze(id, { until: now + 300 * minute, by: 'ann', reason: '' });
      woken.push(await store.snooze(id, { until: now, by: 'ann', reason: '' }));
    }
    expect(new Map(woken.map((alert) => [alert?.dedup, (alert?.windowEnd ?? 0) - now]))).toEqual(
      new Map([
        ['d', 60 * minute],
        ['e', 80 * minute],
      ]),
    );
  });

  test('a snooze does not make signals of several windows reach a threshold', async () => {
    const rule = { detection: { threshold: 2, dedupPeriodMinutes: 5 } };
    const [first] = await raise([group({ count: 2 })], rule);
    now += 6 * minute;
    await raise([group()], rule);
    await store.snooze(first?.id ?? '', { until: now + 100 * minute, by: 'ann', reason: '' });
    now += 6 * minute;
    expect(await raise([group()], rule)).toEqual([]);
  });

  test('what opens while its key is snoozed is told when that is over', async () => {
    route = () => ['mail'];
    const rule = { detection: { threshold: 2, dedupPeriodMinutes: 5 } };
    const [first] = await raise([group({ count: 2 })], rule);
    now += 6 * minute;
    await raise([group()], rule);
    const until = now + 100 * minute;
    await store.snooze(first?.id ?? '', { until, by: 'ann', reason: '' });
    const [second] = await raise([group()], rule);
    expect(second).toMatchObject({ windowEnd: until, suppressed: 1, snooze: { until, by: 'ann' } });
    const startOf = async () => {
      const jobs = await database.queue.findJobs<{ alert: string }>(deliverQueue);
      return jobs.find(({ data }) => data.alert === second?.id)?.startAfter.getTime();
    };
    expect(await startOf()).toBe(until);
    await store.snooze(first?.id ?? '', { until: until + minute, by: 'ann', reason: '' });
    expect(await startOf()).toBe(until + minute);
    await store.snooze(first?.id ?? '', { until: now, by: 'ann', reason: '' });
    expect(await startOf()).toBe(now);
  });

  test('a change says who made it', async () => {
    const [opened] = await raise([group()]);
    await store.update(opened?.id ?? '', { status: 'TRIAGED', assignee: 'b\0b', by: 'ann' });
    expect(await store.changes(opened?.id ?? '')).toEqual([
      { time: now, by: 'ann', what: 'status TRIAGED' },
      { time: now, by: 'ann', what: 'assigned to b\ufffdb' },
    ]);
  });

  test('exceptions are kept, counted with the batch that they silenced, and removed', async () => {
    const { exceptions } = store;
    const given = {
      detection: '*',
      when: { 'ip|cidr': ['10.0.0.0/8'], user: null },
      owner: 'ann',
      reason: 'a \0 scan',
    };
    const later = await exceptions.add({ ...given, until: now + 2 });
    const first = await exceptions.add({ ...given, until: now + 1 });
    expect(later).toEqual({
      ...given,
      reason: 'a \ufffd scan',
      until: now + 2,
      id: later.id,
      created: now,
      silenced: 0,
    });
    expect((await exceptions.list()).map(({ id }) => id)).toEqual([first.id, later.id]);
    const excepted = new Map([
      [later.id, 3],
      ['gone', 1],
    ]);
    await raise([], { frame: 800, excepted });
    await raise([], { frame: 800, excepted });
    now += 5;
    await raise([group()], { excepted });
    expect((await exceptions.list())[1]).toEqual({ ...later, silenced: 6, last: now });
    expect(await exceptions.remove(first.id)).toBe(true);
    expect(await exceptions.remove(first.id)).toBe(false);
    expect(await exceptions.list()).toHaveLength(1);
  });

  test('an API key is verified until it expires or is revoked', async () => {
    const keys = createApiKeys(database.db, { now: () => now });
    const { key, apiKey } = await keys.create('ci', ['read', 'ingest'], now + 100 * minute);
    expect(key).toMatch(/^tocsin_[0-9a-f]{8}_[0-9a-f]{32}$/);
    expect(await keys.list()).toEqual([apiKey]);
    expect(await keys.verify(key)).toEqual({ ...apiKey, lastUsed: now });
    const used = now;
    now += minute - 1;
    expect(await keys.verify(key)).toMatchObject({ lastUsed: used });
    now += 1;
    expect(await keys.verify(key)).toMatchObject({ lastUsed: now });
    expect(await keys.verify(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`)).toBeUndefined();
    expect(await keys.verify(`${key} `)).toBeUndefined();
    now += 100 * minute;
    expect(await keys.verify(key)).toBeUndefined();
    const lasting = await keys.create('cli', ['admin']);
    expect(await keys.revoke(lasting.apiKey.id)).toBe(true);
    expect(await keys.verify(lasting.key)).toBeUndefined();
    expect(await keys.revoke(lasting.apiKey.id)).toBe(false);
  });
}

const nowhere: Route = () => [];

function waiting(destination: string): Delivery {
  return { destination, event: 'opened', state: 'waiting', attempts: 0, message: '' };
}

const detection: Detection = {
  id: 'r',
  language: 'typescript',
  file: 'rules/r.ts',
  enabled: true,
  logTypes: ['A'],
  displayName: 'R',
  description: "the file's",
  severity: 'MEDIUM',
  dedupPeriodMinutes: 60,
  threshold: 1,
  createAlert: true,
  runbook: '',
  reference: '',
  destinations: [],
  tags: ['t'],
  reports: {},
};

function group(more: Partial<SignalGroup> = {}, sample: Partial<SignalGroup['sample']> = {}): SignalGroup {
  const { dedup = 'd', isError = false } = more;
  return {
    detection: 'r',
    dedup,
    isError,
    count: 1,
    first: 5,
    last: 5,
    logTypes: ['A'],
    sample: {
      detection: 'r',
      logType: 'A',
      rowId: '1',
      time: 5,
      title: 'a title',
      dedup,
      severity: 'HIGH',
      runbook: "the rule's",
      context: { ip: '10.0.0.1' },
      ...(isError && { error: "ZeroDivisionError('division by zero')" }),
      ...sample,
    },
    ...more,
  };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
