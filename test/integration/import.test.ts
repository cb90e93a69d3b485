// `tocsin import` into a workspace: what it writes is what the program takes, and what it cannot take is told with its
// place. The queries it makes are run over a real store. Public repositories beside the checkout are read where they are.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { command } from '../../src/cli/import.ts';
import { runCaptured } from '../../src/cli/run-captured.suite.ts';
import { readWorkspace } from '../../src/content.ts';
import { parseCorrelation } from '../../src/detect/correlation/document.ts';
import { parseQueryDocument } from '../../src/detect/query/document.ts';
import { parseSigmaDocument } from '../../src/detect/sigma/document.ts';
import { createFields } from '../../src/import/elasticsearch/field.ts';
import { parseQuery } from '../../src/import/elasticsearch/query.ts';
import { sigmaDetection } from '../../src/import/elasticsearch/sigma-selection.ts';
import { querySql } from '../../src/import/elasticsearch/sql.ts';
import { openHistory, readSchema } from '../sigma-history.ts';

const near = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const data = near('../../../shared/data/tcpdump/syn.log');
const seed = near('../../../shared/seeds/5-portscan.txt');
const panther = near('../../../panther-analysis');
const sigma = near('../../../sigma/rules/linux/auditd');
const where = (path: string): string => (existsSync(path) ? '' : ' (skipped: not beside the checkout)');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tocsin-import-'));
  await writeFile(join(root, 'tocsin.yml'), 'data: .tocsin\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

function tocsin(...words: readonly string[]) {
  const loadContent = async () => {
    const { schemas } = await readWorkspace(root);
    return { schemas, detections: [], problems: [] };
  };
  return runCaptured(['import', ...words, '--workspace', root], {
    cwd: root,
    commands: [command],
    program: { loadContent },
  });
}

async function put(name: string, content: unknown): Promise<string> {
  const path = join(root, 'in', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, undefined, 1));
  return path;
}

/** The documents of a file that was written. */
const written = async (path: string) => {
  const text = await readFile(join(root, path), 'utf8');
  return text.split(/^---\n/m).map((each) => parse(each) as Readonly<Record<string, unknown>>);
};

const sqlOf = async (path: string): Promise<string> => String((await written(path))[0]?.['query']);

/** What the program itself says of a file that was written. */
async function problemsOf(path: string): Promise<readonly string[]> {
  const text = await readFile(join(root, path), 'utf8');
  if (path.startsWith('queries/')) return parseQueryDocument(text, path).problems.map(({ message }) => message);
  const { problems, correlations } = parseSigmaDocument(text, path);
  const more = correlations.flatMap((document) => parseCorrelation(document, path).problems);
  return [...problems, ...more].map(({ message }) => message);
}

const loop = (test_: string): string =>
  `for (int i = 0; i < ctx.payload.aggregations.by_src_ip.buckets.size(); i++) {
     for (int j = 0; j < ctx.payload.aggregations.by_src_ip.buckets[i].by_target_ip.buckets.size(); j++) {
       if (ctx.payload.aggregations.by_src_ip.buckets[i].by_target_ip.buckets[j].unique_port_count.value > threshold) ${test_};};};`;

/** The seed's constructs, with everything that makes it no JSON. */
const scan = `{ // every ten seconds
  "trigger": { "schedule": { "interval": "10s" } },
  "input": { "search": { "request": { "search_type": "query_then_fetch", "indices": ["logstash-tcpdump-*"], "types": ["tcpdump"],
    "body": { "size": 0,
      "query": { "bool": { "must": [ { "range": { "@timestamp": { "gte": "now-30s" } } }, { "match": { "tags": "tcp_connection_started" } } ] } },
      "aggs": { "by_src_ip": { "terms": { "field": "src_ip" }, "aggs": { "by_target_ip": {
        "terms": { "field": "dst_ip", "order": { "unique_port_count": "desc" } },
        "aggs": { "unique_port_count": { "cardinality": { "field": "dst_port" } } } } } } } } } } },
  "condition": { "script": { "params": { "threshold": 50 }, "inline": """${loop('return true')} return false;""" } },
  "throttle_period": "30s",
  "actions": { "mail_soc": {
    "transform": { "script": { "params": { "threshold": 50 }, "inline": """def body='';
      ${loop(`{ def d = ctx.payload.aggregations.by_src_ip.buckets[i].by_target_ip.buckets[j];
        body = 'from ' + ctx.payload.aggregations.by_src_ip.buckets[i].key + ' to ' + d.key + ': ' + d.unique_port_count.value; return [ body : body ]; }`)}""" } },
    "email": { "profile": "standard", "attach_data": true, "to": ["soc@example.org"], "subject": "Port scan", "body": "{{ctx.payload.body}}" } } } }`;

const expectedScan = {
  title: 'scan',
  schedule: { every: '10s' },
  alert: {
    title: 'Port scan: from {{src_ip}} to {{dst_ip}}: {{unique_port_count}}',
    key: ['src_ip', 'dst_ip'],
    context: ['unique_port_count'],
  },
};

test("the seed's watch is taken whole: one alert for each pair", async () => {
  const ran = await tocsin('watcher', await put('scan.json', scan), '--index', 'logstash-tcpdump-*=Tcpdump.Tcp');
  expect(ran).toMatchObject({ code: 0, stdout: 'queries/scan.yml\nqueries/scan.original.json\n' });
  const [document] = await written('queries/scan.yml');
  expect(document).toMatchObject({
    title: expectedScan.title,
    siem: {
      schedule: expectedScan.schedule,
      alert: expectedScan.alert,
      suppress: { for: '30s' },
      destinations: ['mail_soc'],
    },
  });
  expect(document?.['siem']).not.toHaveProperty('enabled');
  expect(await problemsOf('queries/scan.yml')).toEqual([]);
  expect(await readFile(join(root, 'queries/scan.original.json'), 'utf8')).toBe(scan);
  expect(ran.stderr).toContain('needs a destination `mail_soc` in tocsin.yml: type email, to soc@example.org');
});

test.skipIf(!existsSync(data) || !existsSync(seed))(
  `the seed's own text finds the scan of the sample data and nothing else${where(data)}`,
  async () => {
    const line = readFileSync(seed, 'utf8')
      .split('\n')
      .find((each) => each.includes('PUT _watcher/watch/port_scan_watch'));
    const text = /PUT _watcher\/watch\/.*/.exec(line ?? '')?.[0] ?? '';
    const { code } = await tocsin('watcher', await put('seed.json', text));
    expect(code).toBe(0);
    const sql = await sqlOf('queries/port-scan-watch.yml');
    const schema = readSchema(readFileSync(near('../../content/schemas/tcpdump/tcp.yml'), 'utf8'));
    await using history = await openHistory(schema, readFileSync(data, 'utf8').split('\n'));
    const { rows: span } = await history.store.query(
      'SELECT toUnixTimestamp(min(p_event_time)) AS first, toUnixTimestamp(max(p_event_time)) AS last FROM tcpdump_tcp',
    );
    const [first, last] = [Number(span[0]?.['first']), Number(span[0]?.['last'])];
    const pairs = new Map<string, number>();
    // The data came in long after it happened.
    const asThen = sql.replaceAll('p_parse_time', 'p_event_time');
    for (let to = first; to < last + 40; to += 10) {
      const at = new Date(to * 1000).toISOString().replace('T', ' ').replace('Z', '');
      const { rows } = await history.store.query(asThen, { to: at });
      for (const row of rows) {
        const pair = `${String(row['src_ip'])} ${String(row['dst_ip'])}`;
        pairs.set(pair, Math.max(pairs.get(pair) ?? 0, Number(row['unique_port_count'])));
      }
    }
    expect([...pairs.keys()]).toEqual(['192.168.1.17 192.168.1.105']);
    expect(pairs.get('192.168.1.17 192.168.1.105')).toBeGreaterThanOrEqual(500);
  },
);

const watch = (more: Readonly<Record<string, unknown>>, aggs?: unknown) => ({
  trigger: { schedule: { interval: '1m' } },
  input: {
    search: { request: { indices: ['web'], body: { query: { range: { '@timestamp': { gte: 'now-5m' } } }, aggs } } },
  },
  actions: {},
  ...more,
});
const hosts = { hosts: { terms: { field: 'host' }, aggs: { load: { max: { field: 'cpu' } } } } };

test.each<[string, unknown, unknown, string]>([
  ['compare of hits', { compare: { 'ctx.payload.hits.total': { gt: 5 } } }, undefined, '`events` > 5'],
  [
    'array_compare',
    { array_compare: { 'ctx.payload.aggregations.hosts.buckets': { path: 'doc_count', gte: { value: 25 } } } },
    hosts,
    '`events` >= 25',
  ],
  [
    'anyMatch',
    { script: 'return ctx.payload.aggregations.hosts.buckets.stream().anyMatch(h -> h.load.value > 0.9)' },
    hosts,
    '`load` > 0.9',
  ],
  [
    'for each',
    {
      script:
        'for (def h : ctx.payload.aggregations.hosts.buckets) { if (h.load.value > 0.9 && h.doc_count > 3) { return true; } } return false',
    },
    hosts,
    '(`load` > 0.9) AND (`events` > 3)',
  ],
  [
    'a guard',
    {
      script:
        'def b = ctx.payload.aggregations.hosts.buckets; if (b.size() == 0) return false; return b.stream().anyMatch(h -> h.load.value > 1);',
    },
    hosts,
    '`load` > 1',
  ],
  [
    'a stored threshold',
    { script: { source: 'ctx.payload.hits.total >= params.least * 2', params: { least: 4 } } },
    undefined,
    '`events` >= 8',
  ],
])('a condition becomes HAVING: %s', async (_, condition, aggs, having) => {
  await tocsin('watcher', await put('w.json', watch({ condition }, aggs)));
  expect(/HAVING (.*)/.exec(await sqlOf('queries/w.yml'))?.[1]).toBe(having);
  expect(await problemsOf('queries/w.yml')).toEqual([]);
});

test.each<[string, unknown, string]>([
  [
    'a loop that counts',
    { script: 'int n = 0; for (def h : ctx.payload.aggregations.hosts.buckets) { n += 1 } return n > 3' },
    '`n` is changed in a loop',
  ],
  [
    'the opposite of some',
    { script: 'return !ctx.payload.aggregations.hosts.buckets.stream().anyMatch(h -> h.doc_count > 1)' },
    'the opposite of what holds of some bucket is not taken',
  ],
  ['while', { script: 'while (true) { return 1 }' }, '`while` is not taken'],
  ["Groovy's texts", { script: 'return "${x}" == "1"' }, 'a text with ${} in it is not taken'],
  ['no method that is known', { script: 'return ctx.payload.constructor.getClass()' }, '`getClass()` is not taken'],
  ['a script that is not there', { script: { id: 'mine' } }, 'the stored script `mine` is not there'],
  ['another kind', { sometimes: {} }, 'a condition `sometimes` is not taken'],
])('a condition that is not taken is told, and the query is switched off: %s', async (_, condition, message) => {
  const { code, stderr } = await tocsin('watcher', await put('w.json', watch({ condition }, hosts)));
  expect(code).toBe(1);
  expect(stderr).toMatch(/not taken: \S*w\.json:\d+:\d+: /);
  expect(stderr).toContain(message);
  const [document] = await written('queries/w.yml');
  expect(document).toMatchObject({
    siem: { enabled: false },
    import: { format: 'watcher', condition: expect.anything() },
  });
});

test.each<[string, Readonly<Record<string, unknown>>, string]>([
  ['chain', { input: { chain: { inputs: [{ a: { simple: {} } }] } } }, '`a`: a chain of inputs is not taken'],
  ['http', { input: { http: { request: {} } } }, 'an input `http` is not taken'],
  ['pagerduty', { actions: { p: { pagerduty: {} } } }, 'an action `pagerduty` is not taken: nobody is told by it'],
  ['a key', { surprise: 1 }, 'surprise: is no part of a watch that is known'],
])('what is not taken has its place: %s', async (_, more, message) => {
  const { code, stderr } = await tocsin('watcher', await put('w.json', watch(more)));
  expect([code, stderr.includes(message)]).toEqual([1, true]);
});

test.each([
  ['a part of the watch', '"surprise": 1,', false],
  ['an alerter alone', '', true],
])('what is not taken switches the query off where it decides what is found: %s', async (_, more, isOn) => {
  const text = scan.replace('"throttle_period"', `${more} "throttle_period"`);
  const other = isOn ? text.replace('"actions": {', '"actions": { "page": { "pagerduty": {} },') : text;
  expect((await tocsin('watcher', await put('scan.json', other))).code).toBe(1);
  const siem = (await written('queries/scan.yml'))[0]?.['siem'];
  expect(Object.hasOwn(siem as object, 'enabled')).toBe(!isOn);
});

test('what would be overwritten is told, and --force overwrites it', async () => {
  const path = await put('scan.json', scan);
  await tocsin('watcher', path);
  const again = await tocsin('watcher', path);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toContain('not taken: queries/scan.yml: is there already; --force overwrites it');
  expect((await tocsin('watcher', path, '--force')).code).toBe(0);
});

test('--json has files and problems', async () => {
  const { stdout } = await tocsin('watcher', await put('w.json', watch({ surprise: 1 })), '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    files: ['queries/w.yml', 'queries/w.original.json'],
    refused: [{ line: expect.any(Number), message: expect.stringContaining('surprise') }],
  });
});

const alert = (type: string, more: string): string =>
  `name: Rule of ${type}\ntype: ${type}\nindex: logstash-tcpdump-*\nfilter: [{term: {action: tcp_connection_started}}]\nquery_key: [src_ip, dst_ip]\nrealert: {minutes: 5}\nexponential_realert: {hours: 1}\nalert: [email]\n${more}`;
const bounds = 'metric_agg_key: length\nmetric_agg_type: avg\n';

test.each<[string, string, string, unknown]>([
  ['any', '', 'rules', { detection: { s1: { 'action|cased': 'tcp_connection_started' }, condition: 's1' } }],
  [
    'blacklist',
    'compare_key: tcp_flags\nblacklist: [S, "S*"]\n',
    'rules',
    { detection: { listed: { 'tcp_flags|cased': ['S', String.raw`S\*`] }, condition: '(s1) and (listed)' } },
  ],
  [
    'whitelist',
    'compare_key: tcp_flags\nwhitelist: [S]\nignore_null: true\n',
    'rules',
    { detection: { condition: '(s1) and (present and not listed)' } },
  ],
  [
    'frequency',
    'num_events: 9\ntimeframe: {minutes: 1}\n',
    'correlations',
    { correlation: { type: 'event_count', timespan: '1m', condition: { gte: 9 } } },
  ],
  [
    'cardinality',
    'cardinality_field: dst_port\nmax_cardinality: 50\ntimeframe: {seconds: 30}\n',
    'correlations',
    {
      correlation: {
        type: 'value_count',
        'group-by': ['src_ip', 'dst_ip'],
        timespan: '30s',
        condition: { field: 'dst_port', gt: 50 },
      },
    },
  ],
  [
    'flatline',
    'threshold: 2\ntimeframe: {hours: 1}\n',
    'correlations',
    { correlation: { type: 'absence', condition: { min_count: 2 } } },
  ],
  [
    'spike',
    'spike_height: 3\nspike_type: up\nthreshold_cur: 5\ntimeframe: {hours: 2}\n',
    'correlations',
    { correlation: { type: 'ratio', condition: { reference: '2h', factor: 3, direction: 'up', min_current: 5 } } },
  ],
  [
    'new_term',
    'fields: [[src_ip, dst_port]]\nterms_window_size: {days: 3}\n',
    'correlations',
    { correlation: { type: 'new_value', condition: { field: ['src_ip', 'dst_port'], history: '259200s' } } },
  ],
  ['change', 'compare_key: tcp_flags\nignore_null: true\ntimeframe: {days: 1}\n', 'queries', {}],
  ['metric_aggregation', `${bounds}max_threshold: 10\n`, 'queries', {}],
  ['spike_aggregation', `${bounds}spike_height: 2\nspike_type: both\ntimeframe: {hours: 1}\n`, 'queries', {}],
  ['percentage_match', 'match_bucket_filter: [{terms: {dst_port: [80, 443]}}]\nmin_percentage: 95\n', 'queries', {}],
])('ElastAlert: %s', async (type, more, folder, expected) => {
  const ran = await tocsin('elastalert', await put('rule.yaml', alert(type, more)));
  const path = `${folder}/rule-of-${type.replace('_', '-')}.yml`;
  expect(ran).toMatchObject({ code: 0, stdout: `${path}\n${path.replace('.yml', '.original.txt')}\n` });
  const [document] = await written(path);
  const siem = {
    suppress: { for: '5m', backoff_max: '1h' },
    alert: { key: ['src_ip', 'dst_ip'] },
    destinations: ['email'],
  };
  expect(document).toMatchObject({ ...(expected as object), level: 'medium', siem });
  expect(document?.['siem']).not.toHaveProperty('enabled');
  expect(Object.hasOwn(Object(document?.['siem']), 'on_fire')).toBe(type === 'frequency');
  expect(await problemsOf(path)).toEqual([]);
});

const time = (second: number): string => `2026-01-05 09:00:${String(second).padStart(2, '0')}.000000`;
const packet = (second: number, flags: string, port: number, length: number): string =>
  `${time(second)} IP 10.0.0.1.40000 > 10.0.0.2.${port}: Flags [${flags}], seq 1, length ${length}`;

test("ElastAlert's queries find what they are for", async () => {
  const schema = readSchema(readFileSync(near('../../content/schemas/tcpdump/tcp.yml'), 'utf8'));
  const lines = [packet(1, 'S', 80, 10), packet(2, 'S', 80, 10), packet(31, 'S.', 22, 100), packet(32, 'S.', 22, 100)];
  await using history = await openHistory(schema, lines);
  const ask = async (type: string, more: string) => {
    const rule = alert(type, more).replace(/filter: .*\n/, 'filter: []\n');
    await tocsin('elastalert', await put('rule.yaml', rule), '--force');
    const sql = await sqlOf(`queries/rule-of-${type.replace('_', '-')}.yml`);
    const asThen = sql.replaceAll('p_parse_time', 'p_event_time');
    const { rows } = await history.store.query(asThen, { from: time(0), to: time(50) });
    return rows;
  };
  const pair = { src_ip: '10.0.0.1', dst_ip: '10.0.0.2' };
  const short = 'timeframe: {seconds: 25}\n';
  expect(await ask('change', 'compare_key: tcp_flags\n')).toMatchObject([{ ...pair, old_value: 'S', new_value: 'S.' }]);
  expect(await ask('metric_aggregation', `${bounds}max_threshold: 50\n`)).toMatchObject([{ metric_length_avg: 55 }]);
  expect(await ask('metric_aggregation', `${bounds}max_threshold: 60\n`)).toEqual([]);
  expect(await ask('spike_aggregation', `${bounds}spike_height: 3\nspike_type: up\n${short}`)).toMatchObject([
    { current: 100, reference: 10 },
  ]);
  expect(await ask('spike_aggregation', `${bounds}spike_height: 3\nspike_type: down\n${short}`)).toEqual([]);
  expect(await ask('spike_aggregation', `${bounds}spike_height: 11\nspike_type: up\n${short}`)).toEqual([]);
  expect(
    await ask('percentage_match', 'match_bucket_filter: [{term: {dst_port: 80}}]\nmax_percentage: 40\n'),
  ).toMatchObject([{ percentage: 50 }]);
});

test('a filter finds the same events as SQL and as a Sigma rule', async () => {
  const schema = readSchema(`
schema: Test.Log
fields:
  - {name: user, type: string}
  - {name: port, type: int}
  - {name: tags, type: array, element: {type: string}}
  - {name: message, type: string}
`);
  const events = [
    { user: 'ada', port: 22, message: 'Failed password for ada' },
    { user: 'Ada', port: 80, tags: ['auth', 'x*y'] },
    { user: 'a*b', tags: ['AUTH'], message: 'failing' },
    { user: 'C:\\\\x', port: 8080, message: 'a failed-login, again' },
    { user: '', message: '' },
    {},
  ];
  await using history = await openHistory(
    schema,
    events.map((event) => JSON.stringify(event)),
  );
  const filters: unknown[] = [
    { term: { user: 'ada' } },
    { term: { user: { value: 'ADA', case_insensitive: true } } },
    { term: { user: 'a*b' } },
    { term: { user: 'C:\\\\x' } },
    { terms: { tags: ['auth', 'other'] } },
    { term: { tags: 'x*y' } },
    { terms: { port: [22, 8080] } },
    { match: { message: 'failed' } },
    { match: { message: { query: 'failed login', operator: 'and' } } },
    { match_phrase: { message: 'failed login' } },
    { range: { port: { gt: 22, lte: 8080 } } },
    { exists: { field: 'port' } },
    { wildcard: { user: 'a*' } },
    { wildcard: { message: '*fail*' } },
    { regexp: { user: '[ab].+' } },
    { bool: { must_not: [{ term: { user: 'ada' } }, { exists: { field: 'tags' } }] } },
    {
      bool: {
        should: [{ term: { port: 22 } }, { bool: { filter: [{ term: { port: 80 } }, { term: { user: 'Ada' } }] } }],
      },
    },
    ...[
      'user:ada OR port:80',
      'NOT user:ada AND _exists_:port',
      'port:[22 TO 80}',
      'message:(failed AND again)',
      'user:/a.a/',
    ].map((query) => ({ query_string: { query } })),
  ];
  const fields = createFields(history.table);
  for (const filter of filters) {
    const query = parseQuery(filter, []);
    const { rows } = await history.store.query(
      `SELECT p_row_id FROM ${history.table.name} WHERE ${querySql(query, fields, [])} ORDER BY p_row_id`,
    );
    const detection = sigmaDetection(query, () => false, []);
    const { rules, problems } = parseSigmaDocument(
      stringify({ title: 'T', id: 't', logsource: { service: 'Test.Log' }, detection }),
      't.yml',
    );
    expect([filter, problems]).toEqual([filter, []]);
    const [streamed] = history.streamed(rules.map(({ condition }) => condition));
    expect([filter, rows.map((row) => row['p_row_id'])]).toEqual([filter, streamed]);
  }
});

test.each<[string, string, string]>([
  ['a type in Python', 'type: mine.Rule\nname: x\n', 'type: a type of your own in Python is not taken'],
  ['eql', 'type: any\nname: x\nfilter: [{eql: "process where true"}]\n', 'a filter in eql is not taken'],
  [
    'a field',
    'type: any\nname: x\nindex: tcpdump\nfilter: [{term: {srcip: x}}]\n',
    'the log type Tcpdump.Tcp has no field `srcip`',
  ],
  ['an alerter', 'type: any\nname: x\nalert: [twilio]\n', 'the alerter `twilio` has no counterpart'],
  [
    'a list in a file',
    'type: blacklist\nname: x\ncompare_key: a\nblacklist: ["!file /etc/passwd"]\n',
    'a list in a file is not taken',
  ],
  ['a key', 'type: any\nname: x\nsurprise: 1\n', 'surprise: is not known and is left out'],
])('ElastAlert: what is not taken is told: %s', async (_, text, message) => {
  const { code, stderr } = await tocsin('elastalert', await put('rule.yaml', text));
  expect([code, stderr.includes(message) ? message : stderr]).toEqual([1, message]);
});

test('Sigma is copied as it is, correlations apart, and pipelines are listed', async () => {
  const rule = 'title: A\nid: a-1\nlogsource: {product: linux}\ndetection: {s: {a: b}, condition: s}\n';
  await put('sigma/deep/a.yml', rule);
  await put(
    'sigma/c.yml',
    'title: C\nid: c-1\ncorrelation: {type: event_count, rules: [a-1], timespan: 1m, condition: {gte: 2}}\n',
  );
  await put('sigma/b.yml', 'title: B\nlogsource: {product: linux}\ndetection: {s: {"a|nope": b}, condition: s}\n');
  await put(
    'sigma/p.yml',
    'name: P\ntransformations:\n  - type: field_name_mapping\n    mapping: {Image: process.executable}\n',
  );
  const { code, stdout, stderr } = await tocsin('sigma', join(root, 'in/sigma'));
  expect([code, stdout]).toEqual([1, 'rules/b.yml\ncorrelations/c.yml\nrules/deep/a.yml\n']);
  expect(stderr).toMatch(/not taken: .*b\.yml:3:.*nope/);
  expect(stderr).toContain('Image is process.executable');
  expect(await readFile(join(root, 'rules/deep/a.yml'), 'utf8')).toBe(rule);
});

test("Panther's files go where a workspace has them, with the code that they name", async () => {
  await put(
    'pa/rules/x/r.yml',
    'AnalysisType: rule\nRuleID: R\nFilename: r.py\nEnabled: true\nLogTypes: [A.B]\nSeverity: Low\n',
  );
  await put('pa/rules/x/r.py', 'def rule(event):\n    return True\n');
  await put('pa/global_helpers/g.yml', 'AnalysisType: global\nGlobalID: my_helpers\nFilename: g.py\n');
  await put('pa/global_helpers/g.py', 'x = 1\n');
  await put('pa/policies/p.yml', 'AnalysisType: policy\nPolicyID: P\n');
  await put('pa/packs/k.yml', 'AnalysisType: pack\nPackID: K\n');
  await put(
    'pa/rules/y/lost.yml',
    'AnalysisType: rule\nRuleID: L\nFilename: ../../../etc/passwd\nEnabled: true\nLogTypes: [A.B]\nSeverity: Low\n',
  );
  const { code, stdout, stderr } = await tocsin('panther', join(root, 'in/pa'));
  expect([code, stdout.split('\n')]).toEqual([
    1,
    ['helpers/my_helpers.py', 'rules/x/r.yml', 'rules/x/r.py', 'rules/y/lost.yml', ''],
  ]);
  expect(stderr).toContain('`policy` is not taken');
  expect(stderr).toContain('a pack is left out');
  expect(stderr).toContain('there is no file ../../../etc/passwd beside it');
});

test.skipIf(!existsSync(panther))(
  `all of panther-analysis goes in${where(panther)}`,
  async () => {
    const { stdout } = await tocsin('panther', panther, '--json');
    const { files, refused }: { files: string[]; refused: { message: string }[] } = JSON.parse(stdout);
    const byFolder = Map.groupBy(files, (path) => path.split('/')[0]);
    expect(byFolder.get('rules')?.length).toBeGreaterThan(1500);
    expect(byFolder.get('helpers')?.length).toBeGreaterThan(20);
    expect(byFolder.get('correlations')?.length).toBeGreaterThan(20);
    expect(byFolder.get('queries')?.length).toBeGreaterThan(20);
    expect(files.length).toBeGreaterThan(refused.length * 10);
  },
  60_000,
);

test.skipIf(!existsSync(sigma))(`a folder of SigmaHQ goes in whole${where(sigma)}`, async () => {
  const { code, stdout } = await tocsin('sigma', sigma);
  expect([code, stdout.trim().split('\n').length]).toEqual([
    0,
    readdirSync(sigma, { recursive: true }).filter((name) => String(name).endsWith('.yml')).length,
  ]);
});

const random = await mkdtemp(join(tmpdir(), 'tocsin-import-bad-'));
afterAll(() => rm(random, { recursive: true, force: true }));

test('whatever is in a file, it is told and nothing throws', async () => {
  const texts = [
    '',
    'null',
    '[]',
    '{}',
    '"x"',
    '{"trigger": 1, "input": [], "condition": "x", "actions": 7}',
    JSON.stringify(watch({ condition: { script: { source: '(('.repeat(5000) } } })),
    JSON.stringify(watch({ condition: { script: `return ${'a.'.repeat(5000)}b` } })),
    JSON.stringify(watch({ condition: { script: `def a = 'x'; ${'a = a + a;'.repeat(60)} return a == 'x'` } })),
    JSON.stringify(
      watch({ condition: { script: `def a = ctx.payload.hits.total; ${'a = a * a;'.repeat(60)} return a > 1` } }),
    ),
    JSON.stringify(
      watch({
        transform: { script: 'return [l: [1, 2]]' },
        actions: { a: { logging: { text: '{{#ctx.payload.l}}'.repeat(60) + 'x' + '{{/ctx.payload.l}}'.repeat(60) } } },
      }),
    ),
    JSON.stringify(watch({}, { constructor: { terms: { field: '__proto__' } } })),
    JSON.stringify(watch({ actions: { a: { logging: { text: '{{#a}}{{#b}}{{/a}}' } } } })),
    JSON.stringify(watch({ actions: { a: { email: { to: 1, subject: '{{ctx.payload.constructor.prototype}}' } } } })),
  ];
  for (const [i, text] of texts.entries()) {
    for (const format of ['watcher', 'elastalert', 'sigma', 'panther']) {
      const path = join(random, `${i}.${format === 'watcher' ? 'json' : 'yml'}`);
      await writeFile(path, text);
      const { code, stderr } = await tocsin(format, path, '--force');
      expect([format, i, code <= 1 ? '' : stderr]).toEqual([format, i, '']);
    }
  }
});
