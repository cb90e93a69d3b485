// The tables of migrations/ as Kysely sees them. Times are epoch milliseconds.

import type { ColumnType } from 'kysely';
import type { Alert, AlertStatus, Delivery } from '../../core/alert.ts';
import type { ObservableKind } from '../../core/analysis.ts';
import type { Json } from '../../core/event.ts';
import type { Severity } from '../../core/severity.ts';

export interface AlertRow {
  id: string;
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
  first: number;
  last: number;
  window_start: number;
  window_end: number;
  created: number | null;
  updated: number;
}

export interface DeliveryRow {
  alert: string;
  destination: string;
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

export interface Tables {
  alert_keys: { key: string; windows: number; window_start: number; window_end: number };
  alerts: AlertRow;
  batch_marks: { segment: number; frame: number };
  finished_segments: { segment: number };
  positions: { source: string; key: string; value: number };
  deliveries: DeliveryRow;
  api_keys: ApiKeyRow;
  analyses: AnalysisRow;
  analyzer_accounts: { id: string; failures: number; open_until: number; retry_after: number };
  analyzer_requests: { account: string; time: number };
}
