// A MaxMind DB as a lookup table: an address walks down its tree, and only the record it ends at is read. The file's bytes
// lie in shared memory; nothing of it is expanded (MaxMind-DB-spec 2.0, "Binary Search Tree Section").

import type { Json } from '../../core/event.ts';
import { parseIpv4, parseIpv6 } from '../../core/ip.ts';
import type { LookupRow } from '../pack.ts';
import type { LookupDefinition, LookupTable } from '../table.ts';
import { createPick } from './fields.ts';
import { readRecord, type Section } from './mmdb-record.ts';

export interface MmdbTable {
  readonly mmdb: MmdbFile;
  /** Networks in the file. */
  readonly rows: number;
  readonly fields?: Readonly<Record<string, string>>;
}

export interface MmdbFile {
  /** In shared memory. */
  readonly bytes: Uint8Array;
  readonly nodes: number;
  /** Bits of a record: a node has two. */
  readonly recordSize: 24 | 28 | 32;
  readonly ipVersion: 4 | 6;
  /** Of the data section, where the bytes end. */
  readonly dataEnd: number;
}

/** Records that matched once are kept as rows, so many of them. */
const maxDecoded = 10_000;

export function openMmdb({ name, selectors }: LookupDefinition, { mmdb, rows, fields }: MmdbTable): LookupTable {
  const section = dataSection(mmdb);
  const ipv4Root = mmdb.ipVersion === 4 ? 0 : descend(mmdb, 0, 0, 96);
  const pick = fields === undefined ? (row: LookupRow) => row : createPick(fields);
  const decoded = new Map<number, LookupRow | undefined>();
  const rowAt = (record: number): LookupRow | undefined => {
    const known = decoded.get(record);
    if (known !== undefined || decoded.has(record)) return known;
    if (decoded.size >= maxDecoded) decoded.clear();
    const row = rowOf(readRecord(section, offsetOf(mmdb, record)), pick);
    decoded.set(record, row);
    return row;
  };
  // Where the first 16 bits of an IPv4 address lead, plus one; 0: not yet known.
  const prefixes = new Uint32Array(65_536);
  const recordOf = (value: string): number => {
    const address = parseIpv4(value);
    if (address < 0) return ipv6RecordOf(mmdb, value);
    const prefix = address >>> 16;
    if (prefixes[prefix] === 0) prefixes[prefix] = descend(mmdb, ipv4Root, address, 16) + 1;
    return descend(mmdb, (prefixes[prefix] as number) - 1, address << 16, 16);
  };
  const find = (value: string): LookupRow | undefined => {
    const record = recordOf(value);
    return record > mmdb.nodes ? rowAt(record) : undefined;
  };
  return {
    name,
    selectors,
    rows,
    find,
    history(value) {
      const row = find(value);
      return row === undefined ? [] : [{ row, from: -Infinity, to: Infinity }];
    },
  };
}

export function dataSection({ bytes, nodes, recordSize, dataEnd }: MmdbFile): Section {
  return { bytes, start: nodes * nodeBytes(recordSize) + separator, end: dataEnd };
}

/** Of zeros, between the tree and the data. */
export const separator = 16;

export function nodeBytes(recordSize: number): number {
  return recordSize / 4;
}

/** Where in the file a record of the tree points to, which is a number above that of the nodes. */
export function offsetOf({ nodes, recordSize }: MmdbFile, record: number): number {
  return record - nodes + nodes * nodeBytes(recordSize);
}

/** side: 0 left, 1 right. */
export function readNode({ bytes, recordSize }: MmdbFile, node: number, side: number): number {
  const at = node * nodeBytes(recordSize);
  const byte = (index: number): number => bytes[at + index] as number;
  if (recordSize === 24) return byte(side * 3) * 65_536 + byte(side * 3 + 1) * 256 + byte(side * 3 + 2);
  if (recordSize === 32)
    return byte(side * 4) * 16_777_216 + byte(side * 4 + 1) * 65_536 + byte(side * 4 + 2) * 256 + byte(side * 4 + 3);
  const high = side === 0 ? byte(3) >> 4 : byte(3) & 15;
  return high * 16_777_216 + byte(side * 4) * 65_536 + byte(side * 4 + 1) * 256 + byte(side * 4 + 2);
}

/** An empty record says nothing: it is no row. */
function rowOf(record: Json | undefined, pick: (row: LookupRow) => LookupRow): LookupRow | undefined {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
  const row = pick(record as LookupRow);
  return Object.keys(row).length === 0 ? undefined : row;
}

/** As that of IPv4: a node or less where the address is in no network, or is none. A broken tree ends after as many steps
 *  as a sound one. */
function ipv6RecordOf(file: MmdbFile, value: string): number {
  let node = 0;
  const words = file.ipVersion === 6 ? parseIpv6(value) : undefined;
  for (const word of words ?? []) node = descend(file, node, word, 32);
  return node;
}

/** The bits of the word from the top, `steps` of them: 32 at most where the word is not 0. */
function descend(file: MmdbFile, from: number, word: number, steps: number): number {
  let node = from;
  for (let step = 0; step < steps && node < file.nodes; step++) {
    node = readNode(file, node, (word >>> (31 - step)) & 1);
  }
  return node;
}
