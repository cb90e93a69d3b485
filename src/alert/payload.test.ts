import { expect, test } from 'vitest';
import type { Alert } from '../core/alert.ts';
import { payload } from './payload.ts';

const alert: Alert = {
  id: 'a1',
  kind: 'RULE',
  detection: 'Custom.Port',
  dedup: 'd',
  title: 'Port 21',
  severity: 'HIGH',
  status: 'OPEN',
  assignee: '',
  description: 'D',
  runbook: 'R',
  reference: '',
  context: { port: 21 },
  logTypes: ['Custom.Netstat'],
  tags: ['t'],
  count: 2,
  first: 0,
  last: 1000,
  windowStart: 0,
  windowEnd: 1,
  created: 2000,
  updated: 2000,
  deliveries: [],
};

test("Panther's keys", () => {
  expect(payload({ alert, link: 'http://l/a1', event: 'opened' }, 'A port')).toMatchObject({
    event: 'opened',
    id: 'Custom.Port',
    createdAt: '1970-01-01T00:00:02.000Z',
    severity: 'HIGH',
    type: 'RULE',
    link: 'http://l/a1',
    title: 'Port 21',
    name: 'A port',
    alertId: 'a1',
    alertContext: { port: 21 },
    description: 'D',
    runbook: 'R',
    tags: ['t'],
    version: null,
  });
});

test('a detection without a display name has its id', () => {
  expect(payload({ alert, link: '', event: 'opened' })['name']).toBe('Custom.Port');
});
