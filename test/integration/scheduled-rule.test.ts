// Panther's scheduled queries and the Python rules on their rows, from settings and files to the alert: by the clock, by
// `tocsin queries`, and over the past.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type StartedApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import type { Alert } from '../../src/core/alert.ts';
import { makeWorkspace, push, startProgram, startTimeoutMs, until, type Workspace } from '../program.ts';

const ready = { timeout: startTimeoutMs };
const minuteMs = 60_000;
const query = 'Query.Logins.Failed';

let workspace: Workspace;
beforeAll(async () => {
  workspace = await makeWorkspace({
    'tocsin.yml': `listen: 127.0.0.1:0
sources: [{id: app, type: http, schemas: [Custom.Login]}]
`,
    'schemas/login.yml': `schema: Custom.Login
fields:
  - {name: time, type: timestamp, timeFormats: [rfc3339], isEventTime: true}
  - {name: user, type: string}
  - {name: ip, type: string, indicators: [ip]}
  - {name: ok, type: boolean}
`,
    'queries/failed_logins.yml': `AnalysisType: scheduled_query
QueryName: ${query}
Description: Who failed often of late
Enabled: true
Query: >-
  SELECT ip, count(*) AS failures, max(p_event_time) AS p_event_time
  FROM panther_logs.public.custom_login AS l
  WHERE p_occurs_since('5 minutes', l, p_parse_time) AND NOT ok
  GROUP BY ip
Schedule:
  RateMinutes: 5
  TimeoutMinutes: 2
`,
    'queries/failed_logins_rule.yml': `AnalysisType: scheduled_rule
RuleID: Logins.Failed.Often
Filename: failed_logins_rule.py
DisplayName: Failed logins
Enabled: true
Severity: Low
ScheduledQueries: [${query}]
DedupPeriodMinutes: 60
Tests:
  - Name: often
    ExpectedResult: true
    Log: {ip: 192.0.2.7, failures: 12}
  - Name: once
    ExpectedResult: false
    Log: {ip: 192.0.2.7, failures: 1}
`,
    'queries/failed_logins_rule.py': `def rule(event):
    return event.get("failures", 0) >= 3

def title(event):
    return f"{event.get('ip')} failed {event.get('failures')} times"

def dedup(event):
    return event.get("ip")

def severity(event):
    return "CRITICAL" if event.get("failures") >= 10 else "DEFAULT"

def alert_context(event):
    return {"failures": event.get("failures"), "query": event.get("p_log_type")}
`,
    'rules/blind.yml': `AnalysisType: scheduled_rule
RuleID: Blind
Filename: blind.py
Enabled: true
Severity: Low
ScheduledQueries: [Query.Logins.Faild]
`,
    'rules/blind.py': 'def rule(event):\n    return True\n',
  });
}, startTimeoutMs);
afterAll(() => workspace?.remove());

/** The program in this process, at a time of ours. */
let aheadMs = 0;
async function start(): Promise<StartedApp> {
  const { config } = await loadConfig(workspace.folder);
  return startApp(config, { version: 'test', warn: () => {}, clock: { now: () => Date.now() + aheadMs } });
}

async function fail(app: StartedApp, ip: string, times: number): Promise<void> {
  const event = { time: new Date(Date.now() + aheadMs).toISOString(), user: 'root', ip, ok: false };
  const body = Buffer.from(`${JSON.stringify(event)}\n`.repeat(times));
  await app.push('app', ReadableStream.from([body]), { contentType: 'application/json', contentEncoding: '' });
}

async function alertsOf(app: StartedApp): Promise<readonly Alert[]> {
  // The gap below is an alert of the program's own.
  const { alerts } = await app.alerts.list({ detection: 'Logins.Failed.Often' }, { limit: 100 });
  return alerts.toSorted((a, b) => (a.dedup < b.dedup ? -1 : 1));
}

async function cursorOf(app: StartedApp): Promise<number> {
  return (await app.schedules.status()).find(({ id }) => id === query)?.cursor ?? 0;
}

test("rows go to the rule, whose functions make the alert's text", ready, async () => {
  const app = await start();
  try {
    expect(app.content.problems).toEqual([
      {
        file: 'rules/blind.yml',
        message: 'ScheduledQueries: there is no query Query.Logins.Faild; did you mean Query.Logins.Failed?',
      },
    ]);
    await fail(app, '192.0.2.7', 12);
    await fail(app, '192.0.2.8', 3);
    await fail(app, '192.0.2.9', 2);
    await until('the events are stored', async () => {
      const { rows } = await app.events.query('SELECT count() AS n FROM custom_login');
      return Number(rows[0]?.['n']) === 17;
    });
    aheadMs += 6 * minuteMs;
    const alerts = await until('the alerts', async () => {
      const found = await alertsOf(app);
      return found.length >= 2 && found;
    });
    expect(alerts).toMatchObject([
      {
        kind: 'RULE',
        detection: 'Logins.Failed.Often',
        title: '192.0.2.7 failed 12 times',
        dedup: '192.0.2.7',
        severity: 'CRITICAL',
        count: 1,
        context: { failures: 12, query },
      },
      { title: '192.0.2.8 failed 3 times', dedup: '192.0.2.8', severity: 'LOW', count: 1 },
    ]);
    expect(await app.alertEvents(alerts[0]?.id ?? '', 10)).toMatchObject([{ ip: '192.0.2.7', failures: 12 }]);

    const status = app.detections().find(({ detection }) => detection.id === 'Logins.Failed.Often');
    expect(status).toMatchObject({ state: 'healthy', signals: 2, errors: 0 });
    const runs = app.metrics().find(({ name }) => name === 'tocsin_runs_total');
    expect(runs?.samples).toContainEqual({ labels: { schedule: query, state: 'done' }, value: expect.any(Number) });

    const look = await app.previewQuery(query, { from: Date.now() - 10 * minuteMs, to: Date.now(), maxRows: 10 });
    expect(look?.groups.map(({ sample, count }) => [sample.title, count]).toSorted()).toEqual([
      ['192.0.2.7 failed 12 times', 1],
      ['192.0.2.8 failed 3 times', 1],
    ]);
  } finally {
    await app.stop();
  }
});

test('a run by hand shows what the rule would raise, and keeps nothing', ready, async () => {
  const to = new Date().toISOString();
  const { code, stdout, stderr } = await workspace.tocsin('queries', 'run', query, '--to', to);
  expect([code, stderr]).toEqual([0, expect.stringContaining('2 alerts that it would raise or count on')]);
  expect(stdout.split('\n')).toHaveLength(5);
  expect(stderr).toContain('CRITICAL\t1\t192.0.2.7 failed 12 times\t192.0.2.7\n');
  const told = await workspace.ask<{ alerts: object[]; rowsRead: number }>('queries', 'run', query, '--to', to);
  expect(told).toMatchObject({ alerts: [{ detection: 'Logins.Failed.Often' }, {}] });
  expect(told.rowsRead).toBeGreaterThan(0);
  const [stored] = await workspace.ask<{ n: number }[]>('query', 'SELECT count() AS n FROM signals');
  expect(Number(stored?.n)).toBe(2);
});

test('a back-fill over a window that was run makes nothing twice, and over a gap it makes up', ready, async () => {
  const before = Date.now() + aheadMs;
  let app = await start();
  await fail(app, '192.0.2.7', 4);
  await fail(app, '192.0.2.20', 5);
  await until('the events are stored', async () => {
    const { rows } = await app.events.query('SELECT count() AS n FROM custom_login');
    return Number(rows[0]?.['n']) === 26;
  });
  await app.stop();
  // Longer than missed runs are made up for.
  aheadMs += 3 * 24 * 60 * minuteMs;
  app = await start();
  await until('the newest window is run', async () => (await cursorOf(app)) > before + 2 * 24 * 60 * minuteMs);
  const { runs = [] } = (await app.schedules.runs(query, { limit: 10, states: ['gap'] })) ?? {};
  expect(runs).toHaveLength(1);
  expect((await alertsOf(app)).map(({ dedup }) => dedup)).not.toContain('192.0.2.20');
  const window = { from: before - 60 * minuteMs, to: before + 30 * minuteMs };
  expect(await app.schedules.backfill(query, window)).toBeDefined();
  await until('the back-fill is done', async () =>
    (await app.schedules.status()).every(({ backfill }) => backfill === undefined),
  );
  expect((await alertsOf(app)).map(({ dedup, count }) => [dedup, count])).toEqual([
    ['192.0.2.20', 1],
    ['192.0.2.7', 2],
    ['192.0.2.8', 1],
  ]);
  const { rows } = await app.events.query('SELECT count() AS n, uniqExact(p_row_id) AS ids FROM signals');
  expect([Number(rows[0]?.['n']), Number(rows[0]?.['ids'])]).toEqual([4, 4]);
  await app.stop();
});

test('a command that starts the program for a back-fill reads what a killed one had taken', ready, async () => {
  const other = await makeWorkspace({
    'tocsin.yml': 'listen: 127.0.0.1:0\nsources: [{id: auth, type: http, schemas: [Linux.Auth]}]\n',
    'queries/logins.yml': `title: Logins
id: Custom.Logins
query: |
  SELECT count() AS lines FROM linux_auth
  WHERE p_parse_time >= {from:DateTime64(6)} AND p_parse_time < {to:DateTime64(6)}
siem: {schedule: {every: 10s}, alert: false}
`,
  });
  try {
    const killed = await startProgram(other);
    const line = 'Mar  4 07:00:00 web1 sshd[7]: Failed password for root from 192.0.2.7 port 40100 ssh2\n';
    expect((await push(killed, 'auth', line.repeat(50))).status).toBe(200);
    await killed.stop('SIGKILL');
    const { code, stdout, stderr } = await other.tocsin('queries', 'backfill', 'Custom.Logins', '--from', '30s');
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'FROM\tTO\tSTATE\tROWS\tSIGNALS\tMESSAGE']);
    expect(stderr).toMatch(/Custom\.Logins: \d runs?, /);
    expect(
      await other.ask('query', 'SELECT source_id, outcome, sum(records) AS n FROM ingest_stats GROUP BY 1, 2'),
    ).toEqual([{ source_id: 'auth', outcome: 'event', n: 50 }]);
  } finally {
    await other.remove();
  }
});
