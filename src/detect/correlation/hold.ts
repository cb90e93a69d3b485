// Times at which a correlation's condition held for a group.

import type { Entry } from './group.ts';

export interface Hold {
  readonly time: number;
  /** It held on until then; absent: `time` is all that is known. */
  readonly until?: number;
  readonly value: number;
  /** Positions of the group's first and last entries that it is made of. None: `last` is less than `first`. */
  readonly first: number;
  readonly last: number;
  /** Those between that count, where not all do. */
  readonly entries?: readonly number[];
  readonly isApproximate?: boolean;
  /** When its last signal was, where that is no entry. */
  readonly seen?: number;
}

export interface Held {
  readonly holds: readonly Hold[];
  /** See Evaluation. */
  readonly due?: number;
}

/** The first position whose entry is at `time` or later. */
export function firstAt(entries: readonly Pick<Entry, 'time'>[], time: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
