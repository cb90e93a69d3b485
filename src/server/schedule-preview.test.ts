import { expect, test } from 'vitest';
import type { QueryLook } from '../app-port.ts';
import { UserError } from '../core/problem.ts';
import { createFakeApp } from './fake-app.suite.ts';
import { createServer } from './server.ts';

const noon = Date.UTC(2026, 0, 31, 12);
const sample = {
  detection: 'Scan',
  logType: '',
  rowId: '1',
  time: noon,
  title: 'scan',
  dedup: 'a',
  severity: 'HIGH',
} as const;
const look: QueryLook = {
  window: { from: noon - 1000, to: noon },
  result: {
    columns: [{ name: 'n', type: 'UInt64' }],
    rows: [{ n: 1 }],
    truncated: true,
    elapsedMs: 2,
    rowsRead: 70,
    bytesRead: 700,
  },
  groups: [{ detection: 'Scan', dedup: 'a', isError: false, count: 3, first: 0, last: 0, logTypes: [], sample }],
  note: 'left out by exceptions: x (1)',
};

async function preview(id: string, payload: object, key = 'tocsin_read') {
  const asked: unknown[] = [];
  const previewQuery = async (...given: unknown[]): Promise<QueryLook | undefined> => {
    asked.push(given);
    if (id === 'Back') throw new UserError('from must be before to');
    return id === 'Scan' ? look : undefined;
  };
  const server = await createServer({ ...createFakeApp(), previewQuery }, { port: 0 });
  const url = `/api/v1/schedules/${id}/preview`;
  const answer = await server.inject({ method: 'POST', url, payload, headers: { 'x-api-key': key } });
  await server.close();
  return { status: answer.statusCode, json: answer.json(), asked };
}

test('rows, cost and alerts of a scheduled query', async () => {
  expect(await preview('Scan', { to: '2026-01-31T13:00:00+01:00', maxRows: 5 })).toEqual({
    status: 200,
    json: {
      from: '2026-01-31T11:59:59.000Z',
      to: '2026-01-31T12:00:00.000Z',
      ...look.result,
      alerts: [{ detection: 'Scan', title: 'scan', dedup: 'a', severity: 'HIGH', count: 3, isError: false }],
      overflow: null,
      note: 'left out by exceptions: x (1)',
    },
    asked: [['Scan', { to: noon, maxRows: 5 }]],
  });
});

test.each([
  ['Nothing', {}, 404, 'there is no scheduled query Nothing that is enabled'],
  ['Back', {}, 400, 'from must be before to'],
  ['Scan', { from: 'then' }, 400, 'expected a time as in 2026-01-31T09:00:00Z'],
  ['Scan', { maxRows: 0 }, 400, 'maxRows'],
])('%s %j is refused', async (id, payload, status, detail) => {
  expect(await preview(id, payload)).toMatchObject({ status, json: { detail: expect.stringContaining(detail) } });
});

test('it needs a key that may read', async () => {
  expect((await preview('Scan', {}, 'tocsin_ingest')).status).toBe(403);
});
