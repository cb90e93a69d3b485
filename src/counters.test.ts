import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Raise } from './core/alert-store.ts';
import type { Detection, SignalGroup } from './core/detection.ts';
import { createCounters, type Counters } from './counters.ts';
import { createAlertStore } from './store/postgres/alert-store.ts';
import { connectPostgres } from './store/postgres/connect.ts';
import { clusterTimeoutMs, temporaryDatabaseFolder } from './store/postgres/temporary-database.suite.ts';

let folder = '';
let database: Awaited<ReturnType<typeof connectPostgres>>;
beforeAll(async () => {
  folder = await temporaryDatabaseFolder();
  database = await connectPostgres({ path: folder });
}, clusterTimeoutMs);
afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true });
});

const noRows = { columns: [], rows: [], truncated: false, elapsedMs: 0, rowsRead: 0, bytesRead: 0 };
const events = {
  query: async () => noRows,
  ensureTable: async () => {},
  append: async () => {},
  close: async () => {},
};
const clock = { now: () => 1_700_000_000_000 };

const scan: Detection = {
  id: 'Scan',
  language: 'sql',
  file: 'queries/scan.yml',
  enabled: true,
  logTypes: [],
  displayName: '',
  description: '',
  severity: 'HIGH',
  dedupPeriodMinutes: 1,
  threshold: 1,
  createAlert: true,
  runbook: '',
  reference: '',
  destinations: [],
  tags: [],
  reports: {},
  suppress: { forMs: 3_600_000, maxMs: 3_600_000 },
};
const base: Detection = { ...scan, id: 'Base', createAlert: false };

function group(detection: string, count: number): SignalGroup {
  const sample = { detection, logType: '', rowId: '1', time: 5, title: 't', dedup: 'd', severity: 'HIGH' } as const;
  return { detection, dedup: 'd', isError: false, count, first: 5, last: 5, logTypes: [], sample };
}

function valuesOf(counters: Counters, name: string): readonly unknown[] {
  return counters
    .metrics()
    .filter((metric) => metric.name === name)
    .flatMap(({ samples }) => samples.map(({ labels, value }) => [...Object.values(labels), value]));
}

test('signals of queries and correlations are counted once, and those of which nobody is told apart', async () => {
  const counters = await createCounters(events, clock);
  const { db, queue } = database;
  const store = createAlertStore({ db, queue, route: () => [], clock, onRaised: (raised) => counters.raised(raised) });
  const detections = new Map([scan, base].map((each) => [each.id, each]));
  const about = (received: number, groups: readonly SignalGroup[]) => ({ received, groups, detections });
  const first = { mark: 'a', ...about(1000, [group('Scan', 2), group('Base', 7)]) };
  await store.alarm(first);
  await store.alarm(first);
  await store.alarm({ mark: 'b', ...about(2000, [group('Scan', 3)]), excepted: new Map([['e', 4]]) });
  const batch: Raise = { segment: 1, frame: 1, ...about(3000, [group('Scan', 5)]) };
  await store.raise(batch);
  await store.raise(batch);

  // Those of a batch are counted with the batch.
  expect(counters.detection('Scan')).toEqual({ signals: 5, errors: 0 });
  expect(counters.detection('Base')).toEqual({ signals: 7, errors: 0 });
  expect(counters.silenced()).toEqual({ suppressed: 8, excepted: 4 });
  expect(valuesOf(counters, 'tocsin_signals_suppressed_total')).toEqual([['Scan', 8]]);
  expect(valuesOf(counters, 'tocsin_signals_excepted_total')).toEqual([[4]]);
  expect(valuesOf(counters, 'tocsin_alerts_opened_total')).toEqual([['HIGH', 1]]);
});

test('runs are counted by schedule and state, and a gap once', async () => {
  const counters = await createCounters(events, clock);
  const gap = { from: 1, to: 2 };
  counters.ran({ schedule: 'Scan', failures: 0, gap }, { state: 'failed', rowsRead: 0 });
  counters.ran({ schedule: 'Scan', failures: 1, gap }, { state: 'done', rowsRead: 70 });
  counters.ran({ schedule: 'Scan', failures: 0 }, { state: 'done', rowsRead: 30 });
  counters.ran({ schedule: 'correlations', failures: 0 }, { state: 'overflow', rowsRead: 5 });
  expect(valuesOf(counters, 'tocsin_runs_total')).toEqual([
    ['Scan', 'failed', 1],
    ['Scan', 'gap', 1],
    ['Scan', 'done', 2],
    ['correlations', 'overflow', 1],
  ]);
  expect(valuesOf(counters, 'tocsin_run_rows_read_total')).toEqual([
    ['Scan', 100],
    ['correlations', 5],
  ]);
});
