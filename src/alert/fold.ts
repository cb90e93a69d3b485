// Signals of one batch as what an alert needs to know of them: one group per detection, dedup string, and error or not.
// Pure, and called in workers: the store does the rest (store/postgres/raise.ts).

import type { Signal, SignalGroup } from '../core/detection.ts';

interface Growing {
  readonly sample: SignalGroup['sample'];
  readonly logTypes: Set<string>;
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
      const { event: _, ...sample } = signal;
      const started = { sample, logTypes: new Set([signal.logType]), count: 1, first: time, last: time };
      byDedup.set(signal.dedup, started);
      groups.push(started);
      continue;
    }
    group.count++;
    if (time < group.first) group.first = time;
    if (time > group.last) group.last = time;
    group.logTypes.add(signal.logType);
  }
  return groups.map(({ sample, logTypes, ...counted }) => ({
    detection: sample.detection,
    dedup: sample.dedup,
    isError: sample.error !== undefined,
    ...counted,
    logTypes: [...logTypes],
    sample,
  }));
}
