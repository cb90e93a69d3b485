// What is counted over a sliding window: entries go in and come out in the order of time.

import type { Entry } from './group.ts';

export interface SlidingWindow {
  add(entry: Entry): void;
  /** The oldest that was added and not yet removed. */
  remove(entry: Entry): void;
  /** undefined: the window is empty. */
  value(): number | undefined;
  readonly isApproximate: boolean;
}

/** Distinct texts: exact up to `limit` at once. From then on a sample by hash is kept, halved whenever it is full, and the
 *  count is estimated from it (adaptive sampling, Flajolet 1990): off by about 1 in 100, in bounded memory, and values
 *  still come out of it. It is exact again once it was empty. */
export function distinctWindow(limit: number): SlidingWindow {
  const counts = new Map<string, number>();
  let depth = 0;
  const isSampled = (text: string): boolean => depth === 0 || hash(text) >>> (32 - depth) === 0;
  return {
    add({ text }) {
      if (!isSampled(text)) return;
      counts.set(text, (counts.get(text) ?? 0) + 1);
      while (counts.size > limit && depth < 31) {
        depth++;
        for (const known of counts.keys()) if (!isSampled(known)) counts.delete(known);
      }
    },
    remove({ text }) {
      if (!isSampled(text)) return;
      const count = counts.get(text) ?? 0;
      if (count > 1) counts.set(text, count - 1);
      else counts.delete(text);
      if (counts.size === 0) depth = 0;
    },
    value: () => counts.size * 2 ** depth,
    get isApproximate() {
      return depth > 0;
    },
  };
}

/** FNV-1a over UTF-16 units with the finalizer of MurmurHash3, so that the highest bits depend on all of the text. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Sum or mean. Numbers are never subtracted, so that nothing remains of those that left: what was added is turned, when
 *  the oldest has to go, into sums from each entry to the newest of them (a queue of two stacks). */
export function sumWindow(isMean: boolean): SlidingWindow {
  const added: number[] = [];
  const leaving: number[] = [];
  let sum = 0;
  return {
    add({ number }) {
      added.push(number);
      sum += number;
    },
    remove() {
      if (leaving.length === 0) {
        let total = 0;
        for (let number = added.pop(); number !== undefined; number = added.pop()) leaving.push((total += number));
        sum = 0;
      }
      leaving.pop();
    },
    value() {
      const size = added.length + leaving.length;
      if (size === 0) return undefined;
      const total = sum + (leaving.at(-1) ?? 0);
      return isMean ? total / size : total;
    },
    isApproximate: false,
  };
}

/** The percentile, interpolated between the two nearest values (of 1, 2 the median is 1.5). The numbers that will ever be
 *  in the window are known, so that it is a tree of counts over their ranks: O(log n) for each step. */
export function rankWindow(numbers: Iterable<number>, percentile: number): SlidingWindow {
  const ranked = [...new Set(numbers)].toSorted((a, b) => a - b);
  const ranks = new Map(ranked.map((number, rank) => [number, rank]));
  const tree = new Int32Array(ranked.length + 1);
  const top = 2 ** Math.floor(Math.log2(Math.max(1, ranked.length)));
  let size = 0;
  const change = (number: number, by: number): void => {
    size += by;
    for (let at = (ranks.get(number) ?? 0) + 1; at < tree.length; at += at & -at) tree[at] = (tree[at] ?? 0) + by;
  };
  /** Of the values in order, the one before which there are so many. */
  const nth = (before: number): number => {
    let at = 0;
    let left = before;
    for (let step = top; step > 0; step >>= 1) {
      const count = tree[at + step];
      if (count === undefined || count > left) continue;
      at += step;
      left -= count;
    }
    return ranked[at] ?? 0;
  };
  return {
    add: ({ number }) => change(number, 1),
    remove: ({ number }) => change(number, -1),
    value() {
      if (size === 0) return undefined;
      const place = (percentile / 100) * (size - 1);
      const low = nth(Math.floor(place));
      return low + (nth(Math.ceil(place)) - low) * (place - Math.floor(place));
    },
    isApproximate: false,
  };
}
