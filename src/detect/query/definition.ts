// What authors of TypeScript queries import as `tocsin`: the form of a scheduled query. Importing it must stay free: no
// other file of ours is imported here but types. How it is read is read-definition.ts's business.

import type { Json } from '../../core/event.ts';
import type { Severity } from '../../core/severity.ts';

/** A row of the query's result: times are texts (`2026-01-31T09:00:00.000000Z`), integers beyond 2^53 too. */
export type QueryRow = { readonly [column: string]: Json | undefined };

/** `HIGH`, `High` or `high`. */
type SeverityName = Severity | Capitalize<Lowercase<Severity>> | Lowercase<Severity>;

export interface QueryTest {
  readonly name: string;
  readonly row: QueryRow;
  /** What the row's signal must have. */
  readonly title?: string;
  readonly dedup?: string;
  readonly severity?: SeverityName;
}

export interface ScheduledQueryDefinition<Row = QueryRow> {
  /** Unique in the workspace: `Custom.PortScan`. */
  readonly id: string;
  /** ClickHouse's SQL; each row is a signal. `{from:DateTime64(6)}` and `{to:DateTime64(6)}` are the run's window: of
   *  records received (`p_parse_time`) from the first time on and before the second. */
  readonly query: string;
  /** Bound as `{name:Type}`. */
  readonly params?: Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;
  /** `30s`, `10m`, `1h`, `1d`. Either this or `cron`. */
  readonly every?: string;
  /** Five fields, or six with seconds in front. */
  readonly cron?: string;
  /** Of `cron`; default UTC. */
  readonly timezone?: string;
  /** A run covers what was received until so long before it; default 1s. */
  readonly lag?: string;
  /** Of a run; default 1m. */
  readonly timeout?: string;
  /** After a longer standstill the rest is a gap; default 1d, and 1000 runs at most. */
  readonly catchup?: string;
  readonly severity: SeverityName | ((row: Row) => SeverityName);
  /** At most 1000 characters; default: displayName, or the id. */
  readonly title?: string | ((row: Row) => string);
  /** Rows with the same text are one alert; at most 1000 characters; default: the title. */
  readonly dedup?: (row: Row) => string;
  /** What an analyst needs to see with the alert; default: the row. */
  readonly context?: (row: Row) => { readonly [key: string]: Json | undefined };
  readonly description?: string;
  readonly runbook?: string;
  readonly reference?: string;
  /** Ids of destinations, at most ten. Absent: by severity; []: nowhere. */
  readonly destinations?: readonly string[];
  readonly displayName?: string;
  readonly tags?: readonly string[];
  /** `{ 'MITRE ATT&CK': ['TA0007:T1046'] }` */
  readonly reports?: Readonly<Record<string, readonly string[]>>;
  /** Default 60. */
  readonly dedupPeriodMinutes?: number;
  /** Rows within the dedup period that open the alert; default 1. */
  readonly threshold?: number;
  /** Alerts of one run; beyond them one more tells how many there were. Default 500. */
  readonly limit?: number;
  /** Default true. */
  readonly enabled?: boolean;
  /** false: rows are kept as signals and open no alert. Default true. */
  readonly createAlert?: boolean;
  readonly tests?: readonly QueryTest[];
}

/** Gives the definition back; it is there for the types: `export default scheduledQuery({ ... })`. */
export function scheduledQuery<Row = QueryRow>(
  definition: ScheduledQueryDefinition<Row>,
): ScheduledQueryDefinition<Row> {
  return definition;
}
