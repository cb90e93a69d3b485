// Snoozing, the record of changes, and exceptions, at the API's door.

import { afterEach, expect, test } from 'vitest';
import { alertOf, createFakeApp } from './fake-app.suite.ts';
import { createServer } from './server.ts';

const release: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of release.splice(0)) await close();
});

async function startCalls(app = createFakeApp()) {
  const server = await createServer(app, { port: 0 });
  release.push(() => server.close());
  return async (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, scope = 'write') => {
    const answer = await server.inject({
      method,
      url: `/api/v1${path}`,
      headers: { 'x-api-key': `tocsin_${scope}` },
      ...(body !== undefined && { payload: body }),
    });
    return { status: answer.statusCode, json: answer.body === '' ? undefined : answer.json<object>() };
  };
}

const day = 24 * 60 * 60 * 1000;
const inDays = (days: number): string => new Date(Date.now() + days * day).toISOString();

test('an alert is snoozed, and says so', async () => {
  const call = await startCalls();
  const snooze = { until: '2099-12-01T08:00:00+02:00', by: 'ann', reason: 'we move' };
  expect((await call('PUT', '/alerts/a1/snooze', snooze)).json).toMatchObject({
    id: 'a1',
    snooze: { ...snooze, until: '2099-12-01T06:00:00.000Z' },
  });
  expect((await call('GET', '/alerts/a1')).json).toMatchObject({ snooze: { by: 'ann' } });
  expect((await call('PUT', '/alerts/no/snooze', snooze)).status).toBe(404);
  expect((await call('PUT', '/alerts/a1/snooze', snooze, 'read')).status).toBe(403);
});

test.each([
  [{ until: '2h', by: 'ann' }, /^body\.until: expected a time as in/],
  [{ until: '2099-12-01T08:00:00Z' }, /^body\.by: /],
  [{ until: '2099-12-01T08:00:00Z', by: '' }, /^body\.by: /],
  [{ until: '2099-12-01T08:00:00Z', by: 'ann', status: 'OPEN' }, /unknown key status/],
])('a snooze of %j is refused', async (body, detail) => {
  const call = await startCalls();
  expect(await call('PUT', '/alerts/a1/snooze', body)).toMatchObject({
    status: 400,
    json: { detail: expect.stringMatching(detail) },
  });
});

test('an alert tells what was suppressed', async () => {
  const call = await startCalls(createFakeApp([alertOf({}), alertOf({ id: 'a2', suppressed: 3, suppressedUntil: 0 })]));
  expect((await call('GET', '/alerts?snoozed=false')).json).toMatchObject({
    items: [
      { suppressed: 0, suppressedUntil: null, snooze: null, deliveries: [{ event: 'opened' }] },
      { suppressed: 3, suppressedUntil: '1970-01-01T00:00:00.000Z' },
    ],
  });
  expect((await call('GET', '/alerts?snoozed=maybe')).status).toBe(400);
});

test('the changes of an alert', async () => {
  const call = await startCalls();
  expect((await call('GET', '/alerts/a1/changes', undefined, 'read')).json).toEqual({
    items: [{ time: '2026-01-31T09:00:00.000Z', by: 'ann', what: 'status TRIAGED' }],
  });
  expect((await call('GET', '/alerts/no/changes')).status).toBe(404);
});

test('exceptions are added, listed with their state, and removed', async () => {
  const call = await startCalls();
  const given = { detection: '*', when: { 'ip|cidr': ['10.0.0.0/8'] }, owner: 'ann', reason: 'scanners' };
  const added = await call('POST', '/exceptions', { ...given, until: inDays(6) });
  expect(added).toMatchObject({
    status: 201,
    json: { ...given, state: 'ending', problem: '', silenced: 0, last: null },
  });
  await call('POST', '/exceptions', { ...given, until: inDays(8) });
  const listed = await call('GET', '/exceptions', undefined, 'read');
  expect(listed.json).toMatchObject({
    items: [
      { id: 'e0', state: 'ending' },
      { id: 'e1', state: 'active' },
    ],
  });
  expect((await call('DELETE', '/exceptions/e0')).status).toBe(204);
  expect((await call('DELETE', '/exceptions/e0')).status).toBe(404);
  expect((await call('POST', '/exceptions', { ...given, until: inDays(6) }, 'read')).status).toBe(403);
});

test('one that has ended is marked, and so is one that cannot be read', async () => {
  const app = createFakeApp();
  const call = await startCalls(app);
  await app.alerts.exceptions.add({ detection: 'r', when: { a: 1 }, owner: 'ann', reason: 'x', until: Date.now() - 1 });
  await app.alerts.exceptions.add({ detection: 'r', when: { 'a|gt': 1 }, owner: 'ann', reason: 'x', until: Infinity });
  expect((await call('GET', '/exceptions')).json).toMatchObject({
    items: [
      { state: 'ended' },
      { problem: 'a|gt: expected one of the modifiers cidr, contains, startswith, endswith' },
    ],
  });
});

test.each([
  [{ when: { 'a|gt': 1 } }, /^when: a\|gt: expected one of the modifiers/],
  [{ when: {} }, /^when: expected at least one field/],
  [{ until: inDays(-1) }, /^until: expected a time to come/],
  [{ reason: ' ' }, /^body\.reason: /],
  [{ owner: undefined }, /^body\.owner: /],
])('an exception with %j is refused', async (change, detail) => {
  const call = await startCalls();
  const given = { detection: 'r', when: { a: 1 }, owner: 'ann', reason: 'x', until: inDays(1), ...change };
  expect(await call('POST', '/exceptions', given)).toMatchObject({
    status: 400,
    json: { detail: expect.stringMatching(detail) },
  });
});
