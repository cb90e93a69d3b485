// Rules that were seen together, in any order or in theirs, and rules that were not. A window is (t - timespan, t]; a rule
// is absent if it is in none of the windows that contain the match, which is known when the last of them closes.

import type { Combination } from './correlation.ts';
import type { Entry } from './group.ts';
import { firstAt, type Held, type Hold } from './hold.ts';
import type { Reset } from './reset.ts';

interface Options {
  /** Positions of rules are those of this list. */
  readonly rules: readonly string[];
  readonly isOrdered: boolean;
  readonly timespanMs: number;
  readonly from: number;
  readonly to: number;
  readonly reset: Reset;
}

/** A match: for each rule that must be seen the entry's position, in the order of the combination. */
type Match = readonly number[];

interface Matcher {
  /** Takes the entries one after the other. Gives the match that is complete with this one. */
  add(position: number): Match | undefined;
  /** What was taken counts no more. */
  clear(): void;
}

interface Step {
  readonly rule: number;
  readonly isAbsent: boolean;
}

interface Alternative {
  readonly matcher: Matcher;
  readonly steps: readonly Step[];
  /** By rule; those that must be absent alone. */
  readonly absent: ReadonlyMap<number, readonly Entry[]>;
}

export function combine(entries: readonly Entry[], anyOf: readonly Combination[], options: Options): Held {
  const { timespanMs, from, to, isOrdered, reset } = options;
  const alternatives = anyOf.map((combination) => alternativeOf(entries, combination, options));
  const timeOf = (position: number): number => entries[position]?.time ?? 0;
  const holds: Hold[] = [];
  let due: number | undefined;
  for (const [position, { time }] of entries.entries()) {
    if (reset.isBefore(time)) for (const { matcher } of alternatives) matcher.clear();
    for (const { matcher, steps, absent } of alternatives) {
      const match = matcher.add(position);
      if (match === undefined) continue;
      const oldest = Math.min(...match);
      const close = timeOf(oldest) + timespanMs;
      const at = absent.size === 0 ? time : close;
      if (at < from) continue;
      const isSeen = isOrdered
        ? isBetween(steps, match.map(timeOf), absent, time - timespanMs, close)
        : [...absent.values()].some((others) => isWithin(others, time - timespanMs, close));
      if (isSeen) continue;
      if (at >= to) due = Math.min(due ?? at, at);
      else if (reset.fires(at)) {
        holds.push({ time: at, value: match.length, first: oldest, last: Math.max(...match), entries: match });
      }
    }
  }
  return { holds: holds.toSorted((a, b) => a.time - b.time), ...(due !== undefined && { due }) };
}

function alternativeOf(
  entries: readonly Entry[],
  combination: Combination,
  { rules, isOrdered, timespanMs }: Options,
): Alternative {
  const steps = combination.map(({ rule, isAbsent }): Step => ({ rule: rules.indexOf(rule), isAbsent }));
  const present = steps.flatMap(({ rule, isAbsent }) => (isAbsent ? [] : [rule]));
  const absent = steps.flatMap(({ rule, isAbsent }) => (isAbsent ? [rule] : []));
  return {
    matcher: (isOrdered ? createSequences : createSets)(entries, present, timespanMs),
    steps,
    absent: new Map(absent.map((rule) => [rule, entries.filter((entry) => entry.rule === rule)])),
  };
}

/** For each time at which all rules were seen within the timespan, and one of them just then: the latest of each. */
function createSets(entries: readonly Entry[], rules: readonly number[], timespanMs: number): Matcher {
  const latest = new Map<number, number>();
  let isTouched = false;
  return {
    add(position) {
      const { rule, time } = entries[position] as Entry;
      if (rules.includes(rule)) {
        latest.set(rule, position);
        isTouched = true;
      }
      if (entries[position + 1]?.time === time || !isTouched) return undefined;
      isTouched = false;
      const match = rules.map((each) => latest.get(each) ?? -1);
      const isWhole = match.every((at) => (entries[at]?.time ?? Number.NEGATIVE_INFINITY) > time - timespanMs);
      return isWhole ? match : undefined;
    },
    clear: () => latest.clear(),
  };
}

/** The end of a sequence, and by the one before its beginning. */
interface Link {
  readonly position: number;
  readonly start: number;
  readonly before: Link | undefined;
}

/** For each signal of the last rule: the sequence that began last, if it is within the timespan. Signals of one time are in
 *  whatever order is wanted. */
function createSequences(entries: readonly Entry[], rules: readonly number[], timespanMs: number): Matcher {
  const links: (Link | undefined)[] = rules.map(() => undefined);
  return {
    add(position) {
      const { rule, time } = entries[position] as Entry;
      let match: Match | undefined;
      // From the last to the first, so that one signal is no two steps.
      for (let step = rules.length - 1; step >= 0; step--) {
        if (rules[step] !== rule) continue;
        const before = step === 0 ? undefined : links[step - 1];
        if (step > 0 && (before === undefined || before.start <= time - timespanMs)) continue;
        links[step] = { position, start: before?.start ?? time, before };
        if (step === rules.length - 1) match = positionsOf(links[step]);
      }
      return match;
    },
    clear: () => void links.fill(undefined),
  };
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
