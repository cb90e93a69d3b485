// A lookup table in memory: rows by primary key, exact or by network. It knows neither events nor where rows come from.

import type { Json } from '../core/event.ts';
import { createNetworkMap, parseNetwork } from './network-map.ts';

export type LookupRow = { readonly [column: string]: Json | undefined };

export interface LookupTable {
  /** The key of the table under `p_enrichment`. */
  readonly name: string;
  /** Selectors by log type; under '*' those of every log type. */
  readonly selectors: Readonly<Record<string, readonly string[]>>;
  readonly rows: number;
  find(value: string): LookupRow | undefined;
}

export interface LookupDefinition {
  readonly name: string;
  readonly primaryKey: string;
  /** The primary key is a network, the looked-up value an address: the most specific network wins. */
  readonly isNetwork: boolean;
  readonly selectors: Readonly<Record<string, readonly string[]>>;
}

/** Rows without a key, or with a key that is no network where one is wanted, are left out. A later row wins. */
export function createLookupTable(definition: LookupDefinition, rows: Iterable<LookupRow>): LookupTable {
  const { name, selectors, primaryKey, isNetwork } = definition;
  const keyed: [string, LookupRow][] = [];
  for (const row of rows) {
    const key = row[primaryKey];
    if (typeof key === 'string' || typeof key === 'number') keyed.push([String(key), row]);
  }
  if (!isNetwork) {
    const byKey = new Map(keyed);
    const mayHave = createFilter(byKey.keys(), byKey.size);
    return {
      name,
      selectors,
      rows: byKey.size,
      find: (value) => (mayHave(value) ? byKey.get(value) : undefined),
    };
  }
  const networks = keyed.flatMap(([key, row]) => {
    const cidr = parseNetwork(key);
    return cidr === undefined ? [] : [[cidr, row] as const];
  });
  const map = createNetworkMap(networks);
  return { name, selectors, rows: networks.length, find: (value) => map.find(value) };
}

/** Says for sure that a key is not there. Nearly all values are in no table, and a miss in a large map costs several reads
 *  of memory far away; the bits of this stay in the processor's cache. */
function createFilter(keys: Iterable<string>, size: number): (key: string) => boolean {
  const bits = 2 ** Math.max(10, Math.ceil(Math.log2(size * 8 + 1)));
  const words = new Uint32Array(bits >>> 5);
  for (const key of keys) {
    const bit = hash(key) & (bits - 1);
    words[bit >>> 5] = (words[bit >>> 5] as number) | (1 << (bit & 31));
  }
  return (key) => {
    const bit = hash(key) & (bits - 1);
    return ((words[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
  };
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return (state ^ (state >>> 15)) >>> 0;
}
