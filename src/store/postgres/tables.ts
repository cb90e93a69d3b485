// The tables of migrations/ as Kysely sees them. Times are epoch milliseconds.

import type { ColumnType, GeneratedAlways } from 'kysely';
import type { Alert, AlertEvent, AlertStatus, Delivery } from '../../core/alert.ts';
import type { ObservableKind } from '../../core/analysis.ts';
import type { Json } from '../../core/event.ts';
import type { Exception } from '../../core/exception.ts';
import type { RunState } from '../../core/schedule.ts';
import type { Severity } from '../../core/severity.ts';

export interface AlertKeyRow {
  key: string;
  windows: number;
  window_start: number;
  window_end: number;
  seen: number;
  suppress_ms: number;
  suppressed_until: number;
  again: boolean;
  snoozed_until: number;
  snoozed_by: string;
  snooze_reason: string;
}

export interface AlertRow {
  id: string;
  key: string;
  kind: Alert['kind'];
  detection: string;
  dedup: string;
  title: string;
  severity: Severity;
  status: AlertStatus;
  assignee: string;
  description: string;
  runbook: string;
  reference: string;
  context: Alert['context'];
  log_types: string[];
  tags: string[];
  destinations: string[] | null;
  threshold: number;
  count: number;
  unique_marks: string[] | null;
  suppressed: number;
  suppressed_until: number | null;
  resolve_at: number | null;
  first: number;
  last: number;
  window_start: number;
  window_end: number;
  created: number | null;
  updated: number;
}

export interface AlertChangeRow {
  id: GeneratedAlways<number>;
  alert: string;
  time: number;
  by: string;
  what: string;
}

export interface ExceptionRow {
  id: string;
  detection: string;
  conditions: Exception['when'];
  owner: string;
  reason: string;
  created: number;
  until: number;
  silenced: ColumnType<number, number | undefined>;
  last: number | null;
}

export interface DeliveryRow {
  alert: string;
  destination: string;
  event: AlertEvent;
  state: Delivery['state'];
  attempts: number;
  attempted: number | null;
  message: string;
  job: string;
}

export interface ApiKeyRow {
  id: string;
  name: string;
  sha256: ColumnType<Uint8Array, Uint8Array, never>;
  scopes: string[];
  created: number;
  last_used: number | null;
  expires: number | null;
}

export interface AnalysisRow {
  analyzer: string;
  kind: ObservableKind;
  value: string;
  status: number | null;
  body: Json;
  asked: number | null;
  until: number;
  claimed: number;
}

export interface ScheduleRow {
  id: string;
  cursor: number;
  due: number;
  wanted: ColumnType<number, number | undefined>;
  failures: ColumnType<number, number | undefined>;
  unfinished_from: number | null;
  unfinished_to: number | null;
  holder: string | null;
  held_until: ColumnType<number, number | undefined>;
  run: number | null;
}

export interface ScheduleRunRow {
  id: GeneratedAlways<number>;
  schedule: string;
  backfill: number | null;
  state: RunState;
  window_from: number;
  window_to: number;
  started: number;
  ended: number | null;
  rows: number;
  signals: number;
  rows_read: number;
  bytes_read: number;
  message: string;
}

export interface ScheduleBackfillRow {
  id: GeneratedAlways<number>;
  schedule: string;
  window_from: number;
  window_to: number;
  cursor: number;
  due: number;
  failures: number;
}

export interface Tables {
  alert_keys: AlertKeyRow;
  alerts: AlertRow;
  alert_changes: AlertChangeRow;
  exceptions: ExceptionRow;
  batch_marks: { segment: number; frame: number };
  finished_segments: { segment: number };
  journals: { number: GeneratedAlways<number>; key: string };
  positions: { source: string; key: string; value: number };
  deliveries: DeliveryRow;
  api_keys: ApiKeyRow;
  analyses: AnalysisRow;
  analyzer_accounts: { id: string; failures: number; open_until: number; retry_after: number };
  analyzer_requests: { account: string; time: number };
  schedules: ScheduleRow;
  schedule_runs: ScheduleRunRow;
  schedule_backfills: ScheduleBackfillRow;
  schedulers: { name: string; settled: number; seen: ColumnType<Date, string | undefined, string | undefined> };
  raise_marks: { id: string; marked: number };
}
