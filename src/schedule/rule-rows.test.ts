import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Detection } from '../core/detection.ts';
import { startPythonRules, type PythonRules } from '../detect/python-host.ts';
import type { ScheduledQuery } from '../detect/query/query.ts';
import { judgeByRules } from './rule-rows.ts';
import { rowsOf } from './row-signal.ts';

const detection: Detection = {
  id: 'Rows.Scan',
  language: 'python',
  file: 'rules/scan.py',
  enabled: true,
  logTypes: ['Scans'],
  displayName: '',
  description: '',
  severity: 'LOW',
  dedupPeriodMinutes: 60,
  threshold: 1,
  createAlert: true,
  runbook: '',
  reference: '',
  destinations: [],
  tags: [],
  reports: {},
};
const source = `
def rule(row):
    return row.get("n") > 50

def title(row):
    return f"{row.get('src_ip')} tried {row.get('n')} ports"

def dedup(row):
    return row.get("src_ip")
`;

let python: PythonRules;
beforeAll(async () => {
  const all: Detection = { ...detection, id: 'Any.Event', logTypes: ['*'] };
  python = await startPythonRules({
    rules: [
      { detection, document: 'rules/scan.yml', source, tests: [] },
      { detection: all, document: 'rules/all.yml', source: 'def rule(event):\n    return True\n', tests: [] },
    ],
    modules: [],
    models: [],
  });
}, 60_000);
afterAll(() => python.close());

test('real Python rules judge the rows of the queries that they name, and no other rule does', async () => {
  const query: ScheduledQuery = {
    name: 'Scans',
    description: '',
    tags: [],
    sql: '',
    parameters: {},
    placeholders: [],
    file: '',
    enabled: true,
    schedule: { everyMs: 10_000, timezone: 'UTC', lagMs: 0, timeoutMs: 1000, catchupMs: 0 },
    alertLimit: 1,
    tests: [],
  };
  const found = [
    { src_ip: '10.0.0.5', n: 60, p_event_time: '2026-03-01T09:00:00.000000Z' },
    { src_ip: '10.0.0.6', n: 50 },
    { src_ip: '10.0.0.7', n: 51, text: 'a\nb\u2028' },
  ];
  const rows = rowsOf('Scans', { from: 0, to: 10_000 }, found);
  const judge = judgeByRules(python, new Set(['Rows.Scan']));
  expect(await judge(query, rows)).toMatchObject([
    {
      detection: 'Rows.Scan',
      logType: '',
      rowId: rows[0]?.rowId,
      time: Date.UTC(2026, 2, 1, 9),
      title: '10.0.0.5 tried 60 ports',
      dedup: '10.0.0.5',
    },
    { rowId: rows[2]?.rowId, time: 10_000, dedup: '10.0.0.7' },
  ]);
  expect(await judge({ ...query, name: 'Others' }, rows)).toEqual([]);
});

const ids = (to: number, ...found: readonly Readonly<Record<string, unknown>>[]) =>
  rowsOf('Q', { from: 0, to }, found).map(({ rowId }) => rowId);

test('the same row of the same window has the same id, and rows that are alike have their own', () => {
  const [first, second, third] = ids(10, { a: 1 }, { a: 1 }, { a: 2 });
  expect(new Set([first, second, third]).size).toBe(3);
  expect(ids(10, { a: 2 }, { a: 1 }, { a: 1 })).toEqual([third, first, second]);
  expect(ids(20, { a: 1 })).not.toEqual([first]);
});
