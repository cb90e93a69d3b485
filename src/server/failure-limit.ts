// Slows down guessing: wrong keys are counted per address, and an address with too many waits.
// Keys that were right before pass all the same, so that one bad client does not shut out its neighbours.

import { isIPv6 } from 'node:net';
import type { Clock } from '../core/clock.ts';

export interface FailureLimit {
  /** 0: the key may be looked at. Otherwise the seconds until this address may try again. */
  waitSeconds(address: string, keyDigest: string): number;
  failed(address: string, keyDigest: string): void;
  succeeded(keyDigest: string): void;
}

const maxFailures = 10;
const windowMs = 60_000;
/** Both memories forget their oldest entry beyond this. */
const maxEntries = 10_000;

export function createFailureLimit(clock: Clock): FailureLimit {
  const failures = new Map<string, { count: number; readonly until: number }>();
  const right = new Set<string>();

  return {
    waitSeconds(address, keyDigest) {
      const entry = failures.get(networkOf(address));
      if (entry === undefined || entry.count < maxFailures || right.has(keyDigest)) return 0;
      return Math.max(0, Math.ceil((entry.until - clock.now()) / 1000));
    },
    failed(address, keyDigest) {
      right.delete(keyDigest);
      const network = networkOf(address);
      const entry = failures.get(network);
      if (entry !== undefined && entry.until > clock.now()) {
        entry.count += 1;
        return;
      }
      failures.delete(network);
      failures.set(network, { count: 1, until: clock.now() + windowMs });
      forgetOldest(failures);
    },
    succeeded(keyDigest) {
      right.add(keyDigest);
      forgetOldest(right);
    },
  };
}

function forgetOldest(entries: { size: number; keys(): Iterator<string>; delete(key: string): boolean }): void {
  if (entries.size <= maxEntries) return;
  const oldest = entries.keys().next();
  if (oldest.done !== true) entries.delete(oldest.value);
}

/** One household has one IPv4 address or one IPv6 /64. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    while (groups.length + rest.length < 8) groups.push('0');
    groups.push(...rest);
  }
  return groups.slice(0, 4).join(':');
}
