// Panther's correlation rules over signals, and their tests. They are judged at one moment over the look-back before it,
// both ends included: at the end of what is evaluated where something must be absent, otherwise when signals came.

import type { Json } from '../../core/event.ts';
import { judge, type RuleTestResult } from '../test-result.ts';
import {
  type Correlation,
  type CorrelationKind,
  type CorrelationSignal,
  type Episode,
  type Evaluated,
  type Evaluation,
  type Firing,
  isByClock,
} from './correlation.ts';
import { firingsOf } from './episode.ts';
import { valueText } from './field.ts';
import { type Entry, keyText } from './group.ts';
import { findPanther, type MemberMatch, type PantherFound } from './panther-match.ts';
import type { PantherTest } from './panther-document.ts';

type Panther = Extract<CorrelationKind, { kind: 'panther' }>;

const mostValues = 100;

interface SignalMatch extends MemberMatch {
  readonly entry: Entry;
}

export function evaluatePanther(
  correlation: Correlation,
  { anyOf }: Panther,
  signals: Iterable<CorrelationSignal>,
  { from, to, known = [] }: Evaluated,
): Evaluation {
  const byRule = matchesByRule(correlation, signals, to);
  const found = new Map<string, Firing[]>();
  for (const part of anyOf) {
    const moments = isByClock(correlation.kind) ? [to - 1] : momentsOf(byRule, part.lookbackMs, from);
    for (const now of moments) {
      const ofPart = findPanther(part, ({ rule }) =>
        (byRule.get(rule) ?? []).filter(({ time }) => time >= now - part.lookbackMs && time <= now),
      );
      for (const each of ofPart) {
        const others = found.get(keyText(keyOf(each))) ?? [];
        // At a later moment the same episode was found.
        const isTold = others.some(({ start, time }) => start - each.time < part.lookbackMs && each.time <= time);
        if (!isTold) found.set(keyText(keyOf(each)), [...others, ...pantherFiring(correlation, each, known)]);
      }
    }
  }
  return { firings: [...found.values()].flat(), ignored: { group: 0, field: 0, over: 0, excepted: 0 } };
}

function keyOf({ value }: PantherFound<SignalMatch>): readonly string[] {
  return value === undefined ? [] : [value];
}

/** Times of signals, the latest of each twentieth of the look-back, from the latest on. */
function momentsOf(
  byRule: ReadonlyMap<string, readonly SignalMatch[]>,
  lookbackMs: number,
  from: number,
): readonly number[] {
  const times = [...byRule.values()].flatMap((matches) => matches.map(({ time }) => time));
  const moments: number[] = [];
  for (const time of times.toSorted((a, b) => b - a)) {
    if (time < from) break;
    if ((moments.at(-1) ?? Number.POSITIVE_INFINITY) - time >= lookbackMs / 20) moments.push(time);
  }
  return moments;
}

function pantherFiring(
  correlation: Correlation,
  found: PantherFound<SignalMatch>,
  known: readonly Episode[],
): readonly Firing[] {
  const key = keyOf(found);
  const { time, matches } = found;
  const entries = [...new Set(matches)].map(({ entry }) => entry);
  const until = entries.at(-1)?.time ?? time;
  return firingsOf(correlation, [{ time, until, value: entries.length, first: 0, last: entries.length - 1 }], {
    key,
    entries,
    known: known.filter((episode) => keyText(episode.key) === keyText(key)),
    isLowest: false,
  });
}

function matchesByRule(
  { rules }: Correlation,
  signals: Iterable<CorrelationSignal>,
  to: number,
): ReadonlyMap<string, readonly SignalMatch[]> {
  const byRule = new Map(rules.map((rule) => [rule, new Map<string, SignalMatch>()]));
  for (const signal of signals) {
    const { detection, time, rowId } = signal;
    if (time >= to) continue;
    const entry: Entry = { signal, time, rule: rules.indexOf(detection), text: rowId, number: 0 };
    byRule.get(detection)?.set(`${time} ${rowId}`, { time, entry, values: (field) => valuesOf(signal.fields(field)) });
  }
  return new Map([...byRule].map(([rule, found]) => [rule, [...found.values()].toSorted((a, b) => a.time - b.time)]));
}

/** Of a list each element; objects are nothing to match on. */
function valuesOf(value: Json | undefined): readonly string[] {
  const elements: readonly (Json | undefined)[] = Array.isArray(value) ? (value as readonly Json[]) : [value];
  const scalars = elements.slice(0, mostValues).filter((element) => typeof element !== 'object');
  return [...new Set(scalars.flatMap((element) => valueText(element) ?? []))];
}

/** `now` is the time of the latest match. */
export function testPanther({ anyOf, tests }: Panther): readonly RuleTestResult[] {
  return tests.map((test) => judge(test, { got: anyOf.some((part) => isFound(part, test)), errors: [] }));
}

function isFound(part: Panther['anyOf'][number], test: PantherTest): boolean {
  const times = test.matches.flatMap(({ time }) => time ?? []);
  const now = times.reduce((latest, time) => Math.max(latest, time), times.length === 0 ? 0 : Number.NEGATIVE_INFINITY);
  const found = findPanther(part, ({ id }) =>
    test.matches
      .filter(({ member, time }) => member === id && (time ?? now) >= now - part.lookbackMs)
      .map(
        ({ field, value, time }): MemberMatch => ({
          time: time ?? now,
          values: (asked) => (asked === field ? [value] : []),
        }),
      )
      .toSorted((a, b) => a.time - b.time),
  );
  return found.length > 0;
}
