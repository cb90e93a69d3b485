// What each kind of column is in ClickHouse: the type that is stored, the type that workers write, and what lies between.

import { quoteName } from '../../core/quote.ts';
import type { Column, ColumnKind } from '../../core/table.ts';

interface KindType {
  /** In the table, spelled as `system.columns` spells it. */
  readonly stored: string;
  /** In the Native blocks that workers write. */
  readonly input: string;
  readonly codec: string;
  readonly nullable: boolean;
  /** The expression that makes the stored value from the input column. */
  readonly convert?: (input: string) => string;
}

/** A path of its own costs files in every part and buffers in every merge, and keys are chosen by whoever writes the
 *  log: beyond so many, paths share one column. */
const json = 'JSON(max_dynamic_paths=64)';

/** Text that the engine does not take for an object (a number beyond 64 bits, 1,000 levels) is kept as
 *  `{"unparsed": text}`: one hostile record must not fail its whole batch for ever. Written with `if`, which computes the
 *  second cast only where it is needed and the repeated first one once; `ifNull` doubles the cost. */
function toJson(input: string): string {
  const object = `accurateCastOrNull(if(empty(${input}), '{}', ${input}), '${json}')`;
  const unparsed = `concat('{"unparsed":', toJSONString(toValidUTF8(${input})), '}')`;
  return `if(isNull(${object}), CAST(${unparsed} AS ${json}), assumeNotNull(${object}))`;
}

const text = 'ZSTD(1)';
const number = 'ZSTD(1)';
const time = 'Delta, ZSTD(1)';
const timestamp = "DateTime64(6, 'UTC')";

const kinds: Record<ColumnKind, KindType> = {
  string: { stored: 'String', input: 'String', codec: text, nullable: true },
  low: { stored: 'LowCardinality(String)', input: 'String', codec: text, nullable: false },
  smallint: { stored: 'Int16', input: 'Int16', codec: number, nullable: true },
  int: { stored: 'Int32', input: 'Int32', codec: number, nullable: true },
  bigint: { stored: 'Int64', input: 'Int64', codec: number, nullable: true },
  float: { stored: 'Float64', input: 'Float64', codec: number, nullable: true },
  boolean: { stored: 'Bool', input: 'Bool', codec: number, nullable: true },
  timestamp: { stored: timestamp, input: timestamp, codec: time, nullable: true },
  object: { stored: json, input: 'String', codec: text, nullable: false, convert: toJson },
  strings: { stored: 'Array(String)', input: 'Array(String)', codec: text, nullable: false },
  ints: { stored: 'Array(Int64)', input: 'Array(Int64)', codec: number, nullable: false },
  floats: { stored: 'Array(Float64)', input: 'Array(Float64)', codec: number, nullable: false },
  booleans: { stored: 'Array(Bool)', input: 'Array(Bool)', codec: number, nullable: false },
  timestamps: { stored: `Array(${timestamp})`, input: `Array(${timestamp})`, codec: number, nullable: false },
  objects: {
    stored: `Array(${json})`,
    input: 'Array(String)',
    codec: text,
    nullable: false,
    convert: (column) => `arrayMap(text -> ${toJson('text')}, ${column})`,
  },
};

/** Type of the column in the table, as `system.columns` shows it. */
export function storedType(column: Column): string {
  const kind = kinds[column.kind];
  return column.nullable && kind.nullable ? `Nullable(${kind.stored})` : kind.stored;
}

/** Type of the column in the Native blocks that are appended. */
export function inputType(column: Column): string {
  const kind = kinds[column.kind];
  return column.nullable && kind.nullable ? `Nullable(${kind.input})` : kind.input;
}

/** What compresses the column on disk. */
export function codec(column: Column): string {
  return kinds[column.kind].codec;
}

/** SQL that turns the input column into the stored one. */
export function inputExpression(column: Column): string {
  const name = quoteName(column.name);
  return kinds[column.kind].convert?.(name) ?? name;
}

export function isArray(column: Column): boolean {
  return kinds[column.kind].stored.startsWith('Array');
}
