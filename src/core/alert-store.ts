// The port to the small, transactional state (PostgreSQL, embedded or server).

import type { Alert, AlertChange, AlertEvent, AlertStatus, Delivery, Snooze } from './alert.ts';
import type { Position } from './batch.ts';
import type { Detection, SignalGroup } from './detection.ts';
import type { ExceptionStore } from './exception.ts';
import type { Severity } from './severity.ts';

export interface Raise {
  readonly segment: number;
  readonly frame: number;
  /** The batch's `received`: the time by which its signals are folded. */
  readonly received: number;
  readonly groups: readonly SignalGroup[];
  /** Detections named by the groups, and the system's own. */
  readonly detections: ReadonlyMap<string, Detection>;
  /** Signals that exceptions left out of the groups, by the exception's id. */
  readonly excepted?: ReadonlyMap<string, number>;
}

/** What a raise that was new has done. */
export interface Raised {
  readonly raise: Omit<Raise, 'segment' | 'frame'>;
  /** false: by `alarm`. */
  readonly isBatch: boolean;
  readonly opened: readonly Alert[];
  /** By detection: signals that suppression or a snooze kept from opening an alert. */
  readonly suppressed: ReadonlyMap<string, number>;
}

export interface AlertFilter {
  readonly status?: readonly AlertStatus[];
  readonly severity?: readonly Severity[];
  readonly detection?: string;
  readonly assignee?: string;
  /** In title, dedup string or detection id. */
  readonly text?: string;
  /** true: only those that are snoozed; false: only the others. */
  readonly snoozed?: boolean;
  readonly createdAfter?: number;
  readonly createdBefore?: number;
}

export interface AlertPage {
  readonly alerts: readonly Alert[];
  /** Give it back for the next page; undefined at the end. */
  readonly next?: string;
}

export interface AlertStore {
  readonly exceptions: ExceptionStore;
  /** Folds the groups into alerts and enqueues a delivery for each alert that opens, in one transaction with the
   *  batch's mark: a batch that was raised before changes nothing. Gives the alerts that opened now. */
  raise(raise: Raise): Promise<readonly Alert[]>;
  /** As `raise`, for what no batch brings: called again it counts again, unless it has a mark that was raised within the
   *  last 30 days. */
  alarm(raise: Omit<Raise, 'segment' | 'frame'> & { readonly mark?: string }): Promise<readonly Alert[]>;
  /** The segment is stored and raised: keeps its sources' positions and forgets its marks, in one transaction. */
  finish(segment: number, positions: readonly (Position & { readonly source: string })[]): Promise<void>;
  positions(source: string): Promise<ReadonlyMap<string, number>>;
  /** The number of the journal with this key among all that write to these stores; a new one gets the next. */
  journal(key: string): Promise<number>;

  /** Newest first. */
  list(filter: AlertFilter, options: { readonly limit: number; readonly cursor?: string }): Promise<AlertPage>;
  get(id: string): Promise<Alert | undefined>;
  /** undefined: no such alert. `by`: who changes it. */
  update(
    id: string,
    change: { readonly status?: AlertStatus; readonly assignee?: string; readonly by?: string },
  ): Promise<Alert | undefined>;
  /** Snoozes the alert's detection and dedup string: until then their signals are counted on the newest alert and nobody
   *  is told; what opens all the same is told when it is over. A time that is past ends a snooze. undefined: no such alert. */
  snooze(id: string, snooze: Snooze): Promise<Alert | undefined>;
  /** Oldest first; of an alert that is not there, none. */
  changes(id: string): Promise<readonly AlertChange[]>;
  /** Resolves the alerts whose detections want that and for which no signal was received for so long, and tells the
   *  destinations that want to know. `now`: all that was received before is raised. Gives those that it resolved. */
  resolveDue(now: number): Promise<readonly Alert[]>;
  counts(): Promise<{
    readonly byStatus: Readonly<Record<AlertStatus, number>>;
    readonly bySeverity: Readonly<Record<Severity, number>>;
  }>;

  delivery(
    of: { readonly alert: string; readonly destination: string; readonly event: AlertEvent },
    change: Partial<Omit<Delivery, 'destination' | 'event'>>,
  ): Promise<void>;
}
