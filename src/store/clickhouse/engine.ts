// What the store needs of ClickHouse, embedded or server: the two differ in how bytes get in, never in SQL.

/** An INSERT of Native blocks. The engine completes `statement` with the table expression that reads the blocks. */
export interface Insert {
  readonly table: string;
  /** `INSERT INTO t (...) SETTINGS ... SELECT ... FROM` */
  readonly statement: string;
  /** Names and types of the blocks' columns. */
  readonly structure: string;
  readonly blocks: readonly Uint8Array[];
}

export interface Read {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, number | string>>;
  readonly timeoutMs: number;
}

/** Errors are the engine's own; the store turns them into sentences. */
export interface Engine {
  /** Runs one statement of the program's own. */
  command(sql: string): Promise<void>;
  /** Rows of one SELECT of the program's own. */
  rows<Row>(sql: string): Promise<readonly Row[]>;
  /** Runs somebody's statement where it can change nothing, not even its limits. Gives JSONCompact text. */
  read(read: Read): Promise<string>;
  /** Durable when it resolves. */
  insert(insert: Insert): Promise<void>;
  close(): Promise<void>;
}
