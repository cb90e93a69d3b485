import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { formatProblem } from '../../core/problem.ts';
import { parseQueryDocument } from './document.ts';
import { scheduledRuleShape } from './panther-shape.ts';
import { bind, isScheduled } from './query.ts';
import { testQuery } from './test-query.ts';
import { readDocumentText } from '../../core/document-text.ts';

const corpus = fileURLToPath(new URL('../../../../panther-analysis/', import.meta.url));
const missing = existsSync(corpus) ? '' : ' (skipped: ../panther-analysis is missing)';

function read(text: string) {
  const { query, problems, warnings } = parseQueryDocument(text, 'queries/q.yml');
  return { query, problems: problems.map(formatProblem), warnings: warnings.map(formatProblem) };
}

const portScan = `
title: Host port scan
id: Custom.PortScan
level: high
tags: [attack.discovery, attack.t1046]
references: https://example.org
query: |
  SELECT src_ip, dst_ip, uniqExact(dst_port) AS value FROM tcpdump_syn
  WHERE p_parse_time >= {from:DateTime64(6)} AND p_parse_time < {to:DateTime64(6)}
  GROUP BY src_ip, dst_ip HAVING value > {threshold:UInt32}
params: {threshold: 50}
siem:
  schedule: {every: 10s, lag: 1s}
  alert: {title: "Port scan {{src_ip}} -> {{dst_ip}}: {{value}} ports", key: [src_ip, dst_ip], context: [value], limit: 20}
  suppress: {for: 30s}
  resolve_after: 10m
  destinations: [soc]
tests:
  - name: a pair
    row: {src_ip: 10.0.0.5, dst_ip: 10.0.0.9, value: 60}
    title: "Port scan 10.0.0.5 -> 10.0.0.9: 60 ports"
    dedup: 10.0.0.5, 10.0.0.9
`;

test('our own form: rows are signals', async () => {
  const { query, problems, warnings } = read(portScan);
  expect([problems, warnings]).toEqual([[], []]);
  if (query === undefined || !isScheduled(query)) throw new Error('no scheduled query');
  expect(query).toMatchObject({
    name: 'Custom.PortScan',
    enabled: true,
    schedule: { everyMs: 10_000, lagMs: 1000, timeoutMs: 60_000, catchupMs: 10_000_000, timezone: 'UTC' },
    alertLimit: 20,
    signals: {
      detection: {
        id: 'Custom.PortScan',
        language: 'sql',
        displayName: 'Host port scan',
        severity: 'HIGH',
        dedupPeriodMinutes: 0.5,
        suppress: { forMs: 30_000, maxMs: 30_000 },
        resolveAfterMs: 600_000,
        destinations: ['soc'],
        reports: { 'MITRE ATT&CK': ['T1046'] },
      },
    },
  });
  expect((await query.signals?.say([{ src_ip: 'a', dst_ip: 'b', value: 51 }], 0))?.[0]).toEqual({
    title: 'Port scan a -> b: 51 ports',
    dedup: 'a, b',
    severity: 'HIGH',
    context: { value: 51 },
  });
  expect(await testQuery(query)).toEqual([{ name: 'a pair', passed: true, failures: [] }]);
  expect(bind(query, { from: 1_700_000_000_123, to: 1_700_000_010_000 })).toEqual({
    threshold: 50,
    from: '1700000000.123',
    to: '1700000010.000',
  });
});

test('a test that does not hold says why', async () => {
  const { query } = read(portScan.replace('60 ports"\n    dedup', '61 ports"\n    dedup'));
  expect(query && isScheduled(query) && (await testQuery(query))).toMatchObject([
    { passed: false, failures: [expect.stringContaining('expected "Port scan 10.0.0.5 -> 10.0.0.9: 61 ports"')] },
  ]);
});

const excepting = (exception: string): string =>
  portScan.replace('siem:', `siem:\n  exceptions: [{name: ours, ${exception}}]`);

test.each([
  ['when: {src_ip|cidr: 10.9.0.0/24}', { src_ip: '10.9.0.7' }, true],
  ['when: {src_ip|cidr: 10.9.0.0/24}', { src_ip: '10.8.0.7' }, false],
  ['when: {user: [SVC-*, bob]}', { user: 'svc-1' }, true],
  ['when: {who.name|startswith: adm, value|gte: 5}', { who: { name: 'Admin' }, value: 5 }, true],
  ['when: {who.name|startswith: adm, value|gte: 5}', { who: { name: 'Admin' }, value: 4 }, false],
  ['when: {ports: 22}', { ports: [80, 22] }, true],
  ['when: {nothing: null}', {}, true],
  ['when: {src_ip: a}, until: 2026-03-01', { src_ip: 'a' }, true],
  ['when: {src_ip: a}, until: 2026-02-28', { src_ip: 'a' }, false],
])('an exception %s and the row %j: %s', async (exception, row, isExcepted) => {
  const { query, problems } = read(excepting(exception));
  expect(problems).toEqual([]);
  const said = query && isScheduled(query) ? await query.signals?.say([row], Date.UTC(2026, 2, 1, 12)) : undefined;
  expect(said).toMatchObject([isExcepted ? { exception: 'ours' } : { severity: 'HIGH' }]);
});

test.each([
  ['DateTime', '1700000000'],
  ['DateTime64(3)', '1700000000.123'],
  ["DateTime64(6, 'UTC')", '1700000000.123'],
  ['UInt64', '1700000000123'],
])('a time of the type %s is bound as %s', (type, value) => {
  const { query } = read(`title: t\nid: t\nquery: "SELECT {from:${type}}"`);
  expect(query && bind(query, { from: 1_700_000_000_123, to: 0 })).toEqual({ from: value });
});

test('without a schedule it is a saved query', () => {
  const { query, problems, warnings } = read('title: By hand\nid: x\nquery: SELECT 1');
  expect([problems, warnings]).toEqual([[], []]);
  expect(query).toMatchObject({ name: 'By hand', sql: 'SELECT 1' });
  expect(query && isScheduled(query)).toBe(false);
});

test("Panther's scheduled query: its rows are for rules", () => {
  const { query, problems } = read(`
AnalysisType: scheduled_query
QueryName: Many deletes
Enabled: true
Description: d
Query: SELECT * FROM panther_logs.public.aws_cloudtrail WHERE p_occurs_since('1 hour')
Schedule: {RateMinutes: 60, TimeoutMinutes: 5}
`);
  expect(problems).toEqual([]);
  expect(query).toMatchObject({
    name: 'Many deletes',
    sql: 'SELECT * FROM aws_cloudtrail WHERE (p_event_time >= {to:DateTime64(6)} - INTERVAL 1 HOUR AND p_event_time < {to:DateTime64(6)})',
    schedule: { everyMs: 3_600_000, timeoutMs: 300_000, catchupMs: 86_400_000 },
  });
  expect(query && 'signals' in query).toBe(false);
});

const schedule = 'Schedule: {CronExpression: "0 0 * * *", TimeoutMinutes: 1}';
const panther = (query: string, times = schedule): string =>
  `AnalysisType: scheduled_query\nQueryName: q\nEnabled: true\nQuery: ${query}\n${times}\n`;
const own = (more: string, query = 'SELECT 1'): string => `title: t\nid: x\nquery: "${query}"\n${more}\n`;

test.each([
  ['AnalysisType: rule', ['queries/q.yml:1:15: AnalysisType: expected scheduled_query or saved_query']],
  [
    panther('SELECT 1', 'Schedule: {RateMinutes: 5, CronExpression: "0 0 * * *", TimeoutMinutes: 1}'),
    ['queries/q.yml:5:11: Schedule: expected either RateMinutes or CronExpression'],
  ],
  [
    panther('SELECT 1', 'Schedule: {}'),
    ['queries/q.yml:5:11: Schedule: expected either RateMinutes or CronExpression'],
  ],
  [
    panther('SELECT p_occurs_since(x)'),
    [
      "queries/q.yml:4:8: Query: line 1 of the SQL: p_occurs_since: expected a time such as '1 hour', '30 minutes', '5m' or 3600",
    ],
  ],
  [
    panther('SELECT {{ a }}').replace('SELECT {{ a }}', '"SELECT {{ a }}"'),
    ['queries/q.yml:4:8: Query: {{ }} and {% %}: templates are not supported; write the SQL out'],
  ],
  [`AnalysisType: saved_query\nQueryName: q\n`, ['queries/q.yml:1:1: Query: is missing; expected a text']],
  [own('siem: {schedule: {every: 1x}}'), [expect.stringContaining('expected a time such as 30s, 10m, 1h or 7d')]],
  [own('siem: {schedule: {cron: "* * *"}}'), [expect.stringMatching(/^queries\/q\.yml:4:18: siem\.schedule: /)]],
  [
    own('siem: {schedule: {every: 1m}, exceptions: [{name: a, when: {b|nonsense: c}}]}'),
    [expect.stringMatching(/^queries\/q\.yml:4:\d+: siem\.exceptions\[0\]\.when: .*nonsense/)],
  ],
  [
    own('', 'SELECT {a:String}'),
    ['queries/q.yml:3:8: query: {a:...}: there is no parameter of that name under params'],
  ],
  [
    own('', 'SELECT {to:DateTime}, {to:DateTime64(3)}'),
    ['queries/q.yml:3:8: query: {to:...}: expected one type, such as DateTime64(6), wherever it is used'],
  ],
  [own('params: {to: 5}'), [expect.stringContaining("params.to: is the run's own, and cannot be set")]],
  [own('quary: 5'), [expect.stringContaining('unknown key `quary`; did you mean `query`?')]],
  [own('level: urgent'), [expect.stringContaining('expected one of informational, low, medium, high, critical')]],
])('%j is refused', (text, messages) => {
  const { query, problems } = read(text);
  expect(problems).toEqual(messages);
  expect(query).toBeUndefined();
});

test.each([
  [
    panther('SELECT 1'),
    [
      'queries/q.yml:4:8: Query: no time bound: each run reads all that is stored; use {from:DateTime64(6)} and {to:DateTime64(6)} on p_parse_time',
    ],
  ],
  [panther('SELECT 1 WHERE p_event_time > now()'), []],
  [panther('SELECT 1 -- p_event_time'), [expect.stringContaining('no time bound')]],
  [
    `${panther("SELECT p_occurs_since('1 d')")}EmailConfig: {Recipients: []}`,
    ['queries/q.yml:6:1: EmailConfig: is not used; alerts go to destinations'],
  ],
  [own('params: {b: 1}'), ['queries/q.yml:4:9: params.b: is not used in the query']],
])('%j is told of', (text, messages) => {
  const { query, problems, warnings } = read(text);
  expect(problems).toEqual([]);
  expect(warnings).toEqual(messages);
  expect(query).toBeDefined();
});

function documents(folder: string, type: string): readonly { file: string; text: string }[] {
  if (missing !== '') return [];
  return readdirSync(`${corpus}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yml'))
    .map((file) => ({ file, text: readFileSync(`${corpus}${folder}/${file}`, 'utf8') }))
    .filter(({ text }) => new RegExp(`^AnalysisType: "?${type}`, 'm').test(text));
}

test.skipIf(missing !== '')(`Panther's public queries are read, but for templates${missing}`, () => {
  const all = documents('queries', '(?:scheduled|saved)_query');
  const refused = all.flatMap(({ file, text }) => {
    const { problems } = parseQueryDocument(text, file);
    const isTemplate = /\{[{%]/.test(text) && problems.length === 1 && problems[0]?.message.includes('templates');
    return isTemplate ? [] : problems.map(({ message }) => `${file}: ${message}`);
  });
  expect(all.length).toBeGreaterThan(80);
  expect(refused).toEqual([]);
});

test.skipIf(missing !== '')(`Panther's public rules on rows have a shape that is taken${missing}`, () => {
  const all = ['rules', 'queries'].flatMap((folder) => documents(folder, 'scheduled_rule'));
  expect(all.length).toBeGreaterThan(40);
  const refused = all.flatMap(({ file, text }) => {
    const checked = scheduledRuleShape.safeParse(readDocumentText(text, file).value);
    return checked.success ? [] : [`${file}: ${checked.error.message}`];
  });
  expect(refused).toEqual([]);
});
