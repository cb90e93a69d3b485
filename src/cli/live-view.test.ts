import { expect, test } from 'vitest';
import type { SourceStatus } from '../app-port.ts';
import type { Alert } from '../core/alert.ts';
import { type LiveView, liveLines } from './live-view.ts';
import { displayWidth } from './width.ts';

const source: SourceStatus = {
  id: 'web',
  kind: 'file',
  state: 'healthy',
  message: '',
  schemas: ['Nginx.Access'],
  events: 1_234_567,
  dropped: 12,
  deadLetters: 3,
  bytes: 1,
  rate: 20_000.4,
};

const alert: Alert = {
  id: 'a',
  kind: 'RULE',
  detection: 'Ports.Open',
  dedup: '',
  title: 'Unexpected Port Opened: 21 \u001B[2J 漢字 and a title that is longer than any terminal is wide, so it is cut',
  severity: 'HIGH',
  status: 'OPEN',
  assignee: '',
  description: '',
  runbook: '',
  reference: '',
  context: {},
  logTypes: [],
  tags: [],
  count: 1200,
  first: 0,
  last: 0,
  windowStart: 0,
  windowEnd: 0,
  created: Date.UTC(2026, 0, 5, 10, 2, 3),
  updated: 0,
  deliveries: [],
};

const view: LiveView = {
  title: 'tocsin demo',
  address: 'http://127.0.0.1:7780',
  notice: '',
  elapsedMs: 12_700,
  sources: [source, { ...source, id: 'netstat', state: 'failing', message: 'cannot read it', rate: 0, deadLetters: 0 }],
  alerts: Array.from({ length: 40 }, () => alert),
  bySeverity: { INFO: 0, LOW: 0, MEDIUM: 2, HIGH: 38, CRITICAL: 0 },
  open: 40,
};

function terminal(columns: number, rows: number) {
  return { columns: () => columns, rows: () => rows, paint: (_: string, text: string) => text };
}

test('the live table at 80 columns', () => {
  expect(liveLines({ ...view, alerts: [alert] }, terminal(80, 24))).toEqual([
    'tocsin demo  http://127.0.0.1:7780                               12.0 s  q quits',
    '',
    'SOURCE   STATE       EVENTS/S      EVENTS     DROPPED        DEAD',
    'web      healthy       20,000   1,234,567          12           3',
    'netstat  failing            0   1,234,567          12           0',
    'all                    20,000   2,469,134          24           3',
    'netstat: cannot read it',
    '',
    'ALERTS  40 open: 38 HIGH  2 MEDIUM',
    '10:02:03  HIGH      Unexpected Port Opened: 21 \\x1b[2J 漢字 and a title…  x1,200',
  ]);
});

test.each([
  [80, 24],
  [60, 12],
  [200, 50],
  [80, 5],
])('it fits %i columns and %i rows', (columns, rows) => {
  const lines = liveLines({ ...view, notice: 'a warning '.repeat(30) }, terminal(columns, rows));
  expect(lines.length).toBeLessThan(rows);
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
});
