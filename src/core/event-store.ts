// The port to the store of events, signals and dead letters (ClickHouse, embedded or server).

import type { Table, TableRows } from './table.ts';

export interface Append {
  /** The same whenever these rows are appended again; a repeated append changes nothing, whatever part of the first
   *  one had reached the disk. */
  readonly token: string;
  readonly tables: readonly TableRows[];
}

export interface QueryLimits {
  readonly maxRows: number;
  readonly timeoutMs: number;
  readonly maxMemoryBytes: number;
}

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** true: there were more rows than `maxRows`. */
  readonly truncated: boolean;
  readonly elapsedMs: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export interface EventStore {
  /** Makes the table, or adds the columns that it lacks. A column whose type changed is a UserError that names it. */
  ensureTable(table: Table): Promise<void>;
  /** Durable when it resolves. */
  append(append: Append): Promise<void>;
  /** Read-only SQL with bound parameters (`{name:Type}`). A bad query is a UserError with the engine's words. */
  query(
    sql: string,
    parameters?: Readonly<Record<string, unknown>>,
    limits?: Partial<QueryLimits>,
  ): Promise<QueryResult>;
  close(): Promise<void>;
}
