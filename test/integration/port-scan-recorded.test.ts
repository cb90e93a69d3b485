// The port scan of the article over recorded packets, as a Sigma correlation, as a query, and as a Python rule that counts
// different values.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AlertAnswer, makeWorkspace, startTimeoutMs, type Workspace } from '../program.ts';

const log = fileURLToPath(new URL('../../../shared/data/tcpdump/syn.log', import.meta.url));
const isMissing = !existsSync(log);
const missing = isMissing ? ' (skipped: ../shared with the packets is missing)' : '';

/** Any half minute of the events' own time. */
const query = `title: Port scan in SQL
id: Sql.PortScan
level: medium
query: |
  SELECT src_ip, dst_ip, max(ports) AS most
  FROM (
    SELECT src_ip, dst_ip, uniqExact(dst_port) OVER (
      PARTITION BY src_ip, dst_ip ORDER BY toUnixTimestamp64Milli(p_event_time)
      RANGE BETWEEN 29999 PRECEDING AND CURRENT ROW) AS ports
    FROM tcpdump_tcp
    WHERE action = 'tcp_connection_started' AND p_parse_time >= {from:DateTime64(6)} AND p_parse_time < {to:DateTime64(6)}
  )
  GROUP BY src_ip, dst_ip HAVING most > {threshold:UInt32}
params: {threshold: 50}
siem:
  schedule: {every: 1m}
  alert: {key: [src_ip, dst_ip], title: 'Port scan {{src_ip}} -> {{dst_ip}}: {{most}} ports'}
`;

/** A clock's half minutes, of the events' own time. */
const rule = `from datetime import datetime

def rule(event):
    return event.get('action') == 'tcp_connection_started'

def dedup(event):
    time = datetime.fromisoformat(event['p_event_time'].replace('Z', '+00:00')).timestamp()
    return f"{event['src_ip']} -> {event['dst_ip']} {int(time) // 30}"

def unique(event):
    return str(event['dst_port'])

def title(event):
    return f"Port scan {event['src_ip']} -> {event['dst_ip']}"
`;
const ruleDocument = `AnalysisType: rule
RuleID: Python.PortScan
Filename: port-scan.py
LogTypes: [Tcpdump.Tcp]
Severity: Medium
Threshold: 51
DedupPeriodMinutes: 5
Enabled: true
`;

let workspace: Workspace;
let alerts: readonly AlertAnswer[] = [];
beforeAll(async () => {
  if (isMissing) return;
  workspace = await makeWorkspace({
    'tocsin.yml': 'name: port-scan\npacks: [network]\n',
    'queries/port-scan.yml': query,
    'rules/port-scan.py': rule,
    'rules/port-scan.yml': ruleDocument,
  });
  await workspace.ask('ingest', '--schema', 'Tcpdump.Tcp', log);
  alerts = await workspace.ask('alerts', 'list');
}, startTimeoutMs);
afterAll(() => workspace?.remove());

const titlesOf = (detection: string): readonly string[] =>
  alerts.filter((alert) => alert.detection === detection).map(({ title }) => title);

test.skipIf(isMissing)(`the correlation names the one scan${missing}`, () => {
  expect(titlesOf('Tocsin.Network.PortScan')).toEqual(['Port scan from 192.168.1.17 to 192.168.1.105: 500 ports']);
});

test.skipIf(isMissing)(`over an hour the slow one shows${missing}`, () => {
  expect(titlesOf('Tocsin.Network.SlowPortScan')).toContain(
    'Slow port scan from 203.0.113.66 to 192.168.1.105: 60 ports',
  );
});

test.skipIf(isMissing)(`the query names it, too${missing}`, async () => {
  const run = await workspace.ask<{ rows: readonly object[] }>(
    'queries',
    'run',
    'Sql.PortScan',
    '--dry-run',
    '--from',
    '1h',
    '--to',
    '0s',
  );
  expect(run.rows).toMatchObject([{ src_ip: '192.168.1.17', dst_ip: '192.168.1.105' }]);
});

test.skipIf(isMissing)(`the Python rule names it, too${missing}`, () => {
  expect(new Set(titlesOf('Python.PortScan'))).toEqual(new Set(['Port scan 192.168.1.17 -> 192.168.1.105']));
});
