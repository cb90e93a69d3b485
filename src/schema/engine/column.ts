// Columns of rows in the making, in ClickHouse's Native layout. Each grows by doubling, is taken once per block and
// then starts again; nothing is allocated per row.

import type { Column, ColumnKind } from '../../core/table.ts';

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
if (!isLittleEndian) throw new Error('bug: the Native layout is written as little-endian only');

const backslash = 0x5c;
/** By the character after a backslash: the character that the two are; 0: they are none. */
const escapes = new Uint8Array(256);
for (const [letter, character] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})) {
  escapes[letter.charCodeAt(0)] = character.charCodeAt(0);
}

/** Bytes that grow. `reserve(n)` makes room for n more and must come before writing at `length`. */
export class Bytes {
  buffer: Buffer;
  length = 0;

  constructor(capacity: number | SharedArrayBuffer = 4096) {
    this.buffer = typeof capacity === 'number' ? Buffer.allocUnsafeSlow(capacity) : Buffer.from(capacity);
  }

  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.buffer.length) return;
    let capacity = this.buffer.length * 2;
    while (capacity < needed) capacity *= 2;
    const grown = Buffer.allocUnsafeSlow(capacity);
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  /** LEB128, as Native writes lengths and counts. Needs up to 5 bytes reserved. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** A length-prefixed copy of bytes[start, end). */
  slice(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    this.reserve(size + 5);
    this.varint(size);
    const target = this.buffer;
    let at = this.length;
    if (size > 96) {
      bytes.copy(target, at, start, end);
    } else {
      for (let from = start; from < end; from++) target[at++] = bytes[from] as number;
    }
    this.length += size;
  }

  /** A length-prefixed string as UTF-8. */
  text(value: string): void {
    const size = value.length;
    this.reserve(size * 3 + 5);
    if (size < 64) {
      // Short and ASCII is the usual case: one byte of length, then the characters.
      const start = this.length;
      const target = this.buffer;
      let at = start + 1;
      let index = 0;
      for (; index < size; index++) {
        const code = value.charCodeAt(index);
        if (code > 0x7f) break;
        target[at++] = code;
      }
      if (index === size) {
        target[start] = size;
        this.length = at;
        return;
      }
    }
    const encoded = Buffer.byteLength(value, 'utf8');
    this.varint(encoded);
    this.buffer.write(value, this.length, encoded, 'utf8');
    this.length += encoded;
  }

  /** A length-prefixed copy of bytes[start, end), the inside of a JSON string, without its escapes. false, and nothing is
   *  written: it has an escape that is none of a single character, or what JSON does not allow. */
  unescaped(bytes: Buffer, start: number, end: number): boolean {
    this.reserve(end - start + 5);
    const target = this.buffer;
    // The length is known afterwards: it takes one byte, or is put before the text that then moves.
    const first = this.length + 1;
    let at = first;
    for (let from = start; from < end; from++) {
      let byte = bytes[from] as number;
      if (byte < 0x20) return false;
      if (byte === backslash) {
        byte = escapes[bytes[++from] as number] as number;
        if (byte === 0 || from >= end) return false;
      }
      target[at++] = byte;
    }
    const size = at - first;
    const lengthBytes = size < 0x80 ? 1 : size < 0x4000 ? 2 : size < 0x20_0000 ? 3 : size < 0x1000_0000 ? 4 : 5;
    if (lengthBytes > 1) target.copyWithin(this.length + lengthBytes, first, at);
    this.varint(size);
    this.length += size;
    return true;
  }

  /** `count` times the byte. */
  fill(byte: number, count: number): void {
    this.reserve(count);
    this.buffer.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  /** Epoch or count as a 64-bit integer: any integer that a double holds exactly. */
  int64(value: number): void {
    const high = Math.floor(value / 0x1_0000_0000);
    this.buffer.writeUInt32LE(value - high * 0x1_0000_0000, this.length);
    this.buffer.writeInt32LE(high, this.length + 4);
    this.length += 8;
  }

  view(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}

const inputTypes: Readonly<Record<ColumnKind, string>> = {
  string: 'String',
  low: 'String',
  smallint: 'Int16',
  int: 'Int32',
  bigint: 'Int64',
  float: 'Float64',
  boolean: 'Bool',
  timestamp: "DateTime64(6, 'UTC')",
  object: 'String',
  strings: 'Array(String)',
  ints: 'Array(Int64)',
  floats: 'Array(Float64)',
  booleans: 'Array(Bool)',
  timestamps: "Array(DateTime64(6, 'UTC'))",
  objects: 'Array(String)',
};

/** The ClickHouse type that a column's Native data has on its way into the store. */
export function inputType(column: Column): string {
  const type = inputTypes[column.kind];
  return column.nullable ? `Nullable(${type})` : type;
}

/** One column. The `add` methods put one row each; which of them fit is decided by the column's kind. Rows that got no value
 *  are filled up before the next one that has one, and in `moveTo`: most columns of a wide table are mostly empty. */
export class ColumnWriter {
  readonly column: Column;
  readonly #type: string;
  readonly #nulls: Bytes | undefined;
  readonly #offsets: Bytes | undefined;
  readonly data: Bytes;
  readonly #block: { readonly rows: number };
  #rows = 0;
  #elements = 0;
  /** Where the last value of `addSame` lies in `data`. */
  #last = { value: '', start: 0, end: 0 };

  /** `block.rows` counts the rows that are done. */
  constructor(column: Column, block: { readonly rows: number }) {
    this.column = column;
    this.#block = block;
    this.#type = inputType(column);
    this.#nulls = column.nullable ? new Bytes(1024) : undefined;
    this.#offsets = this.#type.startsWith('Array(') ? new Bytes(4096) : undefined;
    this.data = new Bytes();
  }

  #present(): void {
    const missing = this.#block.rows - this.#rows;
    if (missing > 0) this.#fill(missing);
    this.#rows++;
    const nulls = this.#nulls;
    if (nulls === undefined) return;
    nulls.reserve(1);
    nulls.buffer[nulls.length++] = 0;
  }

  /** Rows without a value: NULL, or the type's zero where the column is not nullable. */
  #fill(count: number): void {
    this.#rows += count;
    this.#nulls?.fill(1, count);
    if (this.#offsets !== undefined) for (let row = 0; row < count; row++) this.#endArray();
    else if (this.column.kind === 'object') for (let row = 0; row < count; row++) this.data.text('{}');
    else if (this.#type.includes('String')) this.data.fill(0, count);
    else for (let row = 0; row < count; row++) this.#number(0);
  }

  addSlice(bytes: Buffer, start: number, end: number): void {
    this.#present();
    this.data.slice(bytes, start, end);
  }

  addText(value: string): void {
    this.#present();
    this.data.text(value);
  }

  /** The inside of a JSON string that has escapes. */
  addEscaped(bytes: Buffer, start: number, end: number, text: () => string): void {
    this.#present();
    if (!this.data.unescaped(bytes, start, end)) this.data.text(text());
  }

  /** As `addText`, for values that mostly are the one of the row before. */
  addSame(value: string): void {
    this.#present();
    const data = this.data;
    const from = this.#last.start;
    const size = this.#last.end - from;
    if (size > 0 && value === this.#last.value) {
      data.reserve(size);
      const { buffer, length } = data;
      for (let index = 0; index < size; index++) buffer[length + index] = buffer[from + index] as number;
      data.length = length + size;
      return;
    }
    const start = data.length;
    data.text(value);
    this.#last = { value, start, end: data.length };
  }

  addNumber(value: number): void {
    this.#present();
    this.#number(value);
  }

  #number(value: number): void {
    const data = this.data;
    data.reserve(8);
    switch (this.column.kind) {
      case 'smallint':
        data.length = data.buffer.writeInt16LE(value, data.length);
        return;
      case 'int':
        data.length = data.buffer.writeInt32LE(value, data.length);
        return;
      case 'float':
      case 'floats':
        data.length = data.buffer.writeDoubleLE(value, data.length);
        return;
      case 'boolean':
      case 'booleans':
        data.buffer[data.length++] = value;
        return;
      default:
        data.int64(value);
    }
  }

  /** A 64-bit integer that a double does not hold exactly. */
  addBigint(value: bigint): void {
    this.#present();
    this.data.reserve(8);
    this.data.length = this.data.buffer.writeBigInt64LE(value, this.data.length);
  }

  addTexts(values: readonly string[]): void {
    this.#present();
    for (const value of values) this.data.text(value);
    this.#elements += values.length;
    this.#endArray();
  }

  addNumbers(values: readonly number[]): void {
    this.#present();
    for (const value of values) this.#number(value);
    this.#elements += values.length;
    this.#endArray();
  }

  #endArray(): void {
    const offsets = this.#offsets as Bytes;
    offsets.reserve(8);
    offsets.int64(this.#elements);
  }

  /** An upper bound of what `moveTo` writes. */
  size(): number {
    this.#fill(this.#block.rows - this.#rows);
    const head = (this.column.name.length + this.#type.length) * 3 + 10;
    return head + (this.#nulls?.length ?? 0) + (this.#offsets?.length ?? 0) + this.data.length;
  }

  /** Appends this column to a block and starts again. */
  moveTo(block: Bytes): void {
    block.text(this.column.name);
    block.text(this.#type);
    for (const part of [this.#nulls, this.#offsets, this.data]) {
      if (part === undefined) continue;
      part.buffer.copy(block.buffer, block.length, 0, part.length);
      block.length += part.length;
      part.length = 0;
    }
    this.#rows = 0;
    this.#elements = 0;
    this.#last = { value: '', start: 0, end: 0 };
  }
}

/** All columns of a table for some rows. The caller adds at most one value to each column per row, then calls `endRow`. */
export class BlockWriter {
  readonly columns: readonly ColumnWriter[];
  rows = 0;

  constructor(columns: readonly Column[]) {
    this.columns = columns.map((column) => new ColumnWriter(column, this));
  }

  endRow(): void {
    this.rows++;
  }

  /** The rows as one Native block in a buffer of at least the size that `buffer` is asked for; undefined where there are
   *  none. Starts again. */
  take(buffer: (size: number) => SharedArrayBuffer): Uint8Array | undefined {
    if (this.rows === 0) return undefined;
    let size = 16;
    for (const writer of this.columns) size += writer.size();
    const block = new Bytes(buffer(size));
    block.varint(this.columns.length);
    block.varint(this.rows);
    for (const writer of this.columns) writer.moveTo(block);
    this.rows = 0;
    return block.view();
  }
}
