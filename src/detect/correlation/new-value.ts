// Values that a group never had. One hold for each, at its first time.

import type { Past } from './correlation.ts';
import type { Group } from './group.ts';
import type { Hold } from './hold.ts';

export interface NewValue extends Hold {
  readonly text: string;
  /** The values known before, the latest first. */
  readonly known: readonly string[];
}

interface Options {
  readonly historyMs: number;
  readonly minHistoryMs: number;
  readonly from: number;
  /** Of this group. */
  readonly past: readonly Past[];
}

const mostKnown = 20;

/** A value is new if it was not seen for the history's time, in a group that is known for the least time. */
export function newValues({ entries }: Group, { historyMs, minHistoryMs, from, past }: Options): readonly NewValue[] {
  const seen = new Map<string, number>();
  const recent = new Set<string>();
  const learn = (value: string, time: number): void => {
    seen.set(value, Math.max(seen.get(value) ?? time, time));
    recent.delete(value);
    recent.add(value);
    const [oldest] = recent;
    if (recent.size > mostKnown && oldest !== undefined) recent.delete(oldest);
  };
  for (const { value, first, last } of past.toSorted((a, b) => (a.last ?? a.first) - (b.last ?? b.first))) {
    learn(value, last ?? first);
  }
  let since = past.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY);
  const found: NewValue[] = [];
  for (const [position, { text, time }] of entries.entries()) {
    const before = seen.get(text);
    since = Math.min(since, time);
    const isNew = before === undefined || before <= time - historyMs;
    if (isNew && time >= from && since <= time - minHistoryMs) {
      const known = [...recent].filter((value) => value !== text).toReversed();
      found.push({ time, value: 1, first: position, last: position, text, known });
    }
    learn(text, time);
  }
  return found;
}
