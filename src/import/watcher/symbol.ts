// What a script or template of a watch speaks of, before there is any answer: values that are known now, and expressions
// of SQL that the store will know. An expression belongs to a level: the groups by which rows are then counted.

import type { Aggregation, Sort } from '../elasticsearch/aggregation.ts';

/** One of the columns by which rows are grouped. */
export interface Group {
  readonly aggregation: Aggregation;
  readonly alias: string;
  readonly sql: string;
  readonly type: ScalarType;
  /** Rows without it are in no bucket. */
  readonly present?: string;
}

/** A bucket: one of each of these groups, and of it what fits the conditions. */
export interface Place {
  readonly groups: readonly Group[];
  readonly conditions: readonly string[];
}

export type ScalarType = 'number' | 'text' | 'boolean' | 'list' | 'time';

export interface SqlSymbol {
  readonly kind: 'sql';
  readonly sql: string;
  readonly type: ScalarType;
  /** undefined: the same at all levels. */
  readonly groups?: readonly Group[];
  /** It is made of the groups' own values: known at each level below, too. */
  readonly isKey?: boolean;
  /** It holds of some bucket: what it says of all of them is not known. */
  readonly isSome?: boolean;
  /** Made of the rows of this group below its level. */
  readonly over?: Group;
}

export type Symbol =
  | SqlSymbol
  | { readonly kind: 'value'; readonly value: unknown }
  /** Joined. */
  | { readonly kind: 'text'; readonly parts: readonly (string | SqlSymbol)[] }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Symbol> }
  | { readonly kind: 'list'; readonly items: readonly Symbol[] }
  | { readonly kind: 'context' }
  | { readonly kind: 'bucket'; readonly place: Place; readonly inside: readonly Aggregation[] }
  /** The answer of one aggregation at a place, `beside` the others there. */
  | {
      readonly kind: 'answer';
      readonly place: Place;
      readonly aggregation: Aggregation;
      readonly beside: readonly Aggregation[];
    }
  /** Some buckets of a grouping, or something made of each. */
  | {
      readonly kind: 'stream';
      readonly place: Place;
      readonly group: Group;
      readonly having?: SqlSymbol;
      readonly item: Symbol;
    }
  | { readonly kind: 'size'; readonly of: Symbol & { readonly kind: 'stream' } }
  /** The position of a loop, or one counted from the end. */
  | { readonly kind: 'position'; readonly group: Group; readonly last: boolean }
  /** No bucket is there. */
  | { readonly kind: 'empty'; readonly groups: readonly Group[] }
  /** The newest bucket of a histogram. */
  | { readonly kind: 'newest'; readonly place: Place; readonly group: Group; readonly inside: readonly Aggregation[] }
  | { readonly kind: 'percentiles'; readonly answer: Symbol & { readonly kind: 'answer' } }
  | { readonly kind: 'hits'; readonly place: Place; readonly sort?: Sort }
  | { readonly kind: 'hitlist'; readonly place: Place; readonly sort?: Sort }
  /** `each`: not the first one but every row. */
  | { readonly kind: 'hit'; readonly place: Place; readonly sort?: Sort; readonly each?: true }
  | {
      readonly kind: 'source';
      readonly place: Place;
      readonly sort?: Sort;
      readonly each?: true;
      readonly field: string;
    }
  /** `doc[..]` of a script that runs on each event. */
  | { readonly kind: 'document' }
  | { readonly kind: 'function'; readonly call: (item: Symbol) => Symbol }
  | { readonly kind: 'unknown'; readonly why: string };

export const absent: Symbol = { kind: 'value', value: null };

export function isWithin(outer: readonly Group[], inner: readonly Group[]): boolean {
  return outer.every((group, i) => inner[i] === group);
}
