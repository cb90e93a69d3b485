// What every AnalysisStore must do, on every database.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Json } from '../../core/event.ts';
import type { Account, Admission, Admit, AnalysisStore, KeptAnswer, Question } from '../../core/analysis-store.ts';
import { createAnalysisStore } from './analysis-store.ts';
import type { Database } from './connect.ts';
import { clusterTimeoutMs } from './temporary-database.suite.ts';

const day = 24 * 60 * 60 * 1000;

export function analysisStoreSuite(open: () => Promise<Database>): void {
  let database: Database;
  let store: AnalysisStore;
  let now = 0;

  beforeAll(async () => {
    database = await open();
  }, clusterTimeoutMs);
  afterAll(() => database.close());
  beforeEach(async () => {
    await sql`truncate analyses, analyzer_accounts, analyzer_requests`.execute(database.db);
    store = createAnalysisStore(database.db);
    now = 1_700_000_000_000;
  });

  const admit = (question: Question, more: Partial<Admit> = {}) => {
    const limits = [{ requests: 4, seconds: 60 }];
    return store.admit(question, { account: 'a', limits, now, claimUntil: now + 20_000, enter: unchanged, ...more });
  };
  const keep = (question: Question, answer: Partial<KeptAnswer> = {}) => {
    const kept = { status: 200, body: { x: 1 }, asked: now, until: now + day, ...answer };
    return store.settle(question, { account: 'a', answer: kept, change: unchanged });
  };
  const giveUp = (question: Question, change = unchanged) => store.settle(question, { account: 'a', change });

  test('an answer is kept as it came, and replaced by the next one', async () => {
    expect(await store.answer(ip(1))).toBeUndefined();
    const body = JSON.parse('{"z":1,"a":[null,"x",1.5],"__proto__":{"b":1},"nothing":{}}') as Json;
    await keep(ip(1), { body });
    expect(await store.answer(ip(1))).toEqual({ status: 200, body, asked: now, until: now + day });
    expect(JSON.stringify((await store.answer(ip(1)))?.body)).toBe(JSON.stringify(body));
    await keep(ip(1), { status: 404, body: 'no\0such\ud800', until: now + 5 });
    expect(await store.answer(ip(1))).toEqual({ status: 404, body: 'no\ufffdsuch\ufffd', asked: now, until: now + 5 });
    expect(await store.answer({ ...ip(1), analyzer: 'other' })).toBeUndefined();
    expect(await store.answer(ip(2))).toBeUndefined();
  });

  test('a claimed question has no answer yet', async () => {
    expect(await admit(ip(1))).toEqual({ kind: 'admitted', account: fresh });
    expect(await store.answer(ip(1))).toBeUndefined();
  });

  test('one asks at a time, until it has the answer, gives up or is late', async () => {
    const once = (more: Partial<Admit> = {}) => admit(ip(1), { limits: [], ...more });
    await once();
    expect(await once()).toEqual({ kind: 'claimed', until: now + 20_000 });
    await giveUp(ip(1));
    expect(await once()).toMatchObject({ kind: 'admitted' });
    now += 20_000;
    expect(await once()).toMatchObject({ kind: 'admitted' });
    await keep(ip(1), { until: now + 10 });
    expect(await once()).toMatchObject({ kind: 'answered', answer: { status: 200, asked: now } });
    expect(await once({ unusable: now - 1 })).toMatchObject({ kind: 'answered' });
    expect(await once({ unusable: now })).toMatchObject({ kind: 'admitted' });
    await giveUp(ip(1));
    now += 10;
    expect(await once()).toMatchObject({ kind: 'admitted' });
  });

  test('within any span of a limit at most its requests', async () => {
    const start = now;
    const taken: number[] = [];
    const refused: Admission[] = [];
    for (let index = 0; index < 60; index++) {
      const admission = await admit(ip(index));
      if (admission.kind === 'admitted') taken.push((now - start) / 1000);
      else refused.push(admission);
      now += 7_000;
    }
    const span = [0, 7, 14, 21];
    expect(taken).toEqual([0, 63, 126, 189, 252, 315, 378].flatMap((from) => span.map((second) => from + second)));
    expect(refused[0]).toEqual({ kind: 'spent', limit: { requests: 4, seconds: 60 }, until: start + 60_000 });
  });

  test('several limits hold together, and what is told is when the longest ends', async () => {
    const limits = [
      { requests: 1, seconds: 10 },
      { requests: 3, seconds: 100 },
    ];
    const start = now;
    for (const index of [0, 1, 2]) {
      expect(await admit(ip(index), { limits })).toMatchObject({ kind: 'admitted' });
      const limit = index < 2 ? limits[0] : limits[1];
      const until = index < 2 ? now + 10_000 : start + 100_000;
      expect(await admit(ip(9), { limits })).toEqual({ kind: 'spent', limit, until });
      now += 10_000;
    }
    now = start + 100_000;
    expect(await admit(ip(9), { limits })).toMatchObject({ kind: 'admitted' });
    const { rows } = await sql`select * from analyzer_requests`.execute(database.db);
    expect(rows).toHaveLength(3);
  });

  test('accounts do not share their limits', async () => {
    const limits = [{ requests: 1, seconds: 60 }];
    expect(await admit(ip(1), { limits })).toMatchObject({ kind: 'admitted' });
    expect(await admit(ip(2), { limits, account: 'b' })).toMatchObject({ kind: 'admitted' });
    expect(await admit(ip(3), { limits })).toMatchObject({ kind: 'spent' });
    expect(await admit(ip(3), { limits: [] })).toMatchObject({ kind: 'admitted' });
  });

  test('many at once take no more than the limit, and one question is admitted once', async () => {
    const admissions = await Promise.all(Array.from({ length: 40 }, (_, index) => admit(ip(index))));
    expect(admissions.filter(({ kind }) => kind === 'admitted')).toHaveLength(4);
    const admitted = await Promise.all(Array.from({ length: 10 }, () => admit(ip(99), { limits: [] })));
    expect(admitted.map(({ kind }) => kind).toSorted()).toEqual([
      'admitted',
      ...Array.from({ length: 9 }, () => 'claimed'),
    ]);
  });

  test('what an account has become is kept, and a closed one spends nothing', async () => {
    await admit(ip(1));
    const broken: Account = { failures: 5, openUntil: now + 60_000, retryAfter: now + 1 };
    await giveUp(ip(1), () => broken);
    expect(await admit(ip(1), { enter: () => undefined })).toEqual({ kind: 'closed', account: broken });
    const probing = { ...broken, openUntil: now + 20_000 };
    expect(await admit(ip(1), { enter: () => probing })).toEqual({ kind: 'admitted', account: broken });
    expect(await admit(ip(2), { enter: () => undefined })).toEqual({ kind: 'closed', account: probing });
    const { rows } = await sql`select * from analyzer_requests`.execute(database.db);
    expect(rows).toHaveLength(2);
  });

  test('a failing change leaves all as it was', async () => {
    await admit(ip(1));
    await expect(giveUp(ip(1), fail)).rejects.toThrow('planted');
    expect(await admit(ip(1))).toMatchObject({ kind: 'claimed' });
  });

  test('answers that ended a month ago are forgotten', async () => {
    for (let index = 0; index < 15; index++) await keep(ip(index));
    await admit(ip(20));
    now += 31 * day;
    await keep(ip(0));
    expect(await store.answer(ip(14))).toBeDefined();
    now += day;
    await keep(ip(0));
    await keep(ip(0));
    const { rows } = await sql`select value from analyses`.execute(database.db);
    expect(rows).toEqual([{ value: ip(0).observable.value }]);
  });

  test('an old answer is not forgotten while its question is asked anew', async () => {
    await keep(ip(1));
    now += 32 * day;
    await admit(ip(1));
    await keep(ip(0));
    expect(await admit(ip(1))).toMatchObject({ kind: 'claimed' });
  });
}

const fresh: Account = { failures: 0, openUntil: 0, retryAfter: 0 };

function fail(): Account {
  throw new Error('planted');
}

function unchanged(account: Account): Account {
  return account;
}

function ip(index: number): Question {
  return { analyzer: 'virustotal', observable: { kind: 'ip', value: `192.0.2.${index}` } };
}
