// For tests: one alert, raised by one signal.

import type { Alert } from './core/alert.ts';
import type { AlertStore } from './core/alert-store.ts';
import type { Detection } from './core/detection.ts';

const detection: Detection = {
  id: 'r',
  language: 'typescript',
  file: 'rules/r.ts',
  enabled: true,
  logTypes: ['A'],
  displayName: '',
  description: '',
  severity: 'HIGH',
  dedupPeriodMinutes: 60,
  threshold: 1,
  createAlert: true,
  runbook: '',
  reference: '',
  destinations: [],
  tags: [],
  reports: {},
};

let frame = 0;

export async function raiseOne(alerts: AlertStore, dedup = 'd', change: Partial<Detection> = {}): Promise<Alert> {
  const sample = {
    detection: 'r',
    logType: 'A',
    rowId: '1',
    time: 5,
    title: 'a title',
    dedup,
    severity: 'HIGH',
  } as const;
  const counted = { count: 1, first: 5, last: 5, logTypes: ['A'] };
  const [alert] = await alerts.raise({
    segment: 1,
    frame: frame++,
    received: 5,
    groups: [{ detection: 'r', dedup, isError: false, ...counted, sample }],
    detections: new Map([['r', { ...detection, ...change }]]),
  });
  if (alert === undefined) throw new Error('no alert opened');
  return alert;
}
