// A lookup table as events meet it: which row a value has, at the time of the event. The rows lie in shared memory (pack.ts).

import { parseIpv4, parseIpv6 } from '../core/ip.ts';
import { hashOf, type KeyMatch, type LookupRow, mayHave, type PackedTable } from './pack.ts';
import { findIpv4, findIpv6, type PackedRanges } from './ranges.ts';
import { type MmdbTable, openMmdb } from './read/mmdb-table.ts';

export interface LookupTable {
  /** The key of the table under `p_enrichment`. */
  readonly name: string;
  /** Selectors by log type; under '*' those of every log type. */
  readonly selectors: Readonly<Record<string, readonly string[]>>;
  /** Those that a later one of the same key hides included. */
  readonly rows: number;
  /** The row of the key, or of the most specific network, that holds at the time (epoch ms). */
  find(value: string, time: number): LookupRow | undefined;
  /** Every row of the value with when it holds, epoch ms: for people who ask why one was not found. */
  history(value: string): readonly { readonly row: LookupRow; readonly from: number; readonly to: number }[];
}

export interface LookupDefinition {
  readonly name: string;
  readonly primaryKey: string;
  /** cidr: the primary key is a network, the looked-up value an address. */
  readonly match: KeyMatch;
  readonly selectors: Readonly<Record<string, readonly string[]>>;
}

/** Rows that matched once are kept as objects, so many of them. */
const maxDecoded = 10_000;

export function openTable(definition: LookupDefinition, table: PackedTable | MmdbTable): LookupTable {
  return 'mmdb' in table ? openMmdb(definition, table) : openPacked(definition, table);
}

function openPacked({ name, primaryKey, match, selectors }: LookupDefinition, packed: PackedTable): LookupTable {
  const json = Buffer.from(packed.json.buffer, packed.json.byteOffset, packed.json.byteLength);
  const decoded = new Map<number, LookupRow>();
  const rowOf = (number: number): LookupRow => {
    const known = decoded.get(number);
    if (known !== undefined) return known;
    if (decoded.size >= maxDecoded) decoded.clear();
    const row: LookupRow = JSON.parse(json.toString('utf8', packed.starts[number], packed.starts[number + 1]));
    decoded.set(number, row);
    return row;
  };
  const { valid } = packed;
  const from = (number: number): number => valid?.[number * 2] ?? -Infinity;
  const to = (number: number): number => valid?.[number * 2 + 1] ?? Infinity;
  const holds = (number: number, time: number): boolean =>
    valid === undefined || (from(number) <= time && time < to(number));
  const candidates =
    packed.networks === undefined
      ? ofKey(packed, (number) => rowOf(number)[primaryKey], match === 'casefold')
      : ofAddress(packed.networks);

  return {
    name,
    selectors,
    rows: packed.rows,
    find(value, time) {
      for (let at = candidates.first(value); at >= 0; at = candidates.next(at, value)) {
        const row = candidates.row(at);
        if (holds(row, time)) return rowOf(row);
      }
      return undefined;
    },
    history(value) {
      const found: { row: LookupRow; from: number; to: number }[] = [];
      for (let at = candidates.first(value); at >= 0; at = candidates.next(at, value)) {
        const row = candidates.row(at);
        found.push({ row: rowOf(row), from: from(row), to: to(row) });
      }
      return found;
    },
  };
}

/** The places where rows of a value are, the best first; -1: no more. A value asks only one at a time. */
interface Candidates {
  first(value: string): number;
  next(place: number, value: string): number;
  row(place: number): number;
}

function ofKey(
  { slots = new Uint32Array(2), filter = new Uint32Array(32) }: PackedTable,
  keyOf: (row: number) => unknown,
  isFolded: boolean,
): Candidates {
  const mask = slots.length / 2 - 1;
  const search = (from: number, value: string, hash: number): number => {
    for (let place = from; ; place = (place + 1) & mask) {
      const row = (slots[place * 2 + 1] as number) - 1;
      if (row < 0) return -1;
      if (slots[place * 2] !== hash) continue;
      const key = String(keyOf(row));
      if ((isFolded ? key.toLowerCase() : key) === value) return place;
    }
  };
  const fold = (value: string): string => (isFolded ? value.toLowerCase() : value);
  return {
    first(value) {
      const key = fold(value);
      const hash = hashOf(key);
      return mayHave(filter, hash) ? search(hash & mask, key, hash) : -1;
    },
    next(place, value) {
      const key = fold(value);
      return search((place + 1) & mask, key, hashOf(key));
    },
    row: (place) => (slots[place * 2 + 1] as number) - 1,
  };
}

/** A place is the number of a network; those of IPv6 come after those of IPv4. */
function ofAddress({ v4, v6 }: { readonly v4: PackedRanges; readonly v6: PackedRanges }): Candidates {
  const before = v4.row.length;
  return {
    first(value) {
      const address = parseIpv4(value);
      if (address >= 0) return placeOf(findIpv4(v4, address), 0);
      // Number 0 is no network.
      if (v6.row.length === 1) return -1;
      const words = parseIpv6(value);
      return words === undefined ? -1 : placeOf(findIpv6(v6, words), before);
    },
    next: (place) =>
      place < before ? placeOf(v4.outer[place] as number, 0) : placeOf(v6.outer[place - before] as number, before),
    row: (place) => (place < before ? (v4.row[place] as number) : (v6.row[place - before] as number)),
  };
}

function placeOf(network: number, offset: number): number {
  return network === 0 ? -1 : network + offset;
}
