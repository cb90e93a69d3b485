// A number over a sliding window, (t - timespan, t] for every signal's time t. Every entry goes in once and out once.

import type { Entry } from './group.ts';
import type { Held, Hold } from './hold.ts';
import { isIn, isUpperBound, type Range } from './range.ts';
import type { Reset } from './reset.ts';
import type { SlidingWindow } from './window.ts';

interface Slide {
  readonly window: SlidingWindow;
  readonly range: Range;
  readonly timespanMs: number;
  readonly from: number;
  readonly to: number;
  /** Where the window is judged at signals. */
  readonly reset: Reset;
}

export function slide(entries: readonly Entry[], options: Slide): Held {
  return isUpperBound(options.range) ? slideToClose(entries, options) : { holds: slideToSignals(entries, options) };
}

/** Judged at each signal. */
function slideToSignals(entries: readonly Entry[], { window, range, timespanMs, from, reset }: Slide): Hold[] {
  const holds: Hold[] = [];
  let oldest = 0;
  for (const [newest, entry] of entries.entries()) {
    if (reset.isBefore(entry.time)) for (; oldest < newest; oldest++) window.remove(entries[oldest] as Entry);
    window.add(entry);
    if (entries[newest + 1]?.time === entry.time) continue;
    for (let out = entries[oldest]; out !== undefined && out.time <= entry.time - timespanMs; out = entries[++oldest]) {
      window.remove(out);
    }
    if (entry.time < from) continue;
    const value = window.value();
    if (value === undefined || !isIn(range, value) || !reset.fires(entry.time)) continue;
    holds.push({ time: entry.time, value, first: oldest, last: newest, ...approximate(window) });
  }
  return holds;
}

/** Judged when the window that begins with a signal closes. */
function slideToClose(entries: readonly Entry[], { window, range, timespanMs, from, to }: Slide): Held {
  const holds: Hold[] = [];
  let next = 0;
  for (const [oldest, entry] of entries.entries()) {
    const close = entry.time + timespanMs;
    for (let into = entries[next]; into !== undefined && into.time < close; into = entries[++next]) window.add(into);
    if (entry.time !== entries[oldest - 1]?.time) {
      if (close >= to) return { holds, due: close };
      const value = window.value();
      if (close >= from && value !== undefined && isIn(range, value)) {
        holds.push({ time: close, value, first: oldest, last: next - 1, ...approximate(window) });
      }
    }
    window.remove(entry);
  }
  return { holds };
}

function approximate({ isApproximate }: SlidingWindow): Pick<Hold, 'isApproximate'> {
  return isApproximate ? { isApproximate } : {};
}
