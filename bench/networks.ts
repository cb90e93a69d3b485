// The networks of the bench's VPN table: of all lengths, nested and not, four in five of IPv4, from a fixed seed. And
// which of them holds an address, found without any code of the product: looked-up rows are checked by it.

import { createRandom, pick, type Random } from './random.ts';

export const networkCount = 60_000;

/** IPv4 as a number, IPv6 as 32 hex digits. */
export type Address = number | string;

export interface Networks {
  /** As CIDR; the number of each is its place here plus one. */
  readonly texts: readonly string[];
  /** The number of the most specific one; 0: none holds it. */
  find(address: Address): number;
  /** An address that some network holds. */
  inside(random: Random): Address;
}

interface Network {
  /** The first address. */
  readonly address: Address;
  readonly bits: number;
}

/** Short ones are rare: a list of providers does not cover the internet. */
const ipv4Bits = [32, 32, 32, 30, 29, 28, 27, 26, 25, 24, 24, 24, 24, 24, 24, 23, 23, 22, 22, 21, 20, 19];
const rareIpv4Bits = [18, 17, 16, 15, 14];
/** Whole hex digits. */
const ipv6Bits = [32, 36, 40, 44, 48, 48, 48, 56, 64, 128];

/** The first are those in which some of the generated log lines' addresses lie (generate.ts). */
const inLogs: readonly Network[] = [0, 1, 2, 3].map((n) => ({ address: ipv4(198, 18, 40 + n, 0), bits: 24 }));

export function makeNetworks(): Networks {
  const random = createRandom(0x7091);
  const made: Network[] = [...inLogs];
  while (made.length < networkCount) made.push(random(4) === 0 ? within(pick(made, random), random) : network(random));
  const byBits = new Map<string, Map<Address, number>>();
  for (const [index, { address, bits }] of made.entries()) {
    const key = `${typeof address} ${bits}`;
    const numbers = byBits.get(key) ?? new Map<Address, number>();
    byBits.set(key, numbers.set(first(address, bits), index + 1));
  }
  const longestFirst = [...byBits].map(([key, numbers]) => ({ kind: key.split(' ')[0], bits: bitsIn(key), numbers }));
  longestFirst.sort((a, b) => b.bits - a.bits);
  return {
    texts: made.map(({ address, bits }) => `${addressText(address)}/${bits}`),
    find(address) {
      for (const { kind, bits, numbers } of longestFirst) {
        const found = kind === typeof address ? numbers.get(first(address, bits)) : undefined;
        if (found !== undefined) return found;
      }
      return 0;
    },
    inside: (chance) => withAnyRest(pick(made, chance), chance),
  };
}

function bitsIn(key: string): number {
  return Number(key.split(' ')[1]);
}

function network(random: Random): Network {
  if (random(5) === 0) {
    const bits = pick(ipv6Bits, random);
    return { address: first(anyIpv6(random), bits), bits };
  }
  const bits = pick(random(200) === 0 ? rareIpv4Bits : ipv4Bits, random);
  return { address: first(anyIpv4(random), bits), bits };
}

/** A longer one in it, where there can be one. */
function within(outer: Network, random: Random): Network {
  const longer = (typeof outer.address === 'number' ? ipv4Bits : ipv6Bits).filter((bits) => bits > outer.bits);
  if (longer.length === 0) return network(random);
  const bits = pick(longer, random);
  return { address: first(withAnyRest(outer, random), bits), bits };
}

function first(address: Address, bits: number): Address {
  if (typeof address === 'string') return address.slice(0, bits / 4).padEnd(32, '0');
  return Math.floor(address / 2 ** (32 - bits)) * 2 ** (32 - bits);
}

function withAnyRest({ address, bits }: Network, random: Random): Address {
  if (typeof address === 'string') return address.slice(0, bits / 4) + hexDigits(32 - bits / 4, random);
  return address + random(2 ** (32 - bits));
}

/** Of the public internet, but not of the networks that the log lines' addresses are in. */
export function anyIpv4(random: Random): number {
  for (;;) {
    const address = ipv4(1 + random(223), random(256), random(256), random(256));
    const [top, second] = [address >>> 24, (address >>> 16) & 255];
    const isSpecial = top === 10 || top === 127 || top === 172 || top === 192 || (top === 198 && second >> 1 === 9);
    if (!isSpecial) return address;
  }
}

export function anyIpv6(random: Random): string {
  return `2${(0x400 + random(0x700)).toString(16)}${hexDigits(28, random)}`;
}

function hexDigits(count: number, random: Random): string {
  let text = '';
  while (text.length < count) text += random(65_536).toString(16).padStart(4, '0');
  return text.slice(0, count);
}

export function ipv4(a: number, b: number, c: number, d: number): number {
  return ((a * 256 + b) * 256 + c) * 256 + d;
}

/** IPv6 with `::` for the zeros at its end, as logs and lists have it. */
export function addressText(address: Address): string {
  if (typeof address === 'number') return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
  const groups = (address.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  return groups.join(':').replace(/(:0)+$/, (zeros) => (zeros.length > 2 ? '::' : zeros));
}
