import { rm } from 'node:fs/promises';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Analysis, Analyze, Observable } from '../core/analysis.ts';
import { createAnalysisStore } from '../store/postgres/analysis-store.ts';
import { connectPostgres, type Database } from '../store/postgres/connect.ts';
import { clusterTimeoutMs, temporaryDatabaseFolder } from '../store/postgres/temporary-database.suite.ts';
import { type AskingOptions, createAnalyze } from './analyze.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { minute, oracle } from './oracle.suite.ts';

const start = 1_700_000_000_000;
const key = 'k'.repeat(20);

const kinds = { oracle };

let database: Database;
let folder: string;
beforeAll(async () => {
  folder = await temporaryDatabaseFolder();
  database = await connectPostgres({ path: folder });
}, clusterTimeoutMs);
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

let now = start;
/** Paths that the service was asked for, and when. */
let requests: { readonly path: string; readonly time: number }[] = [];
let answer: RequestListener = () => {};
let baseUrl = '';
let closeServer = async (): Promise<void> => {};
beforeEach(async () => {
  await sql`truncate analyses, analyzer_accounts, analyzer_requests`.execute(database.db);
  now = start;
  requests = [];
  answer = says({ known: 5 });
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', time: now });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closeServer = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(() => closeServer());

function says(body: unknown, status = 200, headers: Record<string, string> = {}): RequestListener {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (_, response) => response.writeHead(status, headers).end(text);
}

/** As a process would have it: several share the store and nothing else. */
function createProcess(more: Partial<AskingOptions> & { readonly limits?: AskingLimits; readonly key?: string } = {}) {
  const { limits, key: itsKey = key, ...options } = more;
  const settings = { oracle: { key: itsKey, contact: 'soc@acme.com', baseUrl, ...(limits && { limits }) } };
  const store = createAnalysisStore(database.db);
  return createAnalyze({ kinds, store, settings, clock: { now: () => now }, timeoutMs: 10_000, ...options });
}
type AskingLimits = AnalyzerKind['limits'];

const unreachable = async (url: unknown) => {
  throw new Error(`cannot reach ${String(url)}`);
};
const ip = (value: string): Observable => ({ kind: 'ip', value });
const numbered = (index: number): Observable => ip(`9.9.${index >> 8}.${index & 255}`);
const told = async (analysis: Promise<Analysis>) => {
  const { state, message, until } = await analysis;
  return [state, message, ...(until === undefined ? [] : [until - now])];
};

describe('one question', () => {
  test('what the service knows, when it said so and how long that holds', async () => {
    const long = 'x'.repeat(5000);
    answer = says({ known: long, note: 'a\u001b[31mb', more: [key] });
    const observable = { kind: 'domain', value: 'Evil.COM.' } as const;
    expect(await createProcess()('oracle', observable)).toEqual({
      analyzer: 'oracle',
      observable,
      state: 'hit',
      message: '',
      facts: { known: `${'x'.repeat(4095)}…`, note: 'a[31mb' },
      raw: { known: long, note: 'a[31mb', more: ['[key]'] },
      asked: start,
      until: start + 60 * minute,
    });
    expect(requests.map(({ path }) => path)).toEqual([`/v1/evil.com?key=${key}`]);
  });

  test('what is not known is an answer, too', async () => {
    answer = says({ known: 0 }, 404);
    const analysis = await createProcess()('oracle', ip('9.9.9.9'));
    expect(analysis).toMatchObject({ state: 'miss', facts: {}, raw: { known: 0 }, until: start + 10 * minute });
  });

  test('nobody is asked about what is private, ours or empty, nor what the analyzer does not take', async () => {
    const analyze = createProcess({ own: ['8.8.8.0/24'] });
    const empty = {
      kind: 'sha256',
      value: 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',
    } as const;
    expect(await told(analyze('oracle', ip('10.1.2.3')))).toEqual(['skipped', 'it is a private or reserved address']);
    expect(await told(analyze('oracle', ip('100.64.0.1')))).toEqual(['skipped', 'it is a private or reserved address']);
    expect(await told(analyze('oracle', ip('8.8.8.8')))).toEqual(['skipped', 'it is one of our own addresses']);
    expect(await told(analyze('oracle', empty))).toEqual([
      'skipped',
      'it is the hash of an empty file or of a line end',
    ]);
    expect(await told(analyze('oracle', { kind: 'asn', value: 'AS1' }))).toEqual(['skipped', 'oracle takes no asn']);
    expect(await told(analyze('constructor', ip('9.9.9.9')))).toEqual(['error', 'there is no analyzer "constructor"']);
    expect(requests).toEqual([]);
  });

  test('without its key only kept answers are given', async () => {
    await createProcess()('oracle', ip('9.9.9.9'));
    const keyless = createProcess({ key: '' });
    expect(await told(keyless('oracle', ip('9.9.9.8')))).toEqual(['skipped', 'no key is set']);
    expect(await keyless('oracle', ip('9.9.9.9'))).toMatchObject({ state: 'hit', facts: { known: 5 } });
    expect(requests).toHaveLength(1);
  });
});

describe('kept answers', () => {
  test('hold for their time, over processes', async () => {
    const first = await createProcess()('oracle', ip('9.9.9.9'));
    now += 60 * minute - 1;
    answer = says({ known: 0 });
    expect(await createProcess()('oracle', ip('9.9.9.9'))).toEqual(first);
    now += 1;
    expect(await createProcess()('oracle', ip('9.9.9.9'))).toMatchObject({ state: 'miss', asked: now });
    now += 10 * minute - 1;
    expect(await createProcess()('oracle', ip('9.9.9.9'))).toMatchObject({ state: 'miss' });
    expect(requests).toHaveLength(2);
  });

  test('are read anew by a newer version, which may find that one is no answer', async () => {
    await createProcess()('oracle', ip('9.9.9.9'));
    const newer: AnalyzerKind = { ...oracle, read: ({ body }) => ({ state: 'hit', facts: { all: body } }) };
    const read = await createProcess({ kinds: { oracle: newer } })('oracle', ip('9.9.9.9'));
    expect(read).toMatchObject({ state: 'hit', facts: { all: { known: 5 } }, asked: start });
    expect(requests).toHaveLength(1);
    const strict: AnalyzerKind = { ...oracle, read: () => ({ state: 'error', message: 'no' }) };
    expect(await told(createProcess({ kinds: { oracle: strict } })('oracle', ip('9.9.9.9')))).toEqual(['error', 'no']);
  });

  test('one question is under way once, in one process and in several', async () => {
    const processes = [createProcess(), createProcess(), createProcess()];
    const spellings = ['2a01::1', '2A01:0::1'];
    const analyses = await Promise.all(
      processes.flatMap((analyze) => spellings.map((value) => analyze('oracle', ip(value)))),
    );
    expect(requests).toHaveLength(1);
    expect(analyses.filter(({ state }) => state === 'hit').length).toBeGreaterThanOrEqual(2);
    const waiting = analyses.filter(({ state }) => state !== 'hit');
    for (const each of waiting) expect(each).toMatchObject({ state: 'limited', message: 'another process is asking' });
  });
});

describe('limits', () => {
  test('hold over processes; what is kept is given all the same', async () => {
    const processes = [createProcess(), createProcess()] as const;
    for (const index of [0, 1, 2, 3]) await processes[index % 2 === 0 ? 0 : 1]('oracle', numbered(index));
    now += 10_000;
    const spent = '4 requests within 60 s are used up';
    for (const analyze of processes) {
      const waiting = await Promise.all([4, 5, 6].map((index) => told(analyze('oracle', numbered(index)))));
      expect(waiting).toEqual([50_000, 65_000, 80_000].map((ms) => ['limited', spent, ms]));
      expect(await told(analyze('oracle', numbered(4)))).toEqual(['limited', spent, 95_000]);
      expect(await analyze('oracle', numbered(0))).toMatchObject({ state: 'hit' });
    }
    expect(requests).toHaveLength(4);
    now += 50_000;
    expect(await processes[0]('oracle', numbered(4))).toMatchObject({ state: 'hit' });
  });

  test('of a day leave something for what is rare and severe', async () => {
    const analyze = createProcess({ limits: [{ requests: 10, seconds: 86_400 }] });
    const states = async (priority: 'low' | 'normal' | 'high', from: number) => {
      const found: string[] = [];
      for (let index = from; index < from + 9; index++) {
        found.push((await analyze('oracle', numbered(index), priority)).state);
      }
      return found.filter((state) => state !== 'limited').length;
    };
    expect([await states('low', 0), await states('normal', 10), await states('high', 20)]).toEqual([5, 3, 2]);
  });

  test('of a minute are the same for all', async () => {
    const analyze = createProcess({ limits: [{ requests: 2, seconds: 60 }] });
    for (const index of [1, 2]) expect((await analyze('oracle', numbered(index), 'low')).state).not.toBe('limited');
    expect((await analyze('oracle', numbered(3), 'high')).state).toBe('limited');
  });

  test('are of one key', async () => {
    const limits = [{ requests: 1, seconds: 60 }];
    expect(await createProcess({ limits })('oracle', numbered(1))).toMatchObject({ state: 'hit' });
    expect(await createProcess({ limits })('oracle', numbered(2))).toMatchObject({ state: 'limited' });
    expect(await createProcess({ limits, key: 'another' })('oracle', numbered(2))).toMatchObject({ state: 'hit' });
  });

  test('Retry-After is kept to by all processes', async () => {
    const processes = [createProcess(), createProcess()] as const;
    answer = says('slow down', 429, { 'retry-after': '120' });
    const message = 'HTTP 429';
    expect(await told(processes[0]('oracle', numbered(1)))).toEqual(['limited', message, 120_000]);
    answer = says({ known: 5 });
    now += 119_999;
    for (const analyze of processes) {
      expect(await told(analyze('oracle', numbered(2)))).toEqual(['limited', 'the service asked for a pause', 1]);
    }
    expect(requests).toHaveLength(1);
    now += 1;
    expect(await processes[1]('oracle', numbered(1))).toMatchObject({ state: 'hit' });
  });

  test('Retry-After as a date, none at all, and with 503', async () => {
    const analyze = createProcess({ limits: [] });
    answer = says('slow down', 429, { 'retry-after': new Date(now + 30_000).toUTCString() });
    expect(await told(analyze('oracle', numbered(1)))).toEqual(['limited', 'HTTP 429', 30_000]);
    now += 30_000;
    answer = says({ known: 5 }, 429);
    expect(await told(analyze('oracle', numbered(1)))).toEqual(['limited', 'HTTP 429', 5 * minute]);
    now += 5 * minute;
    answer = says('later', 503, { 'retry-after': '9' });
    expect(await told(analyze('oracle', numbered(1)))).toEqual(['limited', 'HTTP 503: "later"', 9000]);
  });
});

describe('a service that fails', () => {
  const failures: [string, RequestListener, string][] = [
    ['5xx', says('<h1>oops', 502), 'HTTP 502: "<h1>oops"'],
    ['5xx with an answer', says({ known: 1 }, 500), 'HTTP 500'],
    ['a key that is not valid', says(`no such key: ${key}`, 401), 'HTTP 401: "no such key: [key]"'],
    ['a redirect', says({ known: 1 }, 307, { location: 'http://10.0.0.1/' }), 'HTTP 307: redirects are not followed'],
    ['silence', () => {}, 'no answer within 50 ms'],
    ['a connection that ends', (request) => request.socket.destroy(), 'other side closed'],
  ];
  test.each(failures)('%s', async (_how, listener, message) => {
    answer = listener;
    const analyze = createProcess({ limits: [], ...(message.startsWith('no answer') && { timeoutMs: 50 }) });
    for (const index of [1, 2, 3, 4])
      expect(await told(analyze('oracle', numbered(index)))).toEqual(['error', message]);
    expect(await told(analyze('oracle', numbered(5)))).toEqual(['error', message, minute]);
    const left = ['limited', 'the service failed 5 times in a row', minute];
    expect(await told(analyze('oracle', numbered(6)))).toEqual(left);
    expect(await told(createProcess({ limits: [] })('oracle', numbered(6)))).toEqual(left);
    expect(requests).toHaveLength(5);
  });

  test('is tried again with one request, and left alone for longer if that fails', async () => {
    answer = says('', 500);
    const processes = [createProcess({ limits: [] }), createProcess({ limits: [] })] as const;
    for (const index of [1, 2, 3, 4, 5]) await processes[0]('oracle', numbered(index));
    now += minute;
    const probes = [6, 7, 8].flatMap((index) => processes.map((analyze) => analyze('oracle', numbered(index))));
    const states = (await Promise.all(probes)).map(({ state }) => state);
    expect([requests.length, states.filter((state) => state === 'error').length]).toEqual([6, 1]);
    now += 2 * minute - 1;
    expect(await processes[0]('oracle', numbered(9))).toMatchObject({ state: 'limited', until: now + 1 });
    now += 1;
    answer = says({ known: 5 });
    const tries = await Promise.all([9, 10, 11].map((index) => processes[0]('oracle', numbered(index))));
    expect(tries.map(({ state }) => state)).toEqual(['hit', 'limited', 'limited']);
    for (const index of [10, 11]) expect(await processes[0]('oracle', numbered(index))).toMatchObject({ state: 'hit' });
  });

  const harmless: [string, RequestListener, string][] = [
    ['400', says('bad', 400), 'HTTP 400: "bad"'],
    ['403', says('firewall', 403), 'HTTP 403: "firewall"'],
    ['an answer that is too long', says('x'.repeat(1024 * 1024 + 1)), 'the answer is over 1048576 bytes'],
    ['an unforeseen shape', says('crash'), 'bug: oracle cannot read the answer: TypeError: planted'],
  ];
  test.each(harmless)(
    '%s may be what an attacker brought about, and closes nothing',
    async (_what, listener, message) => {
      answer = listener;
      const analyze = createProcess({ limits: [] });
      for (let index = 0; index < 6; index++) {
        expect(await told(analyze('oracle', numbered(index)))).toEqual(['error', message]);
      }
      expect(requests).toHaveLength(6);
    },
  );

  test('tells no key', async () => {
    const { message } = await createProcess({ fetch: unreachable })('oracle', ip('9.9.9.9'));
    expect(message).toBe(`cannot reach ${baseUrl}/v1/9.9.9.9?key=[key]`);
  });
});

/** Asks for all until all have an answer, and lets the time pass that they are told to wait. */
async function drain(analyze: (index: number) => Promise<Analysis>, count: number) {
  const states = new Map<number, Analysis['state']>();
  const seen = new Set<Analysis['state']>();
  const due = new Map(Array.from({ length: count }, (_, index) => [index, now]));
  while (due.size > 0) {
    now = Math.max(now, Math.min(...due.values()));
    const ready = [...due].filter(([, time]) => time <= now);
    const analyses = await Promise.all(ready.map(async ([index]) => ({ index, ...(await analyze(index)) })));
    for (const { index, state, until = now + minute } of analyses) {
      states.set(index, state);
      seen.add(state);
      if (state === 'limited' || state === 'error') due.set(index, until);
      else due.delete(index);
    }
  }
  return { states, seen };
}

test('many questions wait in their process, and not for the database or the service', async () => {
  const store = createAnalysisStore(database.db);
  let [admissions, running, most] = [0, 0, 0];
  const counting: AskingOptions['store'] = {
    ...store,
    admit(...question) {
      admissions++;
      return store.admit(...question);
    },
  };
  const held: ServerResponse[] = [];
  answer = (_, response) => {
    most = Math.max(most, ++running);
    response.on('close', () => running--);
    if (held.push(response) < 4) return;
    // A fifth would come in this time.
    setTimeout(() => held.splice(0).forEach((each) => each.end('{"known":1}')), 50);
  };
  const questions = Array.from({ length: 60 }, (_, index) => numbered(index));
  const analyze = createProcess({ store: counting, limits: [{ requests: 12, seconds: 60 }] });
  const analyses = await Promise.all(questions.map((question) => analyze('oracle', question)));
  expect(analyses.map(({ state }) => state)).toEqual(questions.map((_, index) => (index < 12 ? 'hit' : 'limited')));
  expect(most).toBe(4);
  expect(admissions).toBeLessThanOrEqual(16);
});

test('a storm over three workers: four requests a minute at most, a state for each, nothing answered twice', async () => {
  const count = 150;
  const answered: string[] = [];
  answer = (request, response) => {
    const turn = requests.length;
    if (turn % 37 === 0) says('slow down', 429, { 'retry-after': '90' })(request, response);
    else if (turn === 20 || turn === 90) return;
    else {
      answered.push(request.url ?? '');
      says({ known: turn % 3 })(request, response);
    }
  };
  const workers = Array.from({ length: 3 }, () => createProcess({ timeoutMs: 2000 }));
  const { states, seen } = await drain((index) => (workers[index % 3] as Analyze)('oracle', numbered(index)), count);
  expect(states.size).toBe(count);
  expect([...seen].toSorted()).toEqual(['error', 'hit', 'limited', 'miss']);
  expect(answered).toHaveLength(count);
  expect(new Set(answered).size).toBe(count);
  const times = requests.map(({ time }) => time);
  const within = times.map((time) => times.filter((other) => other > time - minute && other <= time).length);
  expect(Math.max(...within)).toBe(4);
});
