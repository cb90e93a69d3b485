// A lookup table's rows in shared memory: built once, by any thread, then only read, by all of them and without a copy.
// A row stays JSON text until a value matches it. It knows neither events nor where rows come from.

import type { Json } from '../core/event.ts';
import { parseNetwork } from '../core/ip.ts';
import { type Network, type PackedRanges, packRanges } from './ranges.ts';

export type LookupRow = { readonly [column: string]: Json | undefined };

export interface PackedTable {
  readonly rows: number;
  /** The rows' JSON, one behind the other, and where each begins: one number more than there are rows. */
  readonly json: Uint8Array;
  readonly starts: Float64Array;
  /** Epoch ms from when and until when (exclusive) each row holds, two numbers each; absent: always. */
  readonly valid?: Float64Array;
  /** By exact key: pairs of the key's hash and the row's number plus one, 0 for a free place; a power of two of them. */
  readonly slots?: Uint32Array;
  /** Bits by hash. Nearly all values are in no table, and a miss in a large one costs several reads of memory far away;
   *  these stay in the processor's cache. */
  readonly filter?: Uint32Array;
  readonly networks?: { readonly v4: PackedRanges; readonly v6: PackedRanges };
}

export type KeyMatch = 'exact' | 'casefold' | 'cidr';

export interface PackOptions {
  readonly primaryKey: string;
  readonly match: KeyMatch;
  /** From when until when a row holds, epoch ms; undefined: always. */
  readonly valid?: (row: LookupRow) => readonly [from: number, to: number] | undefined;
}

/** Rows without a key, or with a key that is no network where one is wanted, are left out and counted. Of rows of one key
 *  that hold at one time the later wins. */
export function packTable(
  { primaryKey, match, valid }: PackOptions,
  rows: Iterable<LookupRow>,
): { readonly table: PackedTable; readonly leftOut: number } {
  const text = new JsonText();
  const hashes: number[] = [];
  const fold = (key: string): string => (match === 'casefold' ? key.toLowerCase() : key);
  const keyOf = (row: LookupRow): string => {
    const value = row[primaryKey];
    return typeof value === 'string' ? fold(value) : typeof value === 'number' ? String(value) : '';
  };
  const networks: Network[] = [];
  const validity: number[] = [];
  let leftOut = 0;
  for (const row of rows) {
    const key = keyOf(row);
    const cidr = match === 'cidr' ? parseNetwork(key) : undefined;
    if (key === '' || (match === 'cidr' && cidr === undefined)) {
      leftOut++;
      continue;
    }
    if (cidr !== undefined) networks.push({ cidr, row: text.rows });
    else hashes.push(hashOf(key));
    if (valid !== undefined) validity.push(...(valid(row) ?? [-Infinity, Infinity]));
    text.add(JSON.stringify(row));
  }
  const common = {
    ...text.take(),
    ...(valid === undefined ? {} : { valid: sharedFloats(validity) }),
  };
  if (match !== 'cidr') {
    const areSame = (row: number, other: number): boolean => keyOf(text.row(row)) === keyOf(text.row(other));
    return { table: { ...common, ...packHashes(hashes, valid === undefined ? areSame : () => false) }, leftOut };
  }
  const of = (version: 4 | 6) =>
    packRanges(
      networks.filter(({ cidr }) => cidr.version === version),
      version,
    );
  return { table: { ...common, networks: { v4: of(4), v6: of(6) } }, leftOut };
}

/** Of rows that are the same the last is found. With validity, rows of one key may hold at different times: none are. */
function packHashes(
  hashes: readonly number[],
  areSame: (row: number, other: number) => boolean,
): Required<Pick<PackedTable, 'slots' | 'filter'>> {
  const places = powerOfTwo(hashes.length * 2);
  const slots = new Uint32Array(new SharedArrayBuffer(places * 8));
  const filter = new Uint32Array(new SharedArrayBuffer(powerOfTwo(hashes.length * 8) / 8));
  // From the last on: what is found first is the later row.
  for (let row = hashes.length - 1; row >= 0; row--) {
    const hash = hashes[row] as number;
    setBit(filter, hash);
    let place = hash & (places - 1);
    let isTaken = false;
    for (; slots[place * 2 + 1] !== 0; place = (place + 1) & (places - 1)) {
      isTaken ||= slots[place * 2] === hash && areSame((slots[place * 2 + 1] as number) - 1, row);
    }
    if (isTaken) continue;
    slots[place * 2] = hash;
    slots[place * 2 + 1] = row + 1;
  }
  return { slots, filter };
}

/** FNV-1a over UTF-16 units, mixed once. */
export function hashOf(text: string): number {
  // 0x811c9dc5 as a signed number: V8 keeps it in a register as one, and the loop takes 0.6 of the time.
  let state = -2128831035;
  const { length } = text;
  for (let index = 0; index < length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return (state ^ (state >>> 15)) >>> 0;
}

function setBit(filter: Uint32Array, hash: number): void {
  const bit = hash & (filter.length * 32 - 1);
  filter[bit >>> 5] = (filter[bit >>> 5] as number) | (1 << (bit & 31));
}

/** false: no key has this hash, for sure. */
export function mayHave(filter: Uint32Array, hash: number): boolean {
  const bit = hash & (filter.length * 32 - 1);
  return ((filter[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
}

/** At least 1024, so that a filter has whole words. */
function powerOfTwo(atLeast: number): number {
  return 2 ** Math.max(10, Math.ceil(Math.log2(atLeast + 1)));
}

/** Texts one behind the other in memory that doubles. */
class JsonText {
  #bytes = Buffer.allocUnsafe(1 << 16);
  #length = 0;
  readonly #starts: number[] = [0];

  get rows(): number {
    return this.#starts.length - 1;
  }

  add(text: string): void {
    // A UTF-16 unit takes three bytes of UTF-8 at most.
    const needed = this.#length + text.length * 3;
    if (needed > this.#bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(wider, 0, 0, this.#length);
      this.#bytes = wider;
    }
    this.#length += this.#bytes.write(text, this.#length);
    this.#starts.push(this.#length);
  }

  row(number: number): LookupRow {
    return JSON.parse(this.#bytes.toString('utf8', this.#starts[number], this.#starts[number + 1]));
  }

  take(): Pick<PackedTable, 'rows' | 'json' | 'starts'> {
    const json = new Uint8Array(new SharedArrayBuffer(this.#length));
    json.set(this.#bytes.subarray(0, this.#length));
    return { rows: this.rows, json, starts: sharedFloats(this.#starts) };
  }
}

function sharedFloats(values: readonly number[]): Float64Array {
  const made = new Float64Array(new SharedArrayBuffer(values.length * 8));
  made.set(values);
  return made;
}
