// Alerts: signals folded by (detection, dedup string, window), and what is told about them to destinations.

import type { Json } from './event.ts';
import type { Severity } from './severity.ts';

export const alertStatuses = ['OPEN', 'TRIAGED', 'RESOLVED', 'CLOSED'] as const;
export type AlertStatus = (typeof alertStatuses)[number];

/** What destinations are told of. */
export const alertEvents = ['opened', 'resolved'] as const;
export type AlertEvent = (typeof alertEvents)[number];

export interface Delivery {
  readonly destination: string;
  readonly event: AlertEvent;
  readonly state: 'waiting' | 'sending' | 'delivered' | 'retrying' | 'failed';
  readonly attempts: number;
  /** Epoch ms of the last attempt. */
  readonly attempted?: number;
  /** The destination's answer or the error, for a person. */
  readonly message: string;
}

/** Until then nobody is told of alerts of the detection and dedup string. */
export interface Snooze {
  readonly until: number;
  /** Who wanted it. */
  readonly by: string;
  readonly reason: string;
}

export interface AlertChange {
  readonly time: number;
  /** A person, or `tocsin`. */
  readonly by: string;
  /** `status RESOLVED: no signal for 10 m`, for a person. */
  readonly what: string;
}

export interface Alert {
  /** md5 of `<detection>:<n>:<dedup>[:error]`, as Panther makes it; n counts the windows of that key. */
  readonly id: string;
  readonly kind: 'RULE' | 'RULE_ERROR';
  readonly detection: string;
  readonly dedup: string;
  readonly title: string;
  readonly severity: Severity;
  readonly status: AlertStatus;
  readonly assignee: string;
  readonly description: string;
  readonly runbook: string;
  readonly reference: string;
  readonly context: { readonly [key: string]: Json | undefined };
  readonly logTypes: readonly string[];
  readonly tags: readonly string[];
  /** Signals folded into it. */
  readonly count: number;
  /** Of `count`, those that came while no other alert could open, for a suppression or a snooze; absent: none. */
  readonly suppressed?: number;
  /** Its detection wants no other alert with the dedup string before. */
  readonly suppressedUntil?: number;
  /** Absent once it is over. */
  readonly snooze?: Snooze;
  /** Event times, epoch ms. */
  readonly first: number;
  readonly last: number;
  /** Received times, epoch ms, both inclusive: a signal of this detection and dedup belongs to the alert if its batch
   *  was received in between. */
  readonly windowStart: number;
  readonly windowEnd: number;
  /** When the threshold was crossed; the alert is shown and told from then on. */
  readonly created: number;
  readonly updated: number;
  readonly deliveries: readonly Delivery[];
}
