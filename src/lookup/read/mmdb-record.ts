// Records of a MaxMind DB's data section as JSON values (MaxMind-DB-spec 2.0, "Output Data Section"). Written for files of
// strangers: a record has a limit of values, bytes and depth, and lists grow as their elements come, since a claim of 16
// million elements takes five bytes.

import type { Json } from '../../core/event.ts';

export interface Section {
  readonly bytes: Uint8Array;
  /** Pointers count from here. */
  readonly start: number;
  readonly end: number;
}

const mostValues = 2000;
const mostBytes = 64 * 1024;
const deepest = 16;

const extended = 0;
const pointer = 1;
const text = 2;
const double = 3;
const bytes = 4;
const uint16 = 5;
const uint32 = 6;
const map = 7;
const int32 = 8;
const uint64 = 9;
const uint128 = 10;
const array = 11;
const boolean = 14;
const float = 15;

/** The value at the offset in the file; undefined where the file is broken there. Whole numbers over 2^53 and bytes are
 *  texts, in decimal and in hex. */
export function readRecord(section: Section, offset: number): Json | undefined {
  const reader: Reader = { ...section, at: offset, values: 0, taken: 0 };
  try {
    return readValue(reader, 0);
  } catch (error) {
    if (error instanceof BrokenRecord) return undefined;
    throw error;
  }
}

class BrokenRecord extends Error {}

interface Reader extends Section {
  at: number;
  values: number;
  taken: number;
}

function readValue(reader: Reader, depth: number): Json {
  if (depth > deepest || ++reader.values > mostValues) throw new BrokenRecord();
  const control = take(reader, 1);
  const kind = control >> 5;
  if (kind === pointer) {
    const target = readPointer(reader, control);
    const after = reader.at;
    reader.at = target;
    // A pointer to a pointer is against the format, and the depth ends a ring of them all the same.
    const value = readValue(reader, depth + 1);
    reader.at = after;
    return value;
  }
  const type = kind === extended ? 7 + take(reader, 1) : kind;
  return readOf(type, readSize(reader, control & 31), reader, depth);
}

function readOf(type: number, size: number, reader: Reader, depth: number): Json {
  switch (type) {
    case map: {
      const entries: Record<string, Json> = {};
      for (let index = 0; index < size; index++) {
        const key = readValue(reader, depth + 1);
        if (typeof key !== 'string') throw new BrokenRecord();
        const value = readValue(reader, depth + 1);
        if (key !== '__proto__') entries[key] = value;
      }
      return entries;
    }
    case array: {
      const elements: Json[] = [];
      for (let index = 0; index < size; index++) elements.push(readValue(reader, depth + 1));
      return elements;
    }
    case boolean:
      if (size > 1) throw new BrokenRecord();
      return size === 1;
    case text:
      return span(reader, size).toString('utf8');
    case bytes:
      return span(reader, size).toString('hex');
    case double:
      return finite(sized(reader, size, 8).readDoubleBE(0));
    case float:
      return finite(sized(reader, size, 4).readFloatBE(0));
    case uint16:
      return unsigned(reader, size, 2);
    case uint32:
      return unsigned(reader, size, 4);
    case int32: {
      const value = unsigned(reader, size, 4);
      return typeof value === 'number' && size === 4 ? value | 0 : value;
    }
    case uint64:
      return unsigned(reader, size, 8);
    case uint128:
      return unsigned(reader, size, 16);
    default:
      throw new BrokenRecord();
  }
}

/** Sizes from 29 on go on in one to three bytes; what takes three is more than a record may have. */
function readSize(reader: Reader, size: number): number {
  if (size < 29) return size;
  if (size === 29) return 29 + take(reader, 1);
  if (size === 30) return 285 + take(reader, 2);
  throw new BrokenRecord();
}

/** 001SSVVV: the size of the rest, and the first three bits where there is room for them. */
function readPointer(reader: Reader, control: number): number {
  const high = control & 7;
  const size = (control >> 3) & 3;
  if (size === 0) return reader.start + high * 256 + take(reader, 1);
  if (size === 1) return reader.start + 2048 + high * 65_536 + take(reader, 2);
  if (size === 2) return reader.start + 526_336 + high * 16_777_216 + take(reader, 3);
  return reader.start + take(reader, 4);
}

function unsigned(reader: Reader, size: number, longest: number): Json {
  if (size > longest) throw new BrokenRecord();
  if (size <= 6) return take(reader, size);
  const value = BigInt(`0x${span(reader, size).toString('hex')}`);
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
}

function finite(value: number): Json {
  return Number.isFinite(value) ? value : null;
}

/** An unsigned number of up to six bytes, the most significant first. */
function take(reader: Reader, size: number): number {
  const from = reader.at;
  if (from < reader.start || from + size > reader.end) throw new BrokenRecord();
  let value = 0;
  for (let index = from; index < from + size; index++) value = value * 256 + (reader.bytes[index] as number);
  reader.at = from + size;
  return value;
}

function span(reader: Reader, size: number): Buffer {
  const from = reader.at;
  reader.taken += size;
  if (from < reader.start || from + size > reader.end || reader.taken > mostBytes) throw new BrokenRecord();
  reader.at = from + size;
  return Buffer.from(reader.bytes.buffer, reader.bytes.byteOffset + from, size);
}

function sized(reader: Reader, size: number, expected: number): Buffer {
  if (size !== expected) throw new BrokenRecord();
  return span(reader, size);
}
