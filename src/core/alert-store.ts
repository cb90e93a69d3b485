// The port to the small, transactional state (PostgreSQL, embedded or server).

import type { Alert, AlertStatus, Delivery } from './alert.ts';
import type { Position } from './batch.ts';
import type { Detection, SignalGroup } from './detection.ts';
import type { Severity } from './severity.ts';

export interface Raise {
  readonly segment: number;
  readonly frame: number;
  /** The batch's `received`: the time by which its signals are folded. */
  readonly received: number;
  readonly groups: readonly SignalGroup[];
  /** Detections named by the groups, and the system's own. */
  readonly detections: ReadonlyMap<string, Detection>;
}

export interface AlertFilter {
  readonly status?: readonly AlertStatus[];
  readonly severity?: readonly Severity[];
  readonly detection?: string;
  readonly assignee?: string;
  /** In title, dedup string or detection id. */
  readonly text?: string;
  readonly createdAfter?: number;
  readonly createdBefore?: number;
}

export interface AlertPage {
  readonly alerts: readonly Alert[];
  /** Give it back for the next page; undefined at the end. */
  readonly next?: string;
}

export interface AlertStore {
  /** Folds the groups into alerts and enqueues a delivery for each alert that opens, in one transaction with the
   *  batch's mark: a batch that was raised before changes nothing. Gives the alerts that opened now. */
  raise(raise: Raise): Promise<readonly Alert[]>;
  /** As `raise`, for what no batch brings: called again it counts again. */
  alarm(raise: Omit<Raise, 'segment' | 'frame'>): Promise<readonly Alert[]>;
  /** The segment is stored and raised: keeps its sources' positions and forgets its marks, in one transaction. */
  finish(segment: number, positions: readonly (Position & { readonly source: string })[]): Promise<void>;
  positions(source: string): Promise<ReadonlyMap<string, number>>;

  /** Newest first. */
  list(filter: AlertFilter, options: { readonly limit: number; readonly cursor?: string }): Promise<AlertPage>;
  get(id: string): Promise<Alert | undefined>;
  /** undefined: no such alert. */
  update(id: string, change: { readonly status?: AlertStatus; readonly assignee?: string }): Promise<Alert | undefined>;
  counts(): Promise<{
    readonly byStatus: Readonly<Record<AlertStatus, number>>;
    readonly bySeverity: Readonly<Record<Severity, number>>;
  }>;

  delivery(alert: string, destination: string, change: Partial<Delivery>): Promise<void>;
}
