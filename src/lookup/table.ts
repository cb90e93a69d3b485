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
    return { name, selectors, rows: byKey.size, find: (value) => byKey.get(value) };
  }
  const networks = keyed.flatMap(([key, row]) => {
    const cidr = parseNetwork(key);
    return cidr === undefined ? [] : [[cidr, row] as const];
  });
  const map = createNetworkMap(networks);
  return { name, selectors, rows: networks.length, find: (value) => map.find(value) };
}
