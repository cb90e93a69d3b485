import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { type Answer, endless, feedServer } from './feed-server.suite.ts';
import { fetchAddress, type FetchLimits } from './fetch.ts';
import { readIntervals, writeIntervals } from './interval-file.ts';
import { foldList, holds, type Intervals, noIntervals } from './intervals.ts';
import type { Checked, FetchedFile, RefreshedTable, RefreshOptions } from './refreshed-table.ts';
import { createRefresher } from './refresh.ts';

type Good = { readonly rows: number; readonly text: string };
type Options = Partial<RefreshOptions<Good> & { tables: readonly RefreshedTable[]; limits: Partial<FetchLimits> }>;

const noon = Date.parse('2026-01-31T12:00:00Z');
const minute = 60_000;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-refresh-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function check({ path }: FetchedFile): Promise<Checked<Good>> {
  const text = readFileSync(path, 'utf8');
  if (text.startsWith('<html')) return { refused: 'it is an HTML page' };
  return { rows: text.split('\n').length - 1, text };
}

const list =
  (text: string, etag?: string): Answer =>
  (response, { headers }) => {
    if (etag !== undefined && headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, etag === undefined ? {} : { etag }).end(text);
  };

const page: Answer = (response) => response.end('<html><h1>Down for maintenance</h1>');
const cut: Answer = (response) => {
  response.writeHead(200, { 'content-length': 100 }).write('192.0.2.9\n', () => response.destroy());
};

/** A server whose answer can be changed, and a refresher of the table `tor` at noon, whose time moves when it is told. */
async function setUp(first: Answer) {
  let answer = first;
  const server = await feedServer((response, request) => answer(response, request));
  onTestFinished(() => server[Symbol.asyncDispose]());
  const folder = temporaryFolder();
  const told: string[] = [];
  let now = noon;
  const table: RefreshedTable = { name: 'tor', address: server.address, periodMinutes: 60 };
  const open = async ({ limits, ...more }: Options = {}) => {
    const refresher = createRefresher<Good>({
      tables: [table],
      folder,
      clock: { now: () => now },
      fetch: (request) => fetchAddress(request, { allowPrivate: true, ...limits }),
      check,
      onVersion: (name, { number, rows }, { text }) => void told.push(`${name} ${number} ${rows} ${text.trim()}`),
      onAlarm: (_, message) => void told.push(message ?? 'good again'),
      random: () => 0,
      ...more,
    });
    onTestFinished(() => refresher.stop());
    await refresher.start();
    return refresher;
  };
  return {
    server,
    table,
    folder: join(folder, 'tor'),
    open,
    answer: (next: Answer) => void (answer = next),
    /** What happened since it was asked before. */
    told: () => told.splice(0),
    pass: (minutes: number) => void (now += minutes * minute),
    minutesTo: (time: number | undefined) => ((time ?? NaN) - now) / minute,
  };
}

test('a version is checked, kept and used; it is asked for again when due, and told when it has changed', async () => {
  const { server, folder, open, answer, told, pass } = await setUp(list('192.0.2.1\n', '"a"'));
  const refresher = await open();
  await refresher.refreshDue();
  expect(told()).toStrictEqual(['tor 1 1 192.0.2.1']);
  pass(59);
  await refresher.refreshDue();
  expect(server.asked.length).toBe(1);
  pass(1);
  await refresher.refreshDue();
  expect([told(), server.asked[1]?.['if-none-match']]).toStrictEqual([[], '"a"']);
  answer(list('192.0.2.1\n192.0.2.2\n', '"b"'));
  pass(60);
  await refresher.refreshDue();
  expect(told()).toStrictEqual(['tor 2 2 192.0.2.1\n192.0.2.2']);
  expect(refresher.states()).toMatchObject([
    { name: 'tor', refreshed: noon + 120 * minute, due: noon + 180 * minute, message: '', version: { number: 2 } },
  ]);
  answer(list('192.0.2.3\n'));
  expect([await refresher.refreshNow('tor'), await refresher.refreshNow('other')]).toStrictEqual([true, false]);
  expect(readdirSync(folder)).toStrictEqual(['000002.data', '000002.json', '000003.data', '000003.json']);
});

test('the same bytes are no new version, though the server does not say so', async () => {
  const { open, told, pass, folder } = await setUp(list('192.0.2.1\n'));
  const refresher = await open();
  await refresher.refreshDue();
  pass(60);
  await refresher.refreshDue();
  expect([told().length, readdirSync(folder).length]).toStrictEqual([1, 2]);
  expect(refresher.states()[0]).toMatchObject({ refreshed: noon + 60 * minute, version: { number: 1, time: noon } });
});

test('a feed that turns into an HTML page is refused: the last good version stays, one alarm until it is good', async () => {
  const { open, answer, told, pass, minutesTo } = await setUp(list('192.0.2.1\n'));
  const refresher = await open();
  await refresher.refreshDue();
  told();
  answer(page);
  for (let hour = 0; hour < 3; hour++) {
    pass(60);
    await refresher.refreshDue();
  }
  expect(told()).toStrictEqual([
    'what was fetched is refused: it is an HTML page; the last good version stays in use (1 rows of 2026-01-31T12:00:00.000Z)',
  ]);
  expect(refresher.states()[0]).toMatchObject({
    message: 'it is an HTML page',
    version: { number: 1 },
    refreshed: noon,
  });
  expect(minutesTo(refresher.states()[0]?.due)).toBe(60);
  answer(list('192.0.2.1\n'));
  pass(60);
  await refresher.refreshDue();
  expect(told()).toStrictEqual(['good again']);
});

test('with nothing to use, what was refused is asked for again soon', async () => {
  const { open, told, minutesTo } = await setUp(page);
  const refresher = await open();
  await refresher.refreshDue();
  expect(told()).toStrictEqual(['what was fetched is refused: it is an HTML page; there is no good version to use']);
  expect(minutesTo(refresher.states()[0]?.due)).toBe(1);
});

test.each<[string, Answer, Partial<FetchLimits>, string]>([
  ['ends early', cut, {}, 'the answer ended early'],
  ['has 2 GB', endless(() => {}), { maxBytes: 1 << 20 }, 'it is larger than 1024 KiB'],
  ['does not answer', () => {}, { idleMs: 100 }, 'nothing came for 0.1 s'],
])('a feed that %s leaves the last good version', async (_, broken, limits, message) => {
  const { open, answer, told, pass, folder, minutesTo } = await setUp(list('192.0.2.1\n'));
  const refresher = await open({ limits });
  await refresher.refreshDue();
  told();
  answer(broken);
  pass(60);
  await refresher.refreshDue();
  expect([told(), readdirSync(folder)]).toStrictEqual([[], ['000001.data', '000001.json']]);
  expect(refresher.states()[0]).toMatchObject({ message, version: { number: 1 } });
  expect(minutesTo(refresher.states()[0]?.due)).toBe(1);
});

test('a table that could not be refreshed for too long is stale: one alarm, until it could', async () => {
  const { table, open, answer, told, pass } = await setUp(list('192.0.2.1\n'));
  const refresher = await open({ tables: [{ ...table, alarmPeriodMinutes: 120 }] });
  await refresher.refreshDue();
  told();
  answer((response) => response.writeHead(503).end());
  for (let minutes = 0; minutes < 119; minutes++) {
    pass(1);
    await refresher.refreshDue();
  }
  expect(told()).toStrictEqual([]);
  for (let minutes = 0; minutes < 60; minutes++) {
    pass(1);
    await refresher.refreshDue();
  }
  expect(told()).toStrictEqual([
    'not refreshed since 2026-01-31T12:00:00.000Z: 503 Service Unavailable; the last good version stays in use (1 rows of 2026-01-31T12:00:00.000Z)',
  ]);
  answer(list('192.0.2.1\n'));
  await refresher.refreshNow('tor');
  expect(told()).toStrictEqual(['good again']);
});

test('without an alarm period of its own, a table is stale after a day', async () => {
  const { open, told, pass } = await setUp((response) => response.writeHead(404).end());
  const refresher = await open();
  await refresher.refreshDue();
  pass(24 * 60 - 1);
  await refresher.refreshDue();
  expect(told()).toStrictEqual([]);
  pass(1);
  await refresher.refreshDue();
  expect(told()).toStrictEqual([
    'not refreshed since 2026-01-31T12:00:00.000Z: 404 Not Found; there is no good version to use',
  ]);
});

test('a server that asks for patience gets it', async () => {
  const { open, minutesTo } = await setUp((response) => response.writeHead(429, { 'retry-after': '7200' }).end());
  const refresher = await open();
  await refresher.refreshDue();
  expect(minutesTo(refresher.states()[0]?.due)).toBe(120);
});

test('after a restart the stored version is in use at once; it is not asked for before it is due', async () => {
  const { server, open, told, pass } = await setUp(list('192.0.2.1\n', '"a"'));
  const first = await open();
  await first.refreshDue();
  await first.stop();
  told();
  pass(30);
  const second = await open();
  expect(told()).toStrictEqual(['tor 1 1 192.0.2.1']);
  await second.refreshDue();
  expect(server.asked.length).toBe(1);
  pass(30);
  await second.refreshDue();
  expect(server.asked[1]?.['if-none-match']).toBe('"a"');
  expect([told(), second.states()[0]?.refreshed]).toStrictEqual([[], noon + 60 * minute]);
});

test('what a crash left between fetch and swap is removed, and the last good version used', async () => {
  const { folder, open, told } = await setUp(list('192.0.2.1\n', '"a"'));
  const first = await open();
  await first.refreshDue();
  await first.stop();
  told();
  const facts = readFileSync(join(folder, '000001.json'), 'utf8');
  writeFileSync(join(folder, 'incoming'), '192.0');
  writeFileSync(join(folder, '000002.data'), '192.0.2.2\n');
  writeFileSync(join(folder, '000002.json.new'), facts);
  writeFileSync(join(folder, '000003.data'), '192');
  writeFileSync(join(folder, '000003.json'), facts);
  writeFileSync(join(folder, '000004.data'), '192.0.2.4\n');
  writeFileSync(join(folder, '000004.json'), facts.slice(0, 20));
  writeFileSync(join(folder, '000005.json'), '{"__proto__":{},"bytes":"ten"}');
  writeFileSync(join(folder, 'intervals.jsonl'), '');
  await open();
  expect(told()).toStrictEqual(['tor 1 1 192.0.2.1']);
  expect(readdirSync(folder)).toStrictEqual(['000001.data', '000001.json', 'intervals.jsonl']);
});

test('a table with another address uses what is stored until the new one has answered', async () => {
  const { server, table, open, answer, told } = await setUp(list('192.0.2.1\n', '"a"'));
  const first = await open();
  await first.refreshDue();
  await first.stop();
  answer(list('198.51.100.1\n', '"a"'));
  const second = await open({ tables: [{ ...table, address: `${server.address}&v=2` }] });
  await second.refreshDue();
  expect(told()).toStrictEqual(['tor 1 1 192.0.2.1', 'tor 1 1 192.0.2.1', 'tor 2 1 198.51.100.1']);
  expect(server.asked[1]?.['if-none-match']).toBeUndefined();
});

test('a clock that was in the future does not put off the next refresh', async () => {
  const { open, pass, minutesTo } = await setUp(list('192.0.2.1\n'));
  pass(1_000_000);
  const first = await open();
  await first.refreshDue();
  await first.stop();
  pass(-1_000_000);
  const second = await open();
  expect(minutesTo(second.states()[0]?.due)).toBe(60);
});

test('a stored version that the changed document refuses is not used, and told', async () => {
  const { open, told, pass } = await setUp(list('192.0.2.1\n', '"a"'));
  const first = await open();
  await first.refreshDue();
  await first.stop();
  told();
  const second = await open({ check: async () => ({ refused: 'there is no column ip' }) });
  await second.refreshDue();
  expect(told()).toStrictEqual(['what was fetched is refused: there is no column ip; there is no good version to use']);
  await second.stop();
  pass(1);
  await (await open()).refreshDue();
  expect(told()).toStrictEqual(['tor 1 1 192.0.2.1']);
});

test('a version that could not be taken is offered again, though it has not changed since', async () => {
  const { open, told, pass } = await setUp(list('192.0.2.1\n', '"a"'));
  let isFull = true;
  const refresher = await open({
    onVersion: () => {
      if (isFull) throw new Error('no memory');
      told();
    },
  });
  await refresher.refreshDue();
  expect(refresher.states()[0]).toStrictEqual({ name: 'tor', due: noon + minute, message: 'Error: no memory' });
  isFull = false;
  pass(1);
  await refresher.refreshDue();
  expect(refresher.states()[0]).toMatchObject({ message: '', version: { number: 1 } });
});

test('checks get the rows of the last good version, and run one at a time', async () => {
  const { table, open, answer, pass } = await setUp(list('192.0.2.1\n192.0.2.2\n'));
  const asked: (number | undefined)[] = [];
  let checking = 0;
  let most = 0;
  const refresher = await open({
    tables: ['a', 'b', 'c'].map((name) => ({ ...table, name })),
    async check(file) {
      asked.push(file.lastRows);
      most = Math.max(most, ++checking);
      await sleep(5);
      checking--;
      return check(file);
    },
  });
  await refresher.refreshDue();
  answer(list('192.0.2.1\n'));
  pass(60);
  await refresher.refreshDue();
  expect([asked, most]).toStrictEqual([[undefined, undefined, undefined, 2, 2, 2], 1]);
});

test('with intervals, what a list said is known after it has changed, and after a restart', async () => {
  const { folder, open, answer, pass } = await setUp(list('192.0.2.1\n'));
  const path = join(folder, 'intervals.jsonl');
  let now: Intervals = noIntervals;
  const keep = async (file: FetchedFile): Promise<Checked<Good>> => {
    const text = readFileSync(file.path, 'utf8');
    const rows = text
      .trim()
      .split('\n')
      .map((ip) => ({ ip }));
    const { intervals } = await readIntervals(path);
    now = foldList(intervals, rows, { primaryKey: 'ip', match: 'exact', time: file.time }).intervals;
    await writeIntervals(path, now);
    return { rows: rows.length, text };
  };
  const first = await open({ check: keep });
  await first.refreshDue();
  answer(list('192.0.2.2\n'));
  pass(60);
  await first.refreshDue();
  await first.stop();
  pass(30);
  now = noIntervals;
  await open({ check: keep });
  const at = (minutes: number) => ['192.0.2.1', '192.0.2.2'].map((ip) => holds(now, ip, noon + minutes * minute));
  expect([-1, 0, 59, 60, 90].map(at)).toStrictEqual([
    [false, false],
    [true, false],
    [true, false],
    [false, true],
    [false, true],
  ]);
});

test('a table that hangs holds up no other, and is broken off at the end', async () => {
  const { server, table, open, told } = await setUp((response, { url }) => {
    if (url?.includes('hang') !== true) response.end('192.0.2.1\n');
  });
  const refresher = await open({
    tables: [{ ...table, name: 'slow', address: `${server.address}&hang` }, table],
    clock: systemClock,
  });
  await expect.poll(told).toStrictEqual(['tor 1 1 192.0.2.1']);
  expect(refresher.states().map(({ due }) => due === Infinity)).toStrictEqual([true, false]);
  await refresher.stop();
  expect(told()).toStrictEqual([]);
});

test('once started it refreshes by itself', async () => {
  const { server, table, open } = await setUp(list('192.0.2.1\n'));
  await open({ tables: [{ ...table, periodMinutes: 0.001 }], clock: systemClock });
  await expect.poll(() => server.asked.length).toBeGreaterThan(2);
});
