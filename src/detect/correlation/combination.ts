// Rules that were seen together, in any order or in theirs, and rules that were not. A window is (t - timespan, t]; a rule
// is absent if it is in none of the windows that contain the match, which is known when the last of them closes.

import type { Combination } from './correlation.ts';
import type { Entry } from './group.ts';
import { firstAt, type Held, type Hold } from './hold.ts';

interface Options {
  /** Positions of rules are those of this list. */
  readonly rules: readonly string[];
  readonly isOrdered: boolean;
  readonly timespanMs: number;
  readonly from: number;
  readonly to: number;
}

/** A match: for each rule that must be seen the entry's position, in the order of the combination. */
type Match = readonly number[];

interface Step {
  readonly rule: number;
  readonly isAbsent: boolean;
}

export function combine(entries: readonly Entry[], anyOf: readonly Combination[], options: Options): Held {
  const held = anyOf.map((combination) => combineOne(entries, combination, options));
  const due = Math.min(...held.map((each) => each.due ?? Number.POSITIVE_INFINITY));
  return {
    holds: held.flatMap(({ holds }) => holds).toSorted((a, b) => a.time - b.time),
    ...(Number.isFinite(due) && { due }),
  };
}

function combineOne(entries: readonly Entry[], combination: Combination, options: Options): Held {
  const steps: readonly Step[] = combination.map(({ rule, isAbsent }) => ({
    rule: options.rules.indexOf(rule),
    isAbsent,
  }));
  const present = steps.filter(({ isAbsent }) => !isAbsent).map(({ rule }) => rule);
  const absent = steps.filter(({ isAbsent }) => isAbsent);
  const byRule = new Map(absent.map(({ rule }) => [rule, entries.filter((entry) => entry.rule === rule)]));
  const timeOf = (position: number): number => entries[position]?.time ?? 0;
  const { timespanMs, from, to, isOrdered } = options;
  const holds: Hold[] = [];
  let due: number | undefined;
  for (const [time, match] of (isOrdered ? sequences : sets)(entries, present, timespanMs)) {
    const oldest = Math.min(...match);
    const close = timeOf(oldest) + timespanMs;
    const at = absent.length === 0 ? time : close;
    if (at < from) continue;
    const isSeen = isOrdered
      ? isBetween(steps, match.map(timeOf), byRule, time - timespanMs, close)
      : absent.some(({ rule }) => isWithin(byRule.get(rule), time - timespanMs, close));
    if (isSeen) continue;
    if (at >= to) {
      due = Math.min(due ?? at, at);
      continue;
    }
    holds.push({ time: at, value: match.length, first: oldest, last: Math.max(...match), entries: match });
  }
  return { holds, ...(due !== undefined && { due }) };
}

/** For each time at which all rules were seen within the timespan, and one of them just then: the latest of each. */
function* sets(
  entries: readonly Entry[],
  rules: readonly number[],
  timespanMs: number,
): Iterable<readonly [number, Match]> {
  const latest = new Map<number, number>();
  let isTouched = false;
  for (const [position, { rule, time }] of entries.entries()) {
    if (rules.includes(rule)) {
      latest.set(rule, position);
      isTouched = true;
    }
    if (entries[position + 1]?.time === time || !isTouched) continue;
    isTouched = false;
    const match = rules.map((each) => latest.get(each) ?? -1);
    if (match.every((at) => (entries[at]?.time ?? Number.NEGATIVE_INFINITY) > time - timespanMs)) yield [time, match];
  }
}

/** The end of a sequence, and by the one before its beginning. */
interface Link {
  readonly position: number;
  readonly start: number;
  readonly before: Link | undefined;
}

/** For each signal of the last rule: the sequence that began last, if it is within the timespan. Signals of one time are in
 *  whatever order is wanted. */
function* sequences(
  entries: readonly Entry[],
  rules: readonly number[],
  timespanMs: number,
): Iterable<readonly [number, Match]> {
  const links: (Link | undefined)[] = rules.map(() => undefined);
  for (const [position, { rule, time }] of entries.entries()) {
    // From the last to the first, so that one signal is no two steps.
    for (let step = rules.length - 1; step >= 0; step--) {
      if (rules[step] !== rule) continue;
      const before = step === 0 ? undefined : links[step - 1];
      if (step > 0 && (before === undefined || before.start <= time - timespanMs)) continue;
      links[step] = { position, start: before?.start ?? time, before };
      if (step === rules.length - 1) yield [time, positionsOf(links[step])];
    }
  }
}

function positionsOf(end: Link | undefined): Match {
  const positions: number[] = [];
  for (let link = end; link !== undefined; link = link.before) positions.push(link.position);
  return positions.toReversed();
}

/** Whether a rule that must be absent was seen at its place in the order: between its neighbours' times, both inclusive. */
function isBetween(
  steps: readonly Step[],
  times: readonly number[],
  byRule: ReadonlyMap<number, readonly Entry[]>,
  open: number,
  close: number,
): boolean {
  let passed = 0;
  for (const { rule, isAbsent } of steps) {
    if (!isAbsent) passed++;
    else {
      const after = passed === 0 ? open : (times[passed - 1] ?? open) - 1;
      const before = passed === times.length ? close : (times[passed] ?? close) + 1;
      if (isWithin(byRule.get(rule), after, before)) return true;
    }
  }
  return false;
}

/** Both ends exclusive. */
function isWithin(entries: readonly Entry[] = [], after: number, before: number): boolean {
  const next = entries[firstAt(entries, after + 1)];
  return next !== undefined && next.time < before;
}
