// Groups that fell silent: less than so many signals within the timespan. Decided by the clock, over the time of receiving,
// so that a source with a wrong clock is not taken for a silent one.

import { firstAt, type Held, type Hold } from './hold.ts';
import type { Past } from './correlation.ts';
import type { Entry } from './group.ts';

interface Options {
  readonly minCount: number;
  readonly timespanMs: number;
  readonly from: number;
  readonly to: number;
  /** A group that was last seen longer ago is forgotten. */
  readonly forMs: number;
  readonly past: Past | undefined;
}

/** Entries are by time of receiving. The silence begins when the signal that would still be enough leaves the window, and
 *  ends with the signal that is enough again. */
export function absences(entries: readonly Entry[], { minCount, timespanMs, from, to, forMs, past }: Options): Held {
  const holds: Hold[] = [];
  let due: number | undefined;
  const enough = (newest: number): number | undefined => entries[newest - minCount + 1]?.time;
  const silence = (begin: number, newest: number): void => {
    const end = entries[newest + 1]?.time ?? to;
    if (newest + 1 >= entries.length && begin >= to) due = begin;
    const last = entries[newest]?.time ?? past?.last ?? past?.first ?? begin;
    if (begin >= end || end <= from || from >= last + forMs) return;
    const count = newest + 1 - firstAt(entries, Math.max(begin, from) - timespanMs + 1);
    holds.push({
      time: begin,
      until: Math.max(begin, end - 1),
      value: Math.max(0, count),
      first: newest,
      last: newest,
      seen: last,
    });
  };
  // Before the first entry, and with entries that are not yet enough.
  const watched = past?.last ?? past?.first;
  for (let newest = -1; newest < entries.length; newest++) {
    const kept = enough(newest);
    if (kept !== undefined) silence(Math.max(kept + timespanMs, entries[newest]?.time ?? 0), newest);
    else if (watched !== undefined) silence(Math.max(watched + timespanMs, entries[newest]?.time ?? 0), newest);
  }
  return { holds, ...(due !== undefined && { due }) };
}
