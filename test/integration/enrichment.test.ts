// The article on enrichment: its rule and helper, unmodified, on Zeek connections and a list of Tor's exits that says
// since when each address is listed.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AlertAnswer, makeWorkspace, startTimeoutMs, type Workspace } from '../program.ts';

const article = new URL('../../../shared/seeds/3-enrichment.txt', import.meta.url);
const missing = existsSync(article) ? '' : ' (skipped: ../shared with the articles is missing)';
const exit = '3.86.140.74';

/** A connection by SSH, as the article's heuristic wants it. */
const connection = (uid: string, from: string, time: string): string =>
  JSON.stringify({
    ts: Date.parse(time) / 1000,
    uid,
    'id.orig_h': from,
    'id.orig_p': 51_544,
    'id.resp_h': '192.0.2.10',
    'id.resp_p': 22,
    proto: 'tcp',
    conn_state: 'S0',
    history: 'ScADCc',
  });
const lines = [
  connection('C1', exit, '2023-06-01T10:00:00Z'),
  connection('C2', exit, '2023-05-01T10:00:00Z'),
  connection('C3', '192.0.2.77', '2023-06-01T10:00:00Z'),
];

let workspace: Workspace;
beforeAll(async () => {
  if (missing !== '') return;
  const blocks = [...(await readFile(article, 'utf8')).matchAll(/```python\n([^`]*)```/g)].map(([, code = '']) => code);
  const helper = blocks.find((code) => code.startsWith('# zeek_helpers.py')) ?? '';
  const rule = blocks.find((code) => code.includes('p_tor_h.TorExitNodes') && code.includes('def title')) ?? '';
  workspace = await makeWorkspace({
    'tocsin.yml': 'name: enrichment\n',
    'helpers/zeek_helpers.py': helper,
    'rules/ssh_from_tor.py': rule,
    'rules/ssh_from_tor.yml': `AnalysisType: rule
RuleID: Zeek.SshFromTor
Filename: ssh_from_tor.py
Enabled: true
LogTypes: [Zeek.Conn]
Severity: High
`,
    'lookups/tor.yml': `AnalysisType: lookup_table
LookupName: tor_exit_nodes
Enabled: true
Filename: tor.csv
Validity: {From: first_seen, To: last_seen}
LogTypeMap:
  PrimaryKey: ip
  AssociatedLogTypes:
    - {LogType: Zeek.Conn, Selectors: [id_orig_h]}
`,
    'lookups/tor.csv': `ip,first_seen,last_seen\n${exit},2023-05-08 12:00:00,\n192.0.2.77,2023-01-01,2023-02-01\n`,
    'conn.log': `${lines.join('\n')}\n`,
  });
}, startTimeoutMs);
afterAll(() => workspace?.remove());

test.skipIf(missing !== '')(
  `the article's rule alerts on a listed exit, and not before it was listed${missing}`,
  async () => {
    await workspace.ask('ingest', '--schema', 'Zeek.Conn', 'conn.log');
    const alerts = await workspace.ask<AlertAnswer[]>('alerts', 'list');
    expect(alerts).toMatchObject([
      { title: `SSH Connection Established from TOR Exit Node (${exit})`, severity: 'HIGH', kind: 'RULE', count: 1 },
    ]);
    const rows = await workspace.ask<readonly object[]>(
      'query',
      'SELECT uid, p_enrichment FROM zeek_conn ORDER BY uid',
    );
    const row = { ip: exit, first_seen: '2023-05-08 12:00:00', last_seen: '', p_match: exit };
    expect(rows.map(({ p_enrichment: text }: { p_enrichment?: string }) => text && JSON.parse(text))).toEqual([
      { tor_exit_nodes: { id_orig_h: row } },
      '',
      '',
    ]);
  },
);

test.skipIf(missing !== '')(`explain says from when until when an address is listed${missing}`, async () => {
  const { code, stdout } = await workspace.tocsin('explain', '--schema', 'Zeek.Conn', 'conn.log');
  expect(code).toBe(0);
  expect(stdout.split('\n').filter((text) => /^ [+-] /.test(text))).toEqual([
    ` + tor_exit_nodes: id_orig_h ${exit} is listed from 2023-05-08 12:00:00.000`,
    ` - tor_exit_nodes: id_orig_h ${exit} is not listed at the event's time; it is listed from 2023-05-08 12:00:00.000`,
    " - tor_exit_nodes: id_orig_h 192.0.2.77 is not listed at the event's time; it is listed from " +
      '2023-01-01 00:00:00.000 until 2023-02-01 00:00:00.000',
  ]);
});

test(
  'a selector may be a path, and a rule may ask a table itself',
  async () => {
    const nested = await makeWorkspace({
      'tocsin.yml': 'name: nested\n',
      'schemas/login.yml': `schema: Custom.Login
fields:
  - {name: time, type: timestamp, timeFormats: [rfc3339], isEventTime: true, required: true}
  - name: client
    type: object
    required: true
    fields:
      - {name: ipAddress, type: string}
`,
      'lookups/known.yml': `AnalysisType: lookup_table
LookupName: known
Enabled: true
Filename: known.csv
LogTypeMap:
  PrimaryKey: ip
  AssociatedLogTypes:
    - {LogType: Custom.Login, Selectors: [$.client.ipAddress]}
`,
      'lookups/known.csv': 'ip,who\n192.0.2.1,Ann\n',
      'rules/ann.ts': `import { lookup, rule } from 'tocsin';
export default rule({
  id: 'Ann',
  logTypes: ['Custom.Login'],
  severity: 'Low',
  match: (event) => lookup(event, 'known', '192.0.2.1')?.['who'] === 'Ann' && lookup(event, 'known', 'x') === undefined,
});
`,
      'login.log': '{"time":"2026-05-01T12:00:00Z","client":{"ipAddress":"192.0.2.1"}}\n',
    });
    await nested.ask('ingest', '--schema', 'Custom.Login', 'login.log');
    const [row] = await nested.ask<readonly { p_enrichment: string }[]>(
      'query',
      'SELECT p_enrichment FROM custom_login',
    );
    const alerts = await nested.ask<AlertAnswer[]>('alerts', 'list');
    await nested.remove();
    expect(alerts.map(({ title }) => title)).toEqual(['Ann']);
    expect(JSON.parse(row?.p_enrichment ?? '{}')).toEqual({
      known: { 'client.ipAddress': { ip: '192.0.2.1', who: 'Ann', p_match: '192.0.2.1' } },
    });
  },
  startTimeoutMs,
);
