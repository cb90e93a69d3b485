// A group's signals against its signals at an earlier time: both windows move on together, and whenever a signal enters or
// leaves one of them it is judged again.

import type { CorrelationKind, Past } from './correlation.ts';
import { firstAt, type Held, type Hold } from './hold.ts';
import type { Entry } from './group.ts';

type Ratio = Extract<CorrelationKind, { kind: 'ratio' }>;

interface Options {
  readonly timespanMs: number;
  readonly from: number;
  readonly to: number;
  /** Of this group: signals that were counted already. */
  readonly past: readonly Past[];
}

export function ratios(entries: readonly Entry[], kind: Ratio, { timespanMs, from, to, past }: Options): Held {
  const points = [
    ...entries.map(({ time }) => ({ time, count: 1 })),
    ...past.map(({ first, last, count }) => ({ time: last ?? first, count })),
  ];
  const changes = points.flatMap(({ time, count }) => [
    { time, current: count, reference: 0 },
    { time: time + timespanMs, current: -count, reference: 0 },
    { time: time + kind.referenceMs, current: 0, reference: count },
    { time: time + kind.referenceMs + timespanMs, current: 0, reference: -count },
  ]);
  changes.sort((a, b) => a.time - b.time);
  const holds: Hold[] = [];
  let current = 0;
  let reference = 0;
  let due: number | undefined;
  for (const [index, change] of changes.entries()) {
    current += change.current;
    reference += change.reference;
    const { time } = change;
    const next = changes[index + 1]?.time ?? Number.POSITIVE_INFINITY;
    if (next === time || next <= from) continue;
    if (time >= to) {
      due ??= time;
      break;
    }
    if (!isRatio(kind, current, reference)) continue;
    const last = firstAt(entries, time + 1) - 1;
    holds.push({
      time: Math.max(time, from),
      until: Math.min(next, to) - 1,
      value: current / reference,
      first: Math.min(firstAt(entries, time - timespanMs + 1), last),
      last,
    });
  }
  return { holds, ...(due !== undefined && { due }) };
}

function isRatio({ factor, direction, minCurrent, minReference }: Ratio, current: number, reference: number): boolean {
  if (current < minCurrent || reference < Math.max(1, minReference)) return false;
  const isUp = current >= factor * reference;
  const isDown = current * factor <= reference;
  return (isUp && direction !== 'down') || (isDown && direction !== 'up');
}
