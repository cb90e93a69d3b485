import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fastify from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { UserError } from '../core/problem.ts';
import { authorize } from './authorize.ts';
import { alertOf, createFakeApp, type FakeApp } from './fake-app.suite.ts';
import type { Server } from './route.ts';
import { createServer, startServer } from './server.ts';

const release: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of release.splice(0)) await close();
});

async function serverOn(app: FakeApp, host?: string): Promise<Server> {
  const server = await createServer(app, { port: 0, ...(host === undefined ? {} : { host }) });
  release.push(() => server.close());
  return server;
}

interface Call {
  readonly app?: FakeApp;
  readonly server?: Server;
  readonly scope?: string;
  readonly body?: object | string;
  readonly headers?: Record<string, string>;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE';
const methods: readonly Method[] = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'];

/** `GET /path` with a key of one scope; the answer's JSON. */
async function call(
  route: `${Method} ${string}`,
  { app = createFakeApp(), server, scope = 'admin', body, headers }: Call = {},
) {
  const [method, url = ''] = route.split(' ');
  const answer = await (server ?? (await serverOn(app))).inject({
    method: methods.find((known) => known === method) ?? 'GET',
    url,
    headers: { ...(scope === '' ? {} : { authorization: `Bearer tocsin_${scope}` }), ...headers },
    ...(body === undefined ? {} : { payload: body }),
  });
  const isJson = answer.body !== '' && /json/.test(answer.headers['content-type']?.toString() ?? '');
  const json = isJson ? answer.json<unknown>() : undefined;
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, json };
}

/** Status of an answer to a GET with these headers and no other key. */
async function statusWith(headers: Record<string, string>, url = '/api/v1/status', listen?: string): Promise<number> {
  const server = await serverOn(createFakeApp(), listen);
  return (await call(`GET ${url}`, { server, scope: '', headers })).status;
}

/** Status of an answer that has to be a problem with this detail. */
async function refused(route: `${Method} ${string}`, detail: RegExp, more: Call = {}): Promise<number> {
  const answer = await call(route, more);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.json).toEqual(problem(answer.status, detail));
  return answer.status;
}

const problem = (status: number, detail: RegExp) =>
  expect.objectContaining({
    type: 'about:blank',
    status,
    detail: expect.stringMatching(detail),
    requestId: expect.any(String),
  });

test('health and readiness need no key, everything else does', async () => {
  expect(await call('GET /healthz', { scope: '' })).toMatchObject({ status: 200, json: { status: 'ok' } });
  expect(await call('GET /readyz', { scope: '' })).toMatchObject({ status: 200 });
  const answer = await call('GET /api/v1/alerts', { scope: '' });
  expect(answer).toMatchObject({ status: 401, json: problem(401, /needs an API key/) });
  expect(answer.headers['www-authenticate']).toBe('Bearer realm="tocsin"');
});

test('readiness names the store that does not answer', async () => {
  const app = createFakeApp();
  app.next.query = new Error('gone');
  const answer = await call('GET /readyz', { app, scope: '' });
  expect(answer).toMatchObject({ status: 503, json: problem(503, /no answer from the event store$/) });
  expect(answer.text).not.toContain('gone');
});

test.each<[`${Method} ${string}`, string, number]>([
  ['GET /api/v1/alerts', 'read', 200],
  ['GET /api/v1/alerts', 'write', 200],
  ['GET /api/v1/alerts', 'ingest', 403],
  ['PATCH /api/v1/alerts/a1', 'read', 403],
  ['POST /api/v1/ingest/web', 'read', 403],
  ['POST /api/v1/ingest/web', 'write', 403],
  ['GET /api/v1/keys', 'write', 403],
  ['POST /api/v1/analyses', 'read', 403],
  ['GET /api/v1/analyzers', 'read', 200],
  ['GET /api/v1/keys', 'admin', 200],
  ['GET /metrics', 'ingest', 403],
  ['GET /metrics', 'read', 200],
  ['HEAD /api/v1/alerts', 'read', 200],
  ['HEAD /api/v1/alerts', 'wrong', 401],
])('%s with a key of scope %s: %i', async (route, scope, status) => {
  expect((await call(route, { scope })).status).toBe(status);
});

test('a key may come as X-API-Key, and as nothing else', async () => {
  expect(await statusWith({ 'x-api-key': 'tocsin_read' })).toBe(200);
  expect(await statusWith({ authorization: 'Basic tocsin_read' })).toBe(401);
  expect(await statusWith({ authorization: 'tocsin_read' })).toBe(401);
  expect(await statusWith({ cookie: 'key=tocsin_read' })).toBe(401);
  expect(await statusWith({ 'x-api-key': 'x'.repeat(5000) })).toBe(401);
});

test('a route that is not in the table of scopes stops the start', async () => {
  const server = await serverOn(createFakeApp(), '0.0.0.0');
  expect(server.hasRoute({ method: 'GET', url: '/api/v1/status' })).toBe(true);
  const other = fastify().withTypeProvider<ZodTypeProvider>();
  authorize(other, createFakeApp().keys);
  expect(() => other.get('/api/v1/secrets', async () => 'all of them')).toThrow(/GET \/api\/v1\/secrets has no entry/);
  await expect(other.ready()).rejects.toThrow(/no such route: GET \/healthz/);
});

test('after ten wrong keys an address waits, but a key that was right before still works', async () => {
  const server = await serverOn(createFakeApp());
  expect((await call('GET /api/v1/status', { server, scope: 'read' })).status).toBe(200);
  for (let n = 0; n < 10; n += 1)
    expect((await call('GET /api/v1/status', { server, scope: `no${n}` })).status).toBe(401);
  const answer = await call('GET /api/v1/status', { server, scope: 'admin' });
  expect(answer).toMatchObject({ status: 429, json: problem(429, /too many wrong keys from 127.0.0.1/) });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect((await call('GET /api/v1/status', { server, scope: 'read' })).status).toBe(200);
  expect((await call('GET /healthz', { server, scope: '' })).status).toBe(200);
});

test('on loopback a request under another name is refused (DNS rebinding)', async () => {
  expect(await statusWith({ host: 'evil.example' }, '/healthz')).toBe(421);
  expect(await statusWith({ host: '127.0.0.1.evil.example:7780' }, '/healthz')).toBe(421);
  expect(await statusWith({ host: 'localhost:7780' }, '/healthz')).toBe(200);
  expect(await statusWith({ host: '127.0.0.1:7780' }, '/healthz')).toBe(200);
  expect(await statusWith({ host: '[::1]:7780' }, '/healthz')).toBe(200);
  expect(await statusWith({ host: 'siem.example' }, '/healthz', '0.0.0.0')).toBe(200);
});

test('every answer carries a request id and headers that keep browsers from using it', async () => {
  for (const route of ['GET /healthz', 'GET /nothing', 'GET /api/v1/status'] as const) {
    const { headers } = await call(route, { scope: '', headers: { 'x-request-id': 'mine-1' } });
    expect(headers).toMatchObject({
      'x-request-id': 'mine-1',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  }
  const { headers } = await call('GET /healthz', { headers: { 'x-request-id': '<script>' } });
  expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('errors are problem+json with what was expected', async () => {
  expect(await refused('GET /api/v1/nothing?x=1', /^there is no GET \/api\/v1\/nothing$/)).toBe(404);
  expect(await refused('DELETE /api/v1/alerts', /there is no DELETE/)).toBe(404);
  expect(await refused('GET /api/v1/alerts/%zz', /not a valid url/)).toBe(400);
  expect(await refused('GET /api/v1/alerts?limit=201', /^query\.limit: .*<=200/)).toBe(400);
  expect(await refused('GET /api/v1/alerts?limit=', /^query\.limit: /)).toBe(400);
  expect(await refused('GET /api/v1/alerts?limt=20', /unknown key limt; expected one of status, severity/)).toBe(400);
  expect(
    await refused('GET /api/v1/alerts?status=open', /^query\.status\.0: .*expected one of "OPEN"\|"TRIAGED"/),
  ).toBe(400);
  expect(await refused('GET /api/v1/alerts?createdAfter=now', /^query\.createdAfter: expected a time as in 2026/)).toBe(
    400,
  );
  expect(await refused('GET /api/v1/alerts?cursor=zzz', /cursor: expected one that a page gave/)).toBe(400);
  const patch = 'PATCH /api/v1/alerts/a1';
  expect(await refused(patch, /expected status, assignee or both/, { body: {} })).toBe(400);
  expect(await refused(patch, /^body\.assignee: .*expected string/, { body: { assignee: 1 } })).toBe(400);
  const headers = { 'content-type': 'application/json' };
  expect(await refused(patch, /JSON/, { body: '{', headers })).toBe(400);
  expect(await refused(patch, /not valid JSON/, { body: '{"__proto__":{}}', headers })).toBe(400);
  expect(await refused(patch, /too large/, { body: { assignee: 'x'.repeat(2_000_000) } })).toBe(413);
  expect(
    await refused(patch, /Unsupported Media Type/, { body: '<a/>', headers: { 'content-type': 'text/xml' } }),
  ).toBe(415);
});

test('the fields of a wrong request are named one by one', async () => {
  const { json } = await call('POST /api/v1/keys', { body: { name: '', scopes: ['root'] } });
  expect(json).toMatchObject({
    errors: [{ field: 'body.name', message: expect.stringMatching(/>=1 char/) }, { field: 'body.scopes.0' }],
  });
});

test('an error of our own tells nothing but its request id', async () => {
  const app = createFakeApp();
  app.next.alerts = new Error('password=hunter2');
  const logged: string[] = [];
  const logger = pino({}, { write: (line: string) => void logged.push(line) });
  const server = await createServer(app, { port: 0, logger });
  release.push(() => server.close());
  const answer = await call('GET /api/v1/alerts', { server, headers: { 'x-request-id': 'req-7' } });
  expect(answer).toMatchObject({ status: 500, json: problem(500, /in Tocsin itself.* req-7$/) });
  expect(answer.text).not.toContain('hunter2');
  expect(logged.join('')).toContain('hunter2');
  expect(logged.join('')).not.toContain('tocsin_admin');
});

test('a store that cannot answer for now is 503, not 400', async () => {
  const app = createFakeApp();
  app.next.alerts = new UserError('the disk of .tocsin is full', { exitCode: 75 });
  const answer = await call('GET /api/v1/alerts', { app });
  expect(answer).toMatchObject({ status: 503, json: problem(503, /^the disk of .tocsin is full$/) });
  expect(answer.headers['retry-after']).toBe('2');
});

test('alerts are listed by filter, page by page', async () => {
  const app = createFakeApp([
    alertOf({ id: 'a1' }),
    alertOf({ id: 'a2', status: 'CLOSED' }),
    alertOf({ id: 'a3', severity: 'LOW', title: 'Scan' }),
    alertOf({ id: 'a4', created: Date.UTC(2026, 5, 1) }),
  ]);
  const server = await serverOn(app);
  const ids = async (query: string) => {
    const url = `/api/v1/alerts${query}`;
    const answer = await server.inject({ url, headers: { 'x-api-key': 'tocsin_read' } });
    return answer.json<{ items: { id: string }[] }>().items.map(({ id }) => id);
  };
  expect(await ids('')).toEqual(['a1', 'a2', 'a3', 'a4']);
  expect(await ids('?status=CLOSED')).toEqual(['a2']);
  expect(await ids('?status=OPEN,CLOSED&severity=HIGH&severity=MEDIUM')).toEqual(['a1', 'a2', 'a4']);
  expect(await ids('?q=Scan')).toEqual(['a3']);
  expect(await ids('?createdAfter=2026-03-01T00:00:00%2B02:00')).toEqual(['a4']);
  const page = (await call('GET /api/v1/alerts?limit=3', { server })).json;
  expect(page).toMatchObject({ next: '3' });
  expect((await call('GET /api/v1/alerts?limit=3&cursor=3', { server })).json).toMatchObject({
    items: [{ id: 'a4' }],
    next: null,
  });
});

test('an alert is shown, changed, and its events are listed', async () => {
  const server = await serverOn(createFakeApp());
  expect((await call('GET /api/v1/alerts/a1', { server })).json).toMatchObject({
    severity: 'HIGH',
    context: { user: 'root' },
    first: '2026-01-31T09:00:00.000Z',
    deliveries: [{ destination: 'mail', state: 'waiting', attempted: null }],
  });
  const changed = await call('PATCH /api/v1/alerts/a1', { server, body: { status: 'TRIAGED', assignee: 'ada' } });
  expect(changed).toMatchObject({
    status: 200,
    json: { status: 'TRIAGED', assignee: 'ada', title: 'Brute force from 192.0.2.7' },
  });
  expect((await call('GET /api/v1/alerts/a1/events?limit=5', { server })).json).toEqual({
    items: [{ p_row_id: 'r1', nested: { deep: [1, null] } }],
  });
  expect(await refused('GET /api/v1/alerts/no', /no alert no/, { server })).toBe(404);
  expect(await refused('GET /api/v1/alerts/no/events', /no alert no/, { server })).toBe(404);
  expect(await refused('PATCH /api/v1/alerts/no', /no alert no/, { server, body: { status: 'OPEN' } })).toBe(404);
});

test('an event time that is no time of this world does not hide the queue', async () => {
  const app = createFakeApp([alertOf({ first: -1e18, last: 1e18 })]);
  expect((await call('GET /api/v1/alerts', { app })).json).toMatchObject({
    items: [{ first: '0001-01-01T00:00:00.000Z', last: '9999-12-31T23:59:59.999Z' }],
  });
});

test('If-Match keeps two people from overwriting each other', async () => {
  const server = await serverOn(createFakeApp());
  const { etag } = (await call('GET /api/v1/alerts/a1', { server })).headers;
  const patch = (assignee: string) =>
    call('PATCH /api/v1/alerts/a1', { server, body: { assignee }, headers: { 'if-match': String(etag) } });
  expect((await patch('ada')).status).toBe(200);
  expect(await patch('bob')).toMatchObject({ status: 412, json: problem(412, /now OPEN, assigned to "ada"/) });
});

test('a query is passed on with its parameters and limits, and its rows come back untouched', async () => {
  const app = createFakeApp();
  const body = { sql: 'SELECT {n:UInt8} AS n', parameters: { n: 1, ports: [21, 22] }, limits: { maxRows: 5 } };
  const answer = await call('POST /api/v1/query', { app, body });
  expect(answer.json).toMatchObject({ columns: [{ name: 'n', type: 'UInt8' }], truncated: false, elapsedMs: 1 });
  expect(answer.text).toContain('"rows":[{"n":1,"__proto__":"x"}]');
  expect(app.queries).toEqual([[body.sql, body.parameters, { maxRows: 5 }]]);
  app.next.query = new UserError('Unknown identifier `x` (line 1)');
  expect(await call('POST /api/v1/query', { app, body: { sql: 'SELECT x' } })).toMatchObject({
    status: 400,
    json: problem(400, /^Unknown identifier `x` \(line 1\)$/),
  });
  expect((await call('POST /api/v1/query', { app, body: { sql: 'SELECT 1', limits: { maxRows: 1e9 } } })).status).toBe(
    400,
  );
});

const about = (value: string, more = {}) => ({ analyzer: 'rdap', observable: { kind: 'ip', value, ...more } });

test('an analyzer is asked about an observable; what it needs is listed, without keys', async () => {
  const server = await serverOn(createFakeApp());
  const analyses = 'POST /api/v1/analyses';
  const known = await call(analyses, { server, scope: 'write', body: about(' 8.8.8.8 ') });
  expect(known).toMatchObject({
    status: 200,
    json: {
      ...about('8.8.8.8'),
      state: 'hit',
      message: '',
      facts: { seen: 3 },
      asked: '2026-01-31T09:00:00.000Z',
      until: '2026-01-31T09:00:01.000Z',
    },
  });
  expect(known.text).toContain('"raw":{"seen":[null],"__proto__":"x"}');
  expect((await call(analyses, { server, body: about('10.0.0.1') })).json).toEqual({
    ...about('10.0.0.1'),
    state: 'skipped',
    message: 'it is private',
    facts: {},
    raw: null,
    asked: null,
    until: null,
  });
  expect(await refused(analyses, /analyzer/, { server, body: { ...about('x'), analyzer: 'toString' } })).toBe(400);
  expect(await refused(analyses, /kind/, { server, body: about('x', { kind: 'ipv4' }) })).toBe(400);
  expect(await refused(analyses, /value/, { server, body: about('x'.repeat(2001)) })).toBe(400);
  const { json, text } = await call('GET /api/v1/analyzers', { server, scope: 'read' });
  expect(json).toMatchObject({
    items: expect.arrayContaining([
      expect.objectContaining({ id: 'virustotal', title: 'VirusTotal', key: 'required', hasKey: true }),
      expect.objectContaining({ id: 'spur', key: 'required', hasKey: false }),
      expect.objectContaining({ id: 'isc', key: 'none', limits: [], kinds: ['ip'] }),
    ]),
  });
  expect(text).not.toContain('secret-key');
});

test('lookup tables tell their versions, and are refreshed on request', async () => {
  const server = await serverOn(createFakeApp());
  const time = '2026-01-31T09:00:00.000Z';
  const exits = { name: 'exits', rows: 2, fetched: time, refreshed: time, due: null, message: '' };
  const assets = { name: 'assets', rows: 7, fetched: null, refreshed: null, due: null, message: '' };
  expect((await call('GET /api/v1/lookups', { server })).json).toEqual({ items: [exits, assets] });
  expect((await call('POST /api/v1/lookups/exits/refresh', { server, scope: 'write' })).json).toEqual(exits);
  expect(await refused('POST /api/v1/lookups/assets/refresh', /no lookup table assets/, { server })).toBe(404);
});

test('sources, detections, dead letters and status tell their health', async () => {
  const server = await serverOn(createFakeApp());
  expect((await call('GET /api/v1/sources', { server })).json).toMatchObject({
    items: [
      { id: 'web', lastRecord: '2026-01-31T09:00:00.000Z' },
      { id: 'lines', state: 'failing' },
    ],
  });
  expect((await call('GET /api/v1/detections', { server })).json).toMatchObject({
    items: [
      {
        id: 'Ssh.BruteForce',
        state: 'quarantined',
        message: 'ran too long',
        reports: { 'MITRE ATT&CK': ['TA0006:T1110'] },
      },
    ],
  });
  expect((await call('GET /api/v1/dead-letters?source=web&limit=3', { server })).json).toEqual({
    items: [
      {
        rowId: 'r1',
        received: '2026-01-31T09:00:00.000Z',
        source: 'web',
        file: '',
        reasons: [{ schema: 'Nginx.Access', reason: 'no match' }],
        raw: 'what?',
        rawBytes: 5,
      },
    ],
  });
  expect((await call('GET /api/v1/status', { server })).json).toMatchObject({
    version: '0.0.0-test',
    alerts: { byStatus: { OPEN: 1, CLOSED: 0 }, bySeverity: { HIGH: 1 } },
    sources: { healthy: 1, failing: 1 },
    detections: { quarantined: 1 },
    events: 20,
    problems: [{ file: 'rules/x.py', line: 3, message: 'broken' }],
  });
});

test('keys are made, listed without their secret, and revoked', async () => {
  const server = await serverOn(createFakeApp());
  const made = await call('POST /api/v1/keys', { server, body: { name: ' ci ', scopes: ['ingest', 'ingest'] } });
  expect(made).toMatchObject({
    status: 201,
    json: {
      key: 'tocsin_k4',
      apiKey: { id: 'k4', name: 'ci', scopes: ['ingest'], created: '2026-01-31T09:00:00.000Z' },
    },
  });
  const listed = await call('GET /api/v1/keys', { server });
  expect(listed.json).toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ id: 'k4', lastUsed: null })]),
  });
  expect(listed.text).not.toContain('tocsin_k4');
  expect((await call('DELETE /api/v1/keys/k4', { server })).status).toBe(204);
  expect((await call('DELETE /api/v1/keys/k4', { server })).status).toBe(404);
});

test('metrics are those of the App, of the process and of the API', async () => {
  const server = await serverOn(createFakeApp());
  await call('GET /api/v1/nothing', { server });
  const { text, headers } = await call('GET /metrics', { server });
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(text).toContain('# TYPE tocsin_signals_total counter\ntocsin_signals_total{detection="a\\"\\\\\\n"} 4\n');
  expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
  expect(text).toMatch(/^tocsin_event_loop_lag_seconds\{quantile="0.99"\} [\d.e-]+$/m);
  expect(text).toContain('tocsin_http_requests_total{method="",route="",status="404"} 1\n');
});

test('a body is pushed as it is, with what its headers say', async () => {
  const app = createFakeApp();
  const server = await serverOn(app);
  const send = (contentType: string, body: string | Buffer, more: Record<string, string> = {}, query = '') =>
    call(`POST /api/v1/ingest/web${query}`, {
      server,
      scope: 'ingest',
      body,
      headers: { 'content-type': contentType, ...more },
    });
  expect(await send('text/plain; charset=utf-8', 'a\nb\n')).toMatchObject({
    status: 200,
    json: { records: 2, bytes: 4 },
  });
  await send('application/json', '[{"__proto__":1}]', {}, '?file=a.log');
  const packed = gzipSync('a\n');
  await send('application/x-ndjson', packed, { 'content-encoding': 'GZIP' });
  expect(app.pushed).toEqual([
    { source: 'web', text: 'a\nb\n', about: { contentType: 'text/plain', contentEncoding: '' } },
    {
      source: 'web',
      text: '[{"__proto__":1}]',
      about: { contentType: 'application/json', contentEncoding: '', file: 'a.log' },
    },
    {
      source: 'web',
      text: packed.toString('latin1'),
      about: { contentType: 'application/x-ndjson', contentEncoding: 'gzip' },
    },
  ]);
});

test('what cannot be taken in says why', async () => {
  const app = createFakeApp();
  const server = await serverOn(app);
  const send = (source: string, headers: Record<string, string> = {}) =>
    call(`POST /api/v1/ingest/${source}`, {
      server,
      body: 'a\n',
      headers: { 'content-type': 'text/plain', ...headers },
    });
  expect((await send('nope')).json).toEqual(problem(404, /^there is no source nope of type http; there are: web$/));
  expect((await send('web', { 'content-type': 'text/html' })).json).toEqual(
    problem(415, /^Content-Type: expected one of text\/plain/),
  );
  expect((await send('web', { 'content-encoding': 'br' })).json).toEqual(
    problem(415, /^Content-Encoding: expected one of identity, gzip, x-gzip$/),
  );
  expect((await send('web', { 'content-length': `${300 * 1024 * 1024}` })).status).toBe(413);
  app.next.push = new UserError('the disk is full', { code: 'disk-full' });
  expect((await send('web')).json).toEqual(problem(503, /^the disk is full$/));
  app.next.push = 'overloaded';
  const busy = await send('web');
  expect(busy).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
  app.next.push = new UserError('the body is not a JSON array');
  expect((await send('web')).json).toEqual(problem(400, /^the body is not a JSON array$/));
});

test('over a real socket: bodies stream, broken requests are answered, a taken port is a sentence', async () => {
  const app = createFakeApp();
  const running = await startServer(app, { port: 0 });
  release.push(() => running.close());
  expect(running.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);

  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (let n = 0; n < 3; n += 1) {
        controller.enqueue(Buffer.from(`line ${n}\n`));
        await sleep(5);
      }
      controller.close();
    },
  });
  const answer = await fetch(`${running.address}/api/v1/ingest/web`, {
    method: 'POST',
    headers: { authorization: 'Bearer tocsin_ingest', 'content-type': 'text/plain' },
    body,
    duplex: 'half',
  });
  expect(await answer.json()).toEqual({ records: 3, bytes: 21 });

  const { hostname, port } = new URL(running.address);
  const socket = connect(Number(port), hostname);
  socket.end('BREW /coffee\r\n\r\n');
  const text = (await socket.toArray()).join('');
  expect(text).toMatch(/^HTTP\/1.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);

  await expect(startServer(createFakeApp(), { port: Number(port) })).rejects.toThrow(
    new UserError(`cannot listen on 127.0.0.1:${port}: another program has that port`),
  );
});
