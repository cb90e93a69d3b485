import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { EventStore, QueryResult } from '../core/event-store.ts';
import type { Program } from './program.ts';
import { command } from './queries.ts';
import { runCaptured } from './run-captured.suite.ts';

let workspace = '';
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'tocsin-cli-queries-'));
  await mkdir(join(workspace, 'queries'));
  await writeFile(join(workspace, 'tocsin.yml'), 'sources: []\n');
  await writeFile(
    join(workspace, 'queries/hand.yml'),
    'title: By hand\nid: h\nquery: "SELECT 1 WHERE p_event_time > {from:UInt64}"\n',
  );
  await writeFile(
    join(workspace, 'queries/scan.yml'),
    `
title: Scan
id: Custom.Scan
query: SELECT src, n FROM t WHERE p_parse_time >= {from:DateTime64(6)} AND p_parse_time < {to:DateTime64(6)}
siem: {schedule: {every: 10s}, alert: {title: "scan by {{src}}", key: [src]}}
`,
  );
});
afterAll(() => rm(workspace, { recursive: true }));

const result: QueryResult = {
  columns: [
    { name: 'src', type: 'String' },
    { name: 'n', type: 'UInt64' },
  ],
  rows: [{ src: '10.0.0.5', n: 60 }],
  truncated: false,
  elapsedMs: 12,
  rowsRead: 1000,
  bytesRead: 20_000,
};
let asked: Parameters<EventStore['query']>[] = [];
let rows = result.rows;
beforeEach(() => {
  asked = [];
  ({ rows } = result);
});

async function run(...words: string[]) {
  const events = {
    async query(...given: Parameters<EventStore['query']>) {
      asked.push(given);
      return { ...result, rows };
    },
  };
  const open = async () => ({ events, stop: async () => {} }) as unknown as Awaited<ReturnType<Program['open']>>;
  return runCaptured(['queries', ...words], { cwd: workspace, program: { open }, commands: [command] });
}

test('the list', async () => {
  expect(await run('list')).toEqual({
    code: 0,
    stdout:
      'NAME\tRUNS\tDESCRIPTION\tFILE\nBy hand\tby hand\t\tqueries/hand.yml\nCustom.Scan\tevery 10s\tScan\tqueries/scan.yml\n',
    stderr: '',
  });
  expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject([
    { name: 'By hand', schedule: null },
    { name: 'Custom.Scan', schedule: { everyMs: 10_000 } },
  ]);
});

test('a saved query is run over the window', async () => {
  const { code, stdout, stderr } = await run('run', 'By hand', '--from', '2026-01-31T09:00:00Z', '--limit', '5');
  expect([code, stdout]).toEqual([0, 'src\tn\n10.0.0.5\t60\n']);
  expect(stderr).toContain('1 row in 12 ms; 1,000 rows, 20.0 kB read');
  expect(asked).toMatchObject([[expect.stringContaining('SELECT 1'), { from: '1769850000000' }, { maxRows: 5 }]]);
});

test('a dry run of a scheduled query tells of the alerts that it would raise', async () => {
  const window = ['--from', '2026-01-31T09:00:00Z', '--to', '2026-01-31T09:00:10Z'];
  const { code, stdout, stderr } = await run('run', 'Custom.Scan', '--dry-run', ...window);
  expect([code, stdout]).toEqual([0, 'src\tn\n10.0.0.5\t60\n']);
  expect(stderr).toContain('from 2026-01-31 09:00:00 to 2026-01-31 09:00:10: 1 alert that it would raise or count on');
  expect(stderr).toContain('MEDIUM\t1\tscan by 10.0.0.5\t10.0.0.5');
  expect(asked).toMatchObject([
    [expect.any(String), { from: '1769850000.000', to: '1769850010.000' }, { maxRows: 10_000 }],
  ]);
  const json = await run('run', 'Custom.Scan', '--dry-run', '--json', ...window);
  expect(JSON.parse(json.stdout)).toMatchObject({
    window: { from: '2026-01-31T09:00:00.000Z' },
    rowsRead: 1000,
    alerts: [{ title: 'scan by 10.0.0.5', dedup: '10.0.0.5', count: 1 }],
  });
});

test('fewer rows are shown, and all are judged', async () => {
  rows = ['10.0.0.5', '10.0.0.6', '10.0.0.7'].map((src) => ({ src, n: 60 }));
  const { stdout, stderr } = await run('run', 'Custom.Scan', '--limit', '1');
  expect(stdout).toBe('src\tn\n10.0.0.5\t60\n');
  expect(stderr).toContain('1 row (there are more: --limit) in');
  expect(stderr).toContain('3 alerts that it would raise');
  expect(stderr).not.toContain('limit of');
});

test('without a window it is the last one that is over', async () => {
  await run('run', 'Custom.Scan');
  const [from, to] = [Number(asked[0]?.[1]?.['from']), Number(asked[0]?.[1]?.['to'])];
  expect([to - from, to % 10]).toEqual([10, 0]);
  expect(Math.abs(Date.now() / 1000 - to)).toBeLessThan(30);
});

test.each([
  [['run', 'Custom.Scan', '--alert', '--dry-run'], 2, "option '--dry-run' cannot be used with option '--alert'"],
  [['run', 'By hand', '--alert'], 2, 'By hand is a saved query: it raises no alerts'],
  [['backfill', 'Custom.Scan', '--from', '1h', '--to', '2h'], 2, '--from must be before --to'],
  [['run', 'Custom.Scam'], 2, 'there is no query Custom.Scam; did you mean Custom.Scan?'],
  [['run', 'nothing at all'], 2, 'there are: By hand, Custom.Scan'],
  [['run', 'By hand', '--from', 'yesterday'], 2, 'expected 15m, 2h, 7d or a date'],
  [['run', 'By hand', '--from', '1h', '--to', '2h'], 2, '--from must be before --to'],
])('%j', async (words, code, message) => {
  const ran = await run(...words);
  expect(ran.code).toBe(code);
  expect(ran.stderr).toContain(message);
  expect(asked).toEqual([]);
});
