import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { UserError } from '../core/problem.ts';
import type { Run, Window } from '../core/schedule.ts';
import type { Schedules } from '../core/schedule-store.ts';
import { createFakeApp } from '../server/fake-app.suite.ts';
import { startServer } from '../server/server.ts';
import { createApiClient } from './api-client.ts';
import type { Running } from './program.ts';
import { command } from './queries.ts';
import { runCaptured } from './run-captured.suite.ts';

let workspace = '';
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'tocsin-cli-backfill-'));
  await writeFile(join(workspace, 'tocsin.yml'), 'sources: []\n');
});
afterAll(() => rm(workspace, { recursive: true }));

const noon = Date.UTC(2026, 0, 31, 12);
const stepMs = 60_000;
let runs: Run[] = [];
let asked: Window[] = [];
/** Of the next runs, in place of success. */
let failure: string | undefined;
/** Times that the schedule is looked at before it has come to its time. */
let behind = 0;
beforeEach(() => {
  [runs, asked, failure] = [[], [], undefined];
});

function add(about: Partial<Run> & Window): void {
  const id = String(runs.length + 1);
  const [rows, signals, rowsRead, bytesRead] = [2, 1, 100, 5000];
  runs.push({
    id,
    schedule: 'Custom.Scan',
    isBackfill: true,
    state: 'done',
    started: Date.now(),
    ended: Date.now(),
    rows,
    signals,
    rowsRead,
    bytesRead,
    message: '',
    ...about,
  });
}

/** Runs a back-fill at once, in steps of a minute. */
const schedules: Schedules = {
  async status() {
    const schedule = { everyMs: stepMs, timezone: 'UTC', lagMs: 0, timeoutMs: 1000, catchupMs: 1000 };
    if (behind > 0) behind -= 1;
    const due = behind > 0 ? noon : Date.now() + 1000;
    const about = { schedule, cursor: noon, due, wanted: 0, failures: 0, gaps: 0, lateMs: 0 };
    const stuck = { id: '1', from: 0, to: noon, cursor: 0, due: 0, failures: 3 };
    const waiting = failure !== undefined && asked.length > 0 && { backfill: stuck };
    return ['Custom.Scan', 'Custom.Other'].map((id) => ({ id, ...about, ...waiting }));
  },
  async runs(id, { limit, cursor, states }) {
    if (id !== 'Custom.Scan') return undefined;
    const wanted = runs.filter(({ state }) => states?.includes(state) ?? true).toReversed();
    const from = Number(cursor ?? 0);
    const page = wanted.slice(from, from + Math.min(limit, 2));
    return { runs: page, ...(from + 2 < wanted.length && { next: String(from + 2) }) };
  },
  async backfill(id, window) {
    if (behind > 0 || window.from >= noon) throw new UserError(`${id}: what is later it will run by itself`);
    asked.push(window);
    if (failure === undefined) {
      for (let { from } = window; from < window.to; from += stepMs) add({ from, to: from + stepMs });
    } else add({ ...window, state: 'failed', message: failure, signals: 0, rows: 0 });
    return window;
  },
};

async function run(...words: string[]) {
  const running = {
    app: { ...createFakeApp(), content: { schemas: [], detections: [], problems: [] }, schedules },
    stop: async () => {},
  };
  const start = async () => running as unknown as Running;
  return runCaptured(['queries', 'backfill', ...words], { commands: [command], program: { start }, cwd: workspace });
}

const time = (minute: number) => noon - minute * stepMs;

test('a window is run, and its runs are shown and summed', async () => {
  add({ from: time(9), to: time(8), started: 5 });
  add({ from: time(9), to: time(8), isBackfill: false });
  const { code, stdout, stderr } = await run(
    'Custom.Scan',
    '--from',
    '2026-01-31T11:57:00Z',
    '--to',
    '2026-01-31T12:00:00Z',
  );
  expect(asked).toEqual([{ from: time(3), to: noon }]);
  expect([code, stdout]).toEqual([
    0,
    `FROM\tTO\tSTATE\tROWS\tSIGNALS\tMESSAGE
2026-01-31 11:57:00\t2026-01-31 11:58:00\tdone\t2\t1\t
2026-01-31 11:58:00\t2026-01-31 11:59:00\tdone\t2\t1\t
2026-01-31 11:59:00\t2026-01-31 12:00:00\tdone\t2\t1\t
`,
  ]);
  expect(stderr).toBe('Custom.Scan: 3 runs, 6 rows, 3 signals; 300 rows, 15.0 kB read\n');
});

test('without a window the gaps are filled, the oldest first', async () => {
  add({ from: time(60), to: time(58), state: 'gap', started: 5 });
  add({ from: time(30), to: time(29), state: 'gap', started: 5 });
  const told = await run('Custom.Scan', '--json');
  expect(asked).toEqual([
    { from: time(60), to: time(58) },
    { from: time(30), to: time(29) },
  ]);
  expect(JSON.parse(told.stdout)).toMatchObject({
    windows: [{ from: '2026-01-31T11:00:00.000Z', to: '2026-01-31T11:02:00.000Z' }, {}],
    rows: 6,
    signals: 3,
    runs: [{ state: 'done', from: '2026-01-31T11:00:00.000Z', started: expect.stringMatching(/Z$/) }, {}, {}],
  });
});

test('without gaps there is nothing to do', async () => {
  expect(await run('Custom.Scan')).toEqual({ code: 0, stdout: '', stderr: 'Custom.Scan has no gaps\n' });
});

test('what keeps failing is told with its reason', async () => {
  failure = 'there is no column srcip';
  const { code, stdout, stderr } = await run('Custom.Scan', '--from', '2026-01-31T11:00:00Z');
  expect([code, stdout]).toEqual([1, expect.stringContaining('failed\t0\t0\tthere is no column srcip')]);
  expect(stderr).toContain('error: Custom.Scan fails: there is no column srcip; it is tried again while tocsin runs\n');
});

test('what is due before the end of the window is waited for', async () => {
  behind = 5;
  const ran = await run('Custom.Scan', '--from', '2026-01-31T11:59:00Z', '--to', '2026-01-31T12:01:00Z');
  expect([ran.code, behind, asked.length]).toEqual([0, 0, 1]);
});

test.each([
  [['Custom.Scam'], 2, 'nothing that is enabled runs by the clock as Custom.Scam; did you mean Custom.Scan?'],
  [['x y z'], 2, 'there are: Custom.Other, Custom.Scan'],
  [['Custom.Scan', '--from', '2026-01-31T12:00:00Z', '--to', '2026-01-31T12:01:00Z'], 1, 'it will run by itself'],
])('%j', async (words, code, message) => {
  const ran = await run(...words);
  expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(message)]);
});

test('over HTTP it is the same', async () => {
  const server = await startServer({ ...createFakeApp(), schedules }, { port: 0 });
  try {
    const { schedules: remote } = createApiClient(server.address, 'tocsin_admin');
    add({ from: time(60), to: time(58), state: 'gap', started: 5 });
    expect(await remote.status()).toEqual([
      { id: 'Custom.Scan', cursor: noon, due: expect.any(Number), failures: 0, gaps: 0 },
      { id: 'Custom.Other', cursor: noon, due: expect.any(Number), failures: 0, gaps: 0 },
    ]);
    expect((await remote.runs('Custom.Scan', { limit: 5, states: ['gap'] }))?.runs).toEqual(runs);
    expect(await remote.runs('nothing', { limit: 5 })).toBeUndefined();
    expect(await remote.backfill('Custom.Scan', { from: time(3), to: time(2) })).toEqual({
      from: time(3),
      to: time(2),
    });
    failure = 'x';
    expect((await remote.status())[0]).toMatchObject({ backfill: { from: 0, to: noon, cursor: 0, failures: 3 } });
    await expect(remote.backfill('Custom.Scan', { from: noon, to: noon + 1 })).rejects.toThrow('it will run by itself');
  } finally {
    await server.close();
  }
});
