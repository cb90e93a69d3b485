// Tables and rows for tests. Rows are written in ClickHouse's Native format (protocol revision 0) as workers do it, slowly.
// https://clickhouse.com/docs/interfaces/formats/Native

import type { Column, ColumnKind, Table, TableRows } from '../../core/table.ts';
import { inputType } from './column-type.ts';

export const keepForever = { retentionDays: { events: 0, signals: 0, deadLetters: 0 } };

export function column(name: string, kind: ColumnKind = 'string', more: Partial<Column> = {}): Column {
  return { name, kind, nullable: false, ...more };
}

export function table(name: string, columns: readonly Column[], aliases: Table['aliases'] = []): Table {
  return { name, logType: `Test.${name}`, columns, aliases };
}

export const eventColumns = [
  column('p_event_time', 'timestamp'),
  column('p_parse_time', 'timestamp'),
  column('p_row_id'),
];

export function rowsOf(of: Table, rows: readonly Readonly<Record<string, unknown>>[]): TableRows {
  return { table: of, rows: rows.length, blocks: [encodeBlock(of.columns, rows)] };
}

export const now = Date.UTC(2026, 4, 1, 12);

export function event(id: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { p_event_time: now, p_parse_time: now, p_row_id: id, ...more };
}

export function encodeBlock(
  columns: readonly Column[],
  rows: readonly Readonly<Record<string, unknown>>[],
): Uint8Array {
  const parts: Uint8Array[] = [varint(columns.length), varint(rows.length)];
  for (const one of columns) {
    const type = inputType(one);
    parts.push(
      text(one.name),
      text(type),
      encode(
        type,
        rows.map((row) => row[one.name]),
      ),
    );
  }
  return Buffer.concat(parts);
}

function encode(type: string, values: readonly unknown[]): Uint8Array {
  const inner = /^(Array|Nullable)\((.*)\)$/.exec(type);
  if (inner?.[1] === 'Nullable') {
    const nulls = Uint8Array.from(values, (value) => (value === null || value === undefined ? 1 : 0));
    return Buffer.concat([nulls, encode(inner[2] ?? '', values)]);
  }
  if (inner?.[1] === 'Array') {
    const arrays = values.map((value): readonly unknown[] => (Array.isArray(value) ? value : []));
    let end = 0;
    const ends = arrays.map((array) => (end += array.length));
    return Buffer.concat([
      ...ends.map((one) => fixed(8, (view) => view.setBigUint64(0, BigInt(one), true))),
      encode(inner[2] ?? '', arrays.flat()),
    ]);
  }
  return Buffer.concat(values.map((value) => encodeOne(type, value)));
}

function encodeOne(type: string, value: unknown): Uint8Array {
  const number = typeof value === 'number' || typeof value === 'bigint' ? value : 0;
  if (type === 'String') return text(typeof value === 'string' ? value : '');
  if (type === 'Bool') return Uint8Array.of(value === true ? 1 : 0);
  if (type === 'Int16') return fixed(2, (view) => view.setInt16(0, Number(number), true));
  if (type === 'Int32') return fixed(4, (view) => view.setInt32(0, Number(number), true));
  if (type === 'Int64') return fixed(8, (view) => view.setBigInt64(0, BigInt(number), true));
  if (type === 'Float64') return fixed(8, (view) => view.setFloat64(0, Number(number), true));
  // Epoch ms in, microseconds out.
  if (type.startsWith('DateTime64')) return fixed(8, (view) => view.setBigInt64(0, BigInt(number) * 1_000n, true));
  throw new Error(`bug: no encoding for ${type}`);
}

function fixed(size: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}
