// `tocsin test --enrich`: tests of rules that say what lookup tables know, and those that ask the workspace's tables.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeWorkspace, startTimeoutMs, type Workspace } from '../program.ts';

interface TestAnswer {
  readonly name: string;
  readonly passed: boolean;
  readonly enrichment?: object;
}
interface Answer {
  readonly failed: number;
  readonly reports: readonly { readonly rule?: string; readonly tests?: readonly TestAnswer[] }[];
}

const pythonTests = `Tests:
  - Name: listed # since May
    ExpectedResult: true
    ExpectedTitle: exit of berlin
    Log:
      id_orig_h: 192.0.2.1
      p_event_time: '2023-06-01 10:00:00.000'

  - Name: not yet listed
    ExpectedResult: false
    Log: {id_orig_h: 192.0.2.1, p_event_time: '2023-05-01 10:00:00.000'}
  - Name: canned
    ExpectedResult: true
    ExpectedTitle: exit of mars
    Log:
      {
        "id_orig_h": "198.51.100.7",
        "p_enrichment": {"exits": {"id_orig_h": {"ip": "198.51.100.7", "p_match": "198.51.100.7"}}},
        "_mocked_lookup_data_": {"places": {"198.51.100.7": {"name": "mars"}}}
      }
`;

/** Not as --update would write it. */
const plainEvents = '[{ "a": "1", "p_log_type": "Custom.Plain", "p_event_time": "2026-07-01 00:00:00.000" }]';
const plainPassed = '[PASS] Custom.Plain: schemas/samples/plain.log, 1 line';

let workspace: Workspace;
beforeAll(async () => {
  workspace = await makeWorkspace({
    'tocsin.yml': 'name: enrich\npacks: [tor, honeypot]\n',
    'lookups/exits.yml': `AnalysisType: lookup_table
LookupName: exits
Enabled: true
Filename: exits.csv
Validity: {From: first_seen}
LogTypeMap:
  PrimaryKey: ip
  AssociatedLogTypes:
    - {LogType: Zeek.Conn, Selectors: [id_orig_h]}
`,
    'lookups/exits.csv': 'ip,first_seen\n192.0.2.1,2023-05-08\n',
    'lookups/places.yml': `AnalysisType: lookup_table
LookupName: places
Enabled: true
Filename: places.csv
KeyMatch: cidr
LogTypeMap: {PrimaryKey: net}
`,
    'lookups/places.csv': 'net,name\n192.0.2.0/24,berlin\n',
    'schemas/plain.yml': 'schema: Custom.Plain\nfields:\n  - {name: a, type: string}\n',
    'schemas/samples/plain.log': '{"a":"1"}\n',
    'schemas/samples/plain.events.json': plainEvents,
    'rules/from_exit.py': `def rule(event):
    return event.deep_get('p_enrichment', 'exits', 'id_orig_h') is not None

def title(event):
    return f"exit of {event.lookup('places', event.get('id_orig_h')).get('name')}"
`,
    'rules/from_exit.yml': `# Connections from exits.
AnalysisType: rule
RuleID: Test.FromExit
Filename: from_exit.py
Enabled: true
LogTypes:   [Zeek.Conn]
Severity: High
${pythonTests}`,
    'rules/from_berlin.ts': `import { enrichmentRows, rule } from 'tocsin';
export default rule({
  id: 'Test.FromBerlin',
  logTypes: ['Zeek.Conn'],
  severity: 'Low',
  match: (event) => enrichmentRows(event, 'places', 'p_any_ip_addresses').length > 0,
  tests: [
    { name: 'by indicator', event: { id_resp_h: '192.0.2.9', id_resp_p: 22 }, match: true },
    { name: 'elsewhere', event: { id_resp_h: '198.51.100.7', id_resp_p: 'no port' }, match: false },
    { name: 'canned', event: { id_resp_h: '192.0.2.9', p_enrichment: {} }, match: false },
  ],
});
`,
  });
}, startTimeoutMs);
afterAll(() => workspace?.remove());

const documentText = (): Promise<string> => readFile(workspace.at('rules/from_exit.yml'), 'utf8');

test('without --enrich a test has what it says itself', { timeout: startTimeoutMs }, async () => {
  const { code, stdout } = await workspace.tocsin('test');
  expect(stdout.split('\n')).toEqual([
    plainPassed,
    '[FAIL] Test.FromBerlin: by indicator',
    '       expected a match, got no match',
    '[PASS] Test.FromBerlin: elsewhere',
    '[PASS] Test.FromBerlin: canned',
    '[FAIL] Test.FromExit: listed',
    '       expected a match, got no match',
    '[PASS] Test.FromExit: not yet listed',
    '[PASS] Test.FromExit: canned',
    '5 passed, 2 failed',
    '',
  ]);
  expect(code).toBe(1);
});

test('with --enrich the tables say what they know at the time of the event', { timeout: startTimeoutMs }, async () => {
  const before = await documentText();
  const { code, stdout, stderr } = await workspace.tocsin('test', '--enrich');
  expect(stderr.split('\n').toSorted()).toEqual([
    '',
    'lookups/honeypot.yml: nothing of honeypot was fetched yet',
    'lookups/tor_exit_nodes.yml: nothing of tor_exit_nodes was fetched yet',
  ]);
  expect(stdout.split('\n')).toEqual([
    plainPassed,
    '[PASS] Test.FromBerlin: by indicator',
    '       enriched from places',
    '[PASS] Test.FromBerlin: elsewhere',
    '       no lookup table has a row',
    '[PASS] Test.FromBerlin: canned',
    '[WARN] Test.FromBerlin: test "elsewhere": id_resp_p: expected int (-2147483648 to 2147483647), got "no port"',
    '[PASS] Test.FromExit: listed',
    '       enriched from exits, places',
    '[PASS] Test.FromExit: not yet listed',
    '       enriched from places',
    '[PASS] Test.FromExit: canned',
    '[PASS] Tocsin.Honeypot.Campaign: what the alert says',
    '8 passed, 0 failed, 1 warning',
    '',
  ]);
  expect(code).toBe(0);
  expect(await documentText()).toBe(before);
});

test('--enrich --update writes what they know into the YAML, once', { timeout: startTimeoutMs }, async () => {
  const before = await documentText();
  const { stdout } = await workspace.tocsin('test', '--enrich', '--update', 'rules/from_exit.yml');
  expect(stdout.split('\n')).toEqual([
    '[PASS] Test.FromExit: listed',
    '       enriched from exits, places, written',
    '[PASS] Test.FromExit: not yet listed',
    '       enriched from places, written',
    '[PASS] Test.FromExit: canned',
    '3 passed, 0 failed',
    '',
  ]);
  const written = await documentText();
  expect(withoutAdded(written)).toBe(before);
  const row = { net: '192.0.2.0/24', name: 'berlin', p_match: '192.0.2.1' };
  const { failed, reports } = await workspace.ask<Answer>('test', '--update', '--enrich');
  expect(failed).toBe(0);
  expect(reports.find(({ rule }) => rule === 'Test.FromExit')?.tests?.map(({ enrichment }) => enrichment)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(reports.find(({ rule }) => rule === 'Test.FromBerlin')?.tests?.[0]?.enrichment).toEqual({
    places: { p_any_ip_addresses: [{ ...row, p_match: '192.0.2.9' }] },
  });
  expect(await documentText()).toBe(written);
  expect(await readFile(workspace.at('schemas/samples/plain.events.json'), 'utf8')).toBe(plainEvents);
});

/** As it was before p_enrichment was added to the first two tests. */
function withoutAdded(text: string): string {
  return text
    .replace(/^ {6}p_enrichment:\n(?: {8}.*\n)+/m, '')
    .replace(/, p_enrichment: \{ places: \{ p_any_ip_addresses: \[ \{.*?\} \] \} \}/, '');
}
