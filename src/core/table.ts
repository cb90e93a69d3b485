// Tables of the event store. Workers write columns in ClickHouse's Native format; the store makes the tables.

/** How a column is written by workers, and thereby its type in the store. `json` is JSON text on the way in. */
export const columnKinds = [
  'string',
  'low',
  'smallint',
  'int',
  'bigint',
  'float',
  'boolean',
  'timestamp',
  'object',
  'strings',
  'ints',
  'floats',
  'booleans',
  'timestamps',
  'objects',
] as const;
export type ColumnKind = (typeof columnKinds)[number];

export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Scalars only: an absent value is NULL. */
  readonly nullable: boolean;
  readonly comment?: string;
  /** Skip index wanted: `bloom` for exact values (arrays of indicators), `minmax` for ranges of what comes nearly in order. */
  readonly index?: 'bloom' | 'minmax';
}

export interface Table {
  /** Log type in lower case, '.' as '_': `zeek_conn`. */
  readonly name: string;
  readonly logType: string;
  readonly columns: readonly Column[];
  /** Columns of other names over the same data: `p_ecs.source.ip` for `id_orig_h`. Value: column, or a constant. */
  readonly aliases: readonly {
    readonly name: string;
    readonly column?: string;
    readonly constant?: string;
    readonly values?: Readonly<Record<string, string>>;
  }[];
}

/** Rows of one table as Native blocks, all with the same columns in the same order. */
export interface TableRows {
  readonly table: Table;
  readonly rows: number;
  readonly blocks: readonly Uint8Array[];
}
