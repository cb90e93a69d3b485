// What every AlertStore must do, on every database.

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Delivery } from '../../core/alert.ts';
import type { AlertStore, Raise } from '../../core/alert-store.ts';
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
    await sql`truncate alerts, alert_keys, batch_marks, finished_segments, positions, deliveries, api_keys`.execute(
      database.db,
    );
    await database.queue.deleteAllJobs(deliverQueue);
    now = 1_700_000_000_000;
    route = nowhere;
    store = createAlertStore({
      db: database.db,
      queue: database.queue,
      route: (...args) => route(...args),
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
        { alert: opened?.id, destination: 'mail' },
        { alert: opened?.id, destination: 'hook' },
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
    await store.delivery(id, 'mail', { state: 'sending', attempts: 1, attempted: 5 });
    await store.delivery(id, 'mail', { state: 'delivered', message: '250 \0 ok' });
    expect((await store.get(id))?.deliveries).toEqual([
      { destination: 'mail', state: 'delivered', attempts: 1, attempted: 5, message: '250 \ufffd ok' },
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
  return { destination, state: 'waiting', attempts: 0, message: '' };
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
