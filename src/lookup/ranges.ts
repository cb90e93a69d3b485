// Networks, nested or not, as disjoint ranges in shared memory: the most specific one that holds an address, and from it
// the ones around it. Built once, then only read, by any thread. It knows networks by number, not what they mean.

import type { Cidr } from '../core/ip.ts';

export interface Network {
  readonly cidr: Cidr;
  readonly row: number;
}

export interface PackedRanges {
  /** First address of each range, ascending, one word (IPv4) or four (IPv6) each. The first range begins at 0. */
  readonly starts: Uint32Array;
  /** The innermost network of each range: a number for `row` and `outer`; 0 for none. */
  readonly inner: Uint32Array;
  readonly row: Uint32Array;
  /** The network around each; 0 for none. */
  readonly outer: Uint32Array;
  /** IPv4: the range that holds the first address of the /16 with this number. Empty for IPv6. */
  readonly firstAt: Uint32Array;
}

/** Of networks of one IP version. Of equal ones the last is the innermost. */
export function packRanges(networks: readonly Network[], version: 4 | 6): PackedRanges {
  const width = version === 4 ? 1 : 4;
  const sorted = networks
    .map(({ cidr, row }) => ({ ...boundsOf(cidr, width * 32), row }))
    .toSorted((a, b) => order(a.first, b.first) || order(b.last, a.last) || a.row - b.row);
  const starts: bigint[] = [0n];
  const inner: number[] = [0];
  const rows: number[] = [0];
  const outers: number[] = [0];
  const open: { last: bigint; network: number }[] = [];
  const innermost = (): number => open.at(-1)?.network ?? 0;
  const cut = (start: bigint): void => {
    if (starts.at(-1) === start) inner[inner.length - 1] = innermost();
    else {
      starts.push(start);
      inner.push(innermost());
    }
  };
  const closeBefore = (address: bigint): void => {
    for (let top = open.at(-1); top !== undefined && top.last < address; top = open.at(-1)) {
      open.pop();
      cut(top.last + 1n);
    }
  };
  const end = 1n << BigInt(width * 32);
  for (const { first, last, row } of sorted) {
    closeBefore(first);
    outers.push(innermost());
    rows.push(row);
    open.push({ last, network: rows.length - 1 });
    cut(first);
  }
  closeBefore(end);
  if (starts.at(-1) === end) {
    starts.pop();
    inner.pop();
  }
  const words = shared(starts.length * width);
  for (const [index, start] of starts.entries()) {
    for (let word = 0; word < width; word++) {
      words[index * width + word] = Number((start >> BigInt((width - 1 - word) * 32)) & 0xffff_ffffn);
    }
  }
  return {
    starts: words,
    inner: shared(inner.length, inner),
    row: shared(rows.length, rows),
    outer: shared(outers.length, outers),
    firstAt: version === 4 ? prefixIndex(words) : shared(0),
  };
}

/** The innermost network, a number for `row` and `outer`; 0 for none. `address`: 0 to 2^32 - 1. */
export function findIpv4({ starts, inner, firstAt }: PackedRanges, address: number): number {
  const prefix = Math.floor(address / 65_536);
  let low = firstAt[prefix] as number;
  let high = firstAt[prefix + 1] as number;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] as number) <= address) low = middle;
    else high = middle - 1;
  }
  return inner[low] as number;
}

/** As `findIpv4`, for an address of four words. */
export function findIpv6({ starts, inner }: PackedRanges, words: Uint32Array): number {
  let low = 0;
  let high = inner.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (isAtMost(starts, middle * 4, words)) low = middle;
    else high = middle - 1;
  }
  return inner[low] as number;
}

function isAtMost(starts: Uint32Array, at: number, words: Uint32Array): boolean {
  for (let index = 0; index < 4; index++) {
    const difference = (starts[at + index] as number) - (words[index] as number);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

function prefixIndex(starts: Uint32Array): Uint32Array {
  const firstAt = shared(65_537);
  let range = 0;
  for (let prefix = 0; prefix <= 65_536; prefix++) {
    while (range + 1 < starts.length && (starts[range + 1] as number) <= prefix * 65_536) range++;
    firstAt[prefix] = range;
  }
  return firstAt;
}

function boundsOf({ words, bits }: Cidr, length: number): { first: bigint; last: bigint } {
  const first = words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return { first, last: first + (1n << BigInt(length - bits)) - 1n };
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

function shared(length: number, values: readonly number[] = []): Uint32Array {
  const made = new Uint32Array(new SharedArrayBuffer(length * 4));
  made.set(values);
  return made;
}
