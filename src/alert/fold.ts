// Signals of one batch as what an alert needs to know of them: one group per detection, dedup string, and error or not.
// Pure, and called in workers: the store does the rest (store/postgres/raise.ts).

import { createHash } from 'node:crypto';
import { maxUnique, type Signal, type SignalGroup } from '../core/detection.ts';

interface Growing {
  readonly sample: SignalGroup['sample'];
  readonly logTypes: Set<string>;
  readonly unique: Set<string>;
  count: number;
  first: number;
  last: number;
}

/** Groups in the order of their first signals, which give the samples. */
export function foldSignals(signals: Iterable<Signal>): SignalGroup[] {
  const matches = new Map<string, Map<string, Growing>>();
  const errors = new Map<string, Map<string, Growing>>();
  const groups: Growing[] = [];
  for (const signal of signals) {
    const byDetection = signal.error === undefined ? matches : errors;
    let byDedup = byDetection.get(signal.detection);
    if (byDedup === undefined) byDetection.set(signal.detection, (byDedup = new Map()));
    const group = byDedup.get(signal.dedup);
    // Events may have microseconds.
    const time = Math.floor(signal.time);
    if (group === undefined) {
      const { event: _, unique, ...sample } = signal;
      const started = {
        sample,
        logTypes: new Set([signal.logType]),
        unique: new Set(unique === undefined ? [] : [markOf(unique)]),
        count: 1,
        first: time,
        last: time,
      };
      byDedup.set(signal.dedup, started);
      groups.push(started);
      continue;
    }
    group.count++;
    if (time < group.first) group.first = time;
    if (time > group.last) group.last = time;
    group.logTypes.add(signal.logType);
    if (signal.unique !== undefined && group.unique.size < maxUnique) group.unique.add(markOf(signal.unique));
  }
  return groups.map(({ sample, logTypes, unique, ...counted }) => ({
    detection: sample.detection,
    dedup: sample.dedup,
    isError: sample.error !== undefined,
    ...counted,
    ...(unique.size > 0 && { unique: [...unique] }),
    logTypes: [...logTypes],
    sample,
  }));
}

/** Short, and whatever the text is it can be stored. */
function markOf(text: string): string {
  return createHash('sha1').update(text).digest('base64url').slice(0, 16);
}
