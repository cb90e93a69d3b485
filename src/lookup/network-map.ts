// Longest-prefix match: which of many networks, nested or not, holds an address. Built once, then only read.
// IPv4 is flattened to disjoint ranges with an index over the upper 16 bits; IPv6 is a map per prefix length.

import { type Cidr, parseCidr, parseIpv4, parseIpv6 } from '../core/ip.ts';

export interface NetworkMap<T> {
  /** The value of the most specific network that holds the address; undefined for none, or where it is no address. */
  find(address: string): T | undefined;
}

export function createNetworkMap<T>(entries: Iterable<readonly [Cidr, T]>): NetworkMap<T> {
  const v4: { start: number; end: number; bits: number; value: T }[] = [];
  const v6 = new Map<number, Map<string, T>>();
  for (const [cidr, value] of entries) {
    if (cidr.version === 4) {
      const start = cidr.words[0] as number;
      v4.push({ start, end: start + 2 ** (32 - cidr.bits) - 1, bits: cidr.bits, value });
    } else {
      const ofLength = v6.get(cidr.bits) ?? new Map<string, T>();
      ofLength.set(cidr.words.join(), value);
      v6.set(cidr.bits, ofLength);
    }
  }
  const findV4 = flatten(v4);
  const lengths = [...v6].toSorted(([a], [b]) => b - a);

  function findV6(address: string): T | undefined {
    const words = parseIpv6(address);
    if (words === undefined) return undefined;
    for (const [bits, networks] of lengths) {
      // Lengths only get shorter, so the same words may be cut in place.
      for (let index = 0; index < 4; index++) {
        const kept = Math.min(32, Math.max(0, bits - index * 32));
        words[index] = kept === 0 ? 0 : (words[index] as number) & (-1 << (32 - kept));
      }
      const value = networks.get(words.join());
      if (value !== undefined) return value;
    }
    return undefined;
  }

  return {
    find(address) {
      const number = parseIpv4(address);
      if (number >= 0) return findV4(number);
      return lengths.length === 0 ? undefined : findV6(address);
    },
  };
}

/** Nested ranges cut into disjoint ones: sorted, the widest first, a stack holds the networks that are open. */
function flatten<T>(
  networks: { start: number; end: number; bits: number; value: T }[],
): (address: number) => T | undefined {
  networks.sort((a, b) => a.start - b.start || a.bits - b.bits);
  const starts: number[] = [0];
  const values: (T | undefined)[] = [undefined];
  const open: { end: number; value: T }[] = [];
  const cut = (start: number, value: T | undefined): void => {
    if (starts.at(-1) === start) values[values.length - 1] = value;
    else {
      starts.push(start);
      values.push(value);
    }
  };
  const closeUntil = (address: number): void => {
    for (let top = open.at(-1); top !== undefined && top.end < address; top = open.at(-1)) {
      open.pop();
      cut(top.end + 1, open.at(-1)?.value);
    }
  };
  for (const { start, end, value } of networks) {
    closeUntil(start);
    cut(start, value);
    open.push({ end, value });
  }
  closeUntil(2 ** 33);

  const sorted = Uint32Array.from(starts.filter((start) => start < 2 ** 32));
  // firstAt[p]: the range that holds the first address of the /16 with number p.
  const firstAt = new Uint32Array(65_537);
  let range = 0;
  for (let prefix = 0; prefix <= 65_536; prefix++) {
    while (range + 1 < sorted.length && (sorted[range + 1] as number) <= prefix * 65_536) range++;
    firstAt[prefix] = range;
  }
  return (address) => {
    const prefix = Math.floor(address / 65_536);
    let low = firstAt[prefix] as number;
    let high = firstAt[prefix + 1] as number;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((sorted[middle] as number) <= address) low = middle;
      else high = middle - 1;
    }
    return values[low];
  };
}

/** A single address is a network of full length; undefined for text that is neither. */
export function parseNetwork(text: string): Cidr | undefined {
  if (text.includes('/')) return parseCidr(text);
  return parseCidr(`${text}/${text.includes(':') ? 128 : 32}`);
}
