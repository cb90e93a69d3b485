import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Alert } from '../core/alert.ts';
import type { AlertStore } from '../core/alert-store.ts';
import type { Detection } from '../core/detection.ts';
import type { EventStore } from '../core/event-store.ts';
import { parseQueryDocument } from '../detect/query/document.ts';
import { isScheduled, type ScheduledQuery } from '../detect/query/query.ts';
import { readQueryDefinition } from '../detect/query/read-definition.ts';
import { createScheduler, type RunAbout } from '../schedule.ts';
import { createEventStore } from '../store/clickhouse/event-store.ts';
import { column, event, eventColumns, keepForever, rowsOf, table } from '../store/clickhouse/native.suite.ts';
import { createAlertStore } from '../store/postgres/alert-store.ts';
import { connectPostgres, type Database } from '../store/postgres/connect.ts';
import { createScheduleStore } from '../store/postgres/schedule-store.ts';
import { clusterTimeoutMs, temporaryDatabaseFolder } from '../store/postgres/temporary-database.suite.ts';
import { previewQuery, queryEntry, type QueryRunOptions } from './query-run.ts';
import { judgeByRules } from './rule-rows.ts';

const syn = table('syn', [...eventColumns, column('src_ip'), column('dst_ip'), column('dst_port', 'int')]);
/** A whole minute. */
const start = Date.UTC(2026, 2, 1, 9);
const about: RunAbout = { isBackfill: false, stop: new AbortController().signal };

let database: Database;
let events: EventStore;
let alerts: AlertStore;
const folders: string[] = [];

beforeAll(async () => {
  const path = await temporaryDatabaseFolder();
  database = await connectPostgres({ path });
  folders.push(path);
  folders.push(await mkdtemp(join(tmpdir(), 'tocsin-query-')));
  events = await createEventStore({ path: folders[1] ?? '' }, keepForever);
  await events.ensureTable(syn);
}, clusterTimeoutMs);
afterAll(async () => {
  await events.close();
  await database.close();
  await Promise.all(folders.map((path) => rm(path, { recursive: true })));
});

/** Each test has a second of its own, so that no other's packets are in its window. */
let tests = 0;
let from = 0;
beforeEach(async () => {
  await sql`truncate alerts, alert_keys, raise_marks, schedules cascade`.execute(database.db);
  alerts = createAlertStore({ db: database.db, queue: database.queue, route: () => [] });
  tests++;
  from = start + tests * 60_000;
});

/** SYNs from one host to so many ports of another. */
async function scan(src: string, dst: string, ports: number, received = from): Promise<void> {
  const rows = Array.from({ length: ports }, (_, port) =>
    event(`${src}-${dst}-${port}`, {
      p_event_time: received,
      p_parse_time: received,
      src_ip: src,
      dst_ip: dst,
      dst_port: port,
    }),
  );
  await events.append({ token: `${tests}-${src}-${dst}-${received}`, tables: [rowsOf(syn, rows)] });
}

const portScan = (alert = '', more = ''): ScheduledQuery =>
  read(`
title: Host port scan
id: PortScan${tests}
level: high
query: |
  SELECT src_ip, dst_ip, uniqExact(dst_port) AS value, max(p_event_time) AS p_event_time FROM syn
  WHERE p_parse_time >= {from:DateTime64(6)} AND p_parse_time < {to:DateTime64(6)}
  GROUP BY src_ip, dst_ip HAVING value > {threshold:UInt32} ORDER BY value DESC, src_ip
params: {threshold: 50}
siem:
  schedule: {every: 10s}
  alert: {title: "Port scan {{src_ip}} -> {{dst_ip}}: {{value}} ports", key: [src_ip, dst_ip]${alert}}
${more}`);

function read(text: string): ScheduledQuery {
  const { query, problems } = parseQueryDocument(text, 'queries/q.yml');
  if (query === undefined || !isScheduled(query)) throw new Error(problems.map(({ message }) => message).join());
  return query;
}

function options(query: ScheduledQuery, more: Partial<QueryRunOptions> = {}): QueryRunOptions {
  const detection = query.signals?.detection;
  return { events, alerts, detections: new Map(detection && [[detection.id, detection]]), ...more };
}
const window = () => ({ from, to: from + 10_000 });
const all = async (): Promise<readonly Alert[]> => (await alerts.list({}, { limit: 1000 })).alerts;
const stored = async (detection: string) =>
  (await events.query('SELECT * FROM signals WHERE detection_id = {detection:String} ORDER BY dedup', { detection }))
    .rows;

test('each pair over the threshold is an alert, and those at it are none', async () => {
  await scan('10.0.0.5', '10.0.0.9', 60);
  await scan('10.0.0.6', '10.0.0.9', 51);
  await scan('10.0.0.7', '10.0.0.9', 50);
  await scan('10.0.0.8', '10.0.0.9', 60, from - 1);
  await scan('10.0.0.8', '10.0.0.9', 60, from + 10_000);
  const query = portScan();
  const result = await queryEntry(query, options(query)).run(window(), about);
  expect(result).toMatchObject({ rows: 2, signals: 2, rowsRead: expect.any(Number), bytesRead: expect.any(Number) });
  expect(result.rowsRead).toBeGreaterThan(100);
  const raised = (await all()).toSorted((a, b) => (a.dedup < b.dedup ? -1 : 1));
  expect(raised).toMatchObject([
    { title: 'Port scan 10.0.0.5 -> 10.0.0.9: 60 ports', dedup: '10.0.0.5, 10.0.0.9', severity: 'HIGH', count: 1 },
    { title: 'Port scan 10.0.0.6 -> 10.0.0.9: 51 ports', first: from, logTypes: [], context: { value: 51 } },
  ]);
  const signals = await stored(query.name);
  expect(signals).toMatchObject([
    {
      dedup: '10.0.0.5, 10.0.0.9',
      severity: 'HIGH',
      error: '',
      received: new Date(from + 10_000).toISOString().replace('Z', '000Z'),
    },
    { dedup: '10.0.0.6, 10.0.0.9' },
  ]);
  expect(JSON.parse(String(signals[0]?.['event']))).toMatchObject({ src_ip: '10.0.0.5', value: 60 });
});

test('run again, it changes nothing, whatever went through the first time', async () => {
  await scan('10.0.0.5', '10.0.0.9', 60);
  const query = portScan();
  let down = true;
  const failing: Pick<AlertStore, 'alarm'> = {
    async alarm(raise) {
      if (down) throw new Error('the database is down');
      return alerts.alarm(raise);
    },
  };
  const entry = queryEntry(query, options(query, { alerts: failing }));
  await expect(entry.run(window(), about)).rejects.toThrow('the database is down');
  down = false;
  for (let time = 0; time < 3; time++) await entry.run(window(), about);
  expect(await all()).toMatchObject([{ count: 1 }]);
  expect(await stored(query.name)).toHaveLength(1);
  await entry.run({ from: from + 10_000, to: from + 20_000 }, about);
  expect(await all()).toMatchObject([{ count: 1 }]);
});

test('a back-fill of what was run is no second run', async () => {
  await scan('10.0.0.5', '10.0.0.9', 60);
  const query = portScan();
  const appended: string[] = [];
  const counting: QueryRunOptions['events'] = {
    query: (...given) => events.query(...given),
    async append(append) {
      appended.push(append.token);
      await events.append(append);
    },
  };
  const entry = queryEntry(query, options(query, { events: counting }));
  await entry.run(window(), about);
  await entry.run(window(), { ...about, isBackfill: true });
  expect(appended).toHaveLength(1);
  expect(await all()).toMatchObject([{ count: 1 }]);
});

test('more alerts than the limit: the state says so, and one alert tells of the rest', async () => {
  for (let host = 1; host <= 5; host++) await scan(`10.0.0.${host}`, '10.0.0.9', 60);
  const query = portScan(', limit: 3');
  const { overflow, signals } = await queryEntry(query, options(query)).run(window(), about);
  const told = `${query.name}: 2 more alerts than the limit of 3`;
  expect(overflow).toBe(told);
  expect(signals).toBe(6);
  const raised = await all();
  expect(
    raised
      .filter(({ kind }) => kind === 'RULE')
      .map(({ dedup }) => dedup)
      .toSorted(),
  ).toEqual([1, 2, 3].map((host) => `10.0.0.${host}, 10.0.0.9`));
  expect(raised.filter(({ kind }) => kind === 'RULE_ERROR')).toMatchObject([{ title: told, dedup: 'overflow' }]);
  expect(await stored(query.name)).toHaveLength(6);
});

test('more rows than the limit are told of, too', async () => {
  for (let host = 1; host <= 5; host++) await scan(`10.0.0.${host}`, '10.0.0.9', 60);
  const query = portScan();
  const entry = queryEntry(query, options(query, { limits: { maxRows: 4 } }));
  const { overflow, rows } = await entry.run(window(), about);
  expect([rows, overflow]).toEqual([4, `${query.name}: the query has more rows than the limit of 4`]);
  expect((await all()).map(({ kind }) => kind).toSorted()).toEqual(['RULE', 'RULE', 'RULE', 'RULE', 'RULE_ERROR']);
});

const sift: QueryRunOptions['sift'] = (signals) => signals.filter(({ dedup }) => !dedup.startsWith('10.0.0.6'));

test('rows under an exception are no signals, and the run says so', async () => {
  await scan('10.0.0.5', '10.0.0.9', 60);
  await scan('10.0.0.6', '10.0.0.9', 60);
  await scan('10.0.0.7', '10.0.0.9', 60);
  const query = portScan('', '  exceptions: [{name: scanner, when: {src_ip: 10.0.0.5}}]');
  const { rows, signals, note } = await queryEntry(query, options(query, { sift })).run(window(), about);
  expect([rows, signals, note]).toEqual([3, 1, 'left out by exceptions: scanner (1)']);
  expect(await all()).toMatchObject([{ dedup: '10.0.0.7, 10.0.0.9' }]);
});

function runOf(text: string) {
  const query = read(`title: B\nid: B\nquery: SELECT ${text}\nsiem: {schedule: {every: 10s}}\n`);
  return queryEntry(query, options(query)).run(window(), about);
}

test('a query over a table that is not there is blind, and other faults of it are failures', async () => {
  expect(await runOf('* FROM zeek_dns WHERE p_event_time > 0')).toEqual({
    rows: 0,
    signals: 0,
    rowsRead: 0,
    bytesRead: 0,
    note: 'blind: there is no table zeek_dns; no source has that log type',
  });
  await expect(runOf('nothing FROM syn WHERE p_event_time > 0')).rejects.toThrow('Unknown expression identifier');
});

test('alert: false keeps signals, and raises nothing', async () => {
  await scan('10.0.0.5', '10.0.0.9', 60);
  const query = read(`
title: Quiet
id: Quiet
query: SELECT src_ip FROM syn WHERE p_parse_time >= {from:DateTime64(6)} AND p_parse_time < {to:DateTime64(6)} LIMIT 7
siem: {schedule: {every: 10s}, alert: false}
`);
  await queryEntry(query, options(query)).run(window(), about);
  expect(await all()).toEqual([]);
  expect(await stored('Quiet')).toHaveLength(7);
});

test('a dry run shows rows, cost and alerts, and changes nothing', async () => {
  await scan('10.0.0.5', '10.0.0.9', 60);
  const query = portScan();
  const { result, groups, signals, overflow } = await previewQuery(query, window(), options(query));
  expect(result.rows).toMatchObject([{ src_ip: '10.0.0.5', value: 60 }]);
  expect(result.rowsRead).toBeGreaterThan(0);
  expect(groups).toMatchObject([{ dedup: '10.0.0.5, 10.0.0.9', count: 1 }]);
  expect([signals.length, overflow]).toEqual([1, undefined]);
  expect([await all(), await stored(query.name)]).toEqual([[], []]);
});

test('a query in TypeScript: its functions make the signals, and a row on which one fails is an error', async () => {
  await scan('10.0.0.5', '10.0.0.9', 60);
  await scan('10.0.0.6', '10.0.0.9', 70);
  const { query, problems } = readQueryDefinition(
    {
      id: 'Custom.Ts',
      query: `SELECT src_ip, uniqExact(dst_port) AS ports FROM syn
        WHERE p_parse_time >= {from:DateTime64(6)} AND p_parse_time < {to:DateTime64(6)} GROUP BY src_ip ORDER BY src_ip`,
      every: '10s',
      severity: ({ ports }: { ports: number }) => (ports > 65 ? 'critical' : 'Low'),
      title: ({ src_ip, ports }: { src_ip: string; ports: number }) => {
        if (ports === 70) throw new RangeError('seventy');
        return `scan by ${src_ip}`;
      },
      dedup: ({ src_ip }: { src_ip: string }) => src_ip,
    },
    'queries/q.ts',
  );
  expect(problems).toEqual([]);
  if (query === undefined) throw new Error('no query');
  await queryEntry(query, options(query)).run(window(), about);
  expect((await all()).toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toMatchObject([
    { kind: 'RULE', title: 'scan by 10.0.0.5', dedup: '10.0.0.5', severity: 'LOW' },
    { kind: 'RULE_ERROR', title: 'RangeError: seventy', dedup: 'RangeError' },
  ]);
});

test.each([
  [undefined, ['expected `export default scheduledQuery({ ... })`, found no default export']],
  [{ id: 'x', query: 'SELECT 1', every: '10', severity: 'High' }, [expect.stringContaining('every: expected a time')]],
  [{ id: 'x', query: 'SELECT 1', severity: 'High' }, ['every: expected either `every` or `cron`']],
  [{ id: 'x', query: 'SELECT {a:Int8}', every: '10s', severity: 'High' }, [expect.stringContaining('no parameter')]],
  [{ id: 'x', query: 'SELECT 1', every: '10s', severity: 'Urgent' }, [expect.stringContaining('severity: ')]],
])('%j is no query', (exported, messages) => {
  const { query, problems } = readQueryDefinition(exported, 'queries/q.ts');
  expect([query, problems.map(({ message }) => message)]).toEqual([undefined, messages]);
});

test("the rows of Panther's queries go to the rules that name them", async () => {
  await scan('10.0.0.5', '10.0.0.9', 60);
  const query = read(`
AnalysisType: scheduled_query
QueryName: Scans
Enabled: true
Query: SELECT src_ip, count() AS n FROM syn WHERE p_occurs_since('1 minute') GROUP BY src_ip
Schedule: {RateMinutes: 1, TimeoutMinutes: 1}
`);
  const detection: Detection = { ...(portScan().signals?.detection as Detection), id: 'Scan.Rule', language: 'python' };
  const seen: string[] = [];
  const python: Parameters<typeof judgeByRules>[0] = {
    async run({ logType, events: lines, times }) {
      seen.push(logType, ...Buffer.from(lines).toString().trim().split('\n'));
      return ['Scan.Rule', 'Other'].map((id) => ({
        detection: id,
        logType,
        rowId: 'x',
        time: times[0] ?? 0,
        title: 'a scan',
        dedup: 'a scan',
        severity: 'LOW' as const,
        event: '{}',
      }));
    },
  };
  const judge = judgeByRules(python, new Set(['Scan.Rule']));
  const detections = new Map([['Scan.Rule', detection]]);
  await queryEntry(query, options(query, { judge, detections })).run({ from, to: from + 1000 }, about);
  expect(seen).toHaveLength(2);
  expect(JSON.parse(seen[1] ?? '')).toMatchObject({
    src_ip: '10.0.0.5',
    n: 60,
    p_log_type: 'Scans',
    p_row_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    p_event_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/),
  });
  expect(await all()).toMatchObject([{ detection: 'Scan.Rule', title: 'a scan', count: 1 }]);
});

test('a query that keeps failing is told of once', async () => {
  const query = portScan();
  const entry = queryEntry(query, options(query));
  const fail = async (failures: number) =>
    entry.tell?.({ kind: 'failed', failures, message: 'no such table', window: window() });
  for (const failures of [1, 2]) await fail(failures);
  expect(await all()).toEqual([]);
  for (const failures of [3, 4, 5]) await fail(failures);
  expect(await all()).toMatchObject([
    { kind: 'RULE_ERROR', dedup: 'failed', title: `${query.name}: no such table`, count: 1 },
  ]);
});

test('by the scheduler, late records count once, in the window of their arrival', async () => {
  const query = portScan();
  let now = from + 2000;
  const scheduler = createScheduler({
    entries: [queryEntry(query, options(query))],
    store: createScheduleStore(database.db),
    clock: { now: () => now },
    warn: (message) => expect(message).toBe(''),
  });
  await scheduler.runDue();
  await scan('10.0.0.5', '10.0.0.9', 60, from + 9999);
  for (let seconds = 3; seconds < 60; seconds += 4) {
    now = from + seconds * 1000;
    await scheduler.runDue();
  }
  expect(await all()).toMatchObject([{ dedup: '10.0.0.5, 10.0.0.9', count: 1 }]);
  expect(await scheduler.status()).toMatchObject([{ cursor: from + 50_000, last: { state: 'done' } }]);
  await scheduler.stop();
});
