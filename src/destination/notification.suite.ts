// For tests of destinations: a notification, and what a kind is given when it is made.

import type { Alert } from '../core/alert.ts';
import type { Notification } from '../core/destination.ts';
import type { DestinationContext } from './destination-kind.ts';

export function notification(alert: Partial<Alert> = {}): Notification {
  return {
    id: 'n1',
    event: 'opened',
    link: 'https://tocsin.example/alerts/a1?x=1&y=2',
    alert: {
      id: 'a1',
      kind: 'RULE',
      detection: 'Custom.Port',
      dedup: 'd',
      title: 'Port 21 opened',
      severity: 'HIGH',
      status: 'OPEN',
      assignee: '',
      description: '',
      runbook: '',
      reference: '',
      context: {},
      logTypes: ['Custom.Netstat'],
      tags: [],
      count: 1,
      first: 0,
      last: 0,
      windowStart: 0,
      windowEnd: 1,
      created: 2000,
      updated: 2000,
      deliveries: [],
      ...alert,
    },
  };
}

export const context: DestinationContext = {
  clock: { now: () => 1_700_000_000_500 },
  payload: ({ alert }) => ({ title: alert.title }),
};
