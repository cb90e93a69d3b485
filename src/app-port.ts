// What the server and the command line may ask of the running program. app.ts makes one.

import type { AnalyzerStatus } from './analyzer/status.ts';
import type { Alert } from './core/alert.ts';
import type { AlertStore } from './core/alert-store.ts';
import type { Analyze } from './core/analysis.ts';
import type { ApiKeys } from './core/api-key.ts';
import type { Detection, SignalGroup } from './core/detection.ts';
import type { EventStore, QueryResult } from './core/event-store.ts';
import type { Window } from './core/schedule.ts';
import type { Schedules } from './core/schedule-store.ts';
import type { Problem } from './core/problem.ts';
import type { Schema } from './core/schema.ts';
import type { SourceHealth } from './core/source.ts';

export interface SourceCounts {
  /** Since the beginning of the data folder. */
  readonly events: number;
  readonly dropped: number;
  readonly deadLetters: number;
  readonly bytes: number;
  /** Events per second over the last ten seconds. */
  readonly rate: number;
  /** Epoch ms when the last record came. */
  readonly lastRecord?: number;
}

export interface SourceStatus extends SourceHealth, SourceCounts {
  readonly id: string;
  readonly kind: string;
  readonly schemas: readonly string[];
}

/** Times in epoch ms. */
export interface LookupStatus {
  readonly name: string;
  /** Of its file. */
  readonly rows: number;
  /** Of the version in use; absent for a table that is not fetched, and before the first version. */
  readonly fetched?: number;
  readonly refreshed?: number;
  /** Infinite while a refresh is under way. */
  readonly due?: number;
  /** Why the last refresh failed. */
  readonly message: string;
}

export interface DetectionStatus {
  readonly detection: Detection;
  readonly state: 'healthy' | 'failing' | 'quarantined' | 'disabled';
  /** Why, for a person. */
  readonly message: string;
  readonly signals: number;
  readonly errors: number;
}

/** All that a workspace and the built-in content hold, with what is wrong in it. */
export interface Content {
  readonly schemas: readonly Schema[];
  readonly detections: readonly Detection[];
  readonly problems: readonly Problem[];
}

/** What an API key may do; the table in server/authorize.ts says which route needs which. */
export const scopes = ['read', 'write', 'ingest', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export interface Pushed {
  readonly records: number;
  readonly bytes: number;
}

/** What a run of a scheduled query would do. */
export interface QueryLook {
  readonly window: Window;
  readonly result: QueryResult;
  /** What becomes alerts, where they are new. */
  readonly groups: readonly SignalGroup[];
  /** Of what limits and exceptions leave out, a sentence each. */
  readonly overflow?: string;
  readonly note?: string;
}

export interface App {
  readonly version: string;
  readonly started: number;
  readonly content: Content;
  readonly events: EventStore;
  readonly alerts: AlertStore;
  readonly keys: ApiKeys;
  readonly analyze: Analyze;
  analyzers(): readonly AnalyzerStatus[];
  sources(): readonly SourceStatus[];
  detections(): readonly DetectionStatus[];
  readonly schedules: Schedules;
  /** Reads, and changes nothing. Without a window: the last one of the schedule that is over. undefined: there is no such
   *  scheduled query that is enabled; a window without length is a UserError. `maxRows`: of those that are given back. */
  previewQuery(name: string, asked: Partial<Window> & { readonly maxRows: number }): Promise<QueryLook | undefined>;
  lookups(): readonly LookupStatus[];
  /** Resolves when it is done, well or not; false: there is no such table, or it is not fetched. */
  refreshLookup(name: string): Promise<boolean>;
  /** Newest first: the events (with p_ fields) of the alert's signals. undefined: no such alert. */
  alertEvents(alert: Alert['id'], limit: number): Promise<readonly Readonly<Record<string, unknown>>[] | undefined>;
  /** Resolves when the bytes are on disk. `undefined`: no HTTP source of that id; 'overloaded': try again later. A body
   *  that is not what its type says is a UserError. */
  push(
    source: string,
    body: AsyncIterable<Uint8Array>,
    about: { readonly contentType: string; readonly contentEncoding: string; readonly file?: string },
  ): Promise<Pushed | 'overloaded' | undefined>;
  /** Signals since the start of which nobody was told: suppressed or snoozed, and left out by exceptions. */
  silenced(): { readonly suppressed: number; readonly excepted: number };
  /** Counters for /metrics: name, help, type and samples with labels. */
  metrics(): readonly Metric[];
  /** Drains: sources stop, what was accepted is finished, stores close. */
  stop(): Promise<void>;
}

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}
