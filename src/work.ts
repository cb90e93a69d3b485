// What crosses the border between the main thread and the workers. Bytes are transferred or shared; the rest is small.

import type { LoadedTable } from './lookup/load.ts';
import type { Oversized } from './core/batch.ts';
import type { Detection, SignalGroup } from './core/detection.ts';
import type { Exception } from './core/exception.ts';
import type { Problem } from './core/problem.ts';
import type { Schema } from './core/schema.ts';
import type { Table } from './core/table.ts';
import type { SigmaRule } from './detect/sigma/rule.ts';
import type { RuleFile } from './detect/typescript.ts';

/** What a worker is started with. */
export interface WorkerSetup {
  readonly schemas: readonly Schema[];
  /** Source id to the names of its schemas. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  readonly rules: readonly RuleFile[];
  readonly sigma: readonly SigmaRule[];
  /** Detections that run elsewhere: an id belongs to the first by path, and workers leave out what loses it. */
  readonly others?: readonly Pick<Detection, 'id' | 'file'>[];
  readonly lookups: readonly LoadedTable[];
  readonly exceptions: readonly Exception[];
  /** Log types that Python rules want: their events go out as NDJSON too. */
  readonly pythonLogTypes: readonly string[];
  /** Detections not to run: quarantined. */
  readonly skip: readonly string[];
  /** Int32Array in which the worker says which rule runs; see detect/typescript.ts. */
  readonly progress: SharedArrayBuffer;
}

export interface WorkerReady {
  readonly kind: 'ready';
  readonly detections: readonly Detection[];
  readonly tables: readonly Table[];
  readonly problems: readonly Problem[];
}

export interface Job {
  readonly kind: 'job';
  readonly id: string;
  readonly source: string;
  readonly file: string;
  readonly received: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly oversized?: Oversized;
  readonly lost?: string;
}

/** Rows of one table as a Native block; tables are told apart by name. */
export interface Rows {
  readonly table: string;
  readonly rows: number;
  /** In a SharedArrayBuffer that goes back to its worker when the rows are stored (Release). */
  readonly block: Uint8Array;
}

export interface PythonWork {
  readonly logType: string;
  /** One event per line, as JSON. */
  readonly events: Uint8Array<ArrayBuffer>;
  /** Event time per line, epoch ms. */
  readonly times: Float64Array<ArrayBuffer>;
}

/** One row of `ingest_stats`: what became of so many records. */
export interface Tally {
  readonly logType: string;
  readonly outcome: 'event' | 'dropped' | 'dead_letter';
  readonly reason: string;
  readonly records: number;
  readonly bytes: number;
}

/** A newer version of a table: for the jobs after this message. */
export interface NewTable {
  readonly kind: 'table';
  readonly table: LoadedTable;
}

/** Those that hold: for the jobs after this message. */
export interface NewExceptions {
  readonly kind: 'exceptions';
  readonly exceptions: readonly Exception[];
}

/** The buffers of stored rows, to be used again. */
export interface Release {
  readonly kind: 'release';
  readonly buffers: readonly SharedArrayBuffer[];
}

export interface JobResult {
  readonly kind: 'result';
  readonly id: string;
  readonly rows: readonly Rows[];
  /** Of signals that no exception leaves out. */
  readonly groups: readonly SignalGroup[];
  /** Signals that exceptions leave out of alerts, by exception. */
  readonly excepted: ReadonlyMap<string, number>;
  readonly tallies: readonly Tally[];
  readonly python: readonly PythonWork[];
}
