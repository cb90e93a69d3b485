// A correlation over signals: the same in production, in tests and over history. It keeps nothing between calls.

import { absences } from './absence.ts';
import { combine } from './combination.ts';
import {
  caps,
  type Correlation,
  type CorrelationSignal,
  type Episode,
  type Evaluated,
  type Evaluation,
  type Firing,
  type Past,
  reachMs,
} from './correlation.ts';
import { firingsOf, type Told } from './episode.ts';
import { createExcepted } from './exception.ts';
import { type Group, groupSignals, keyText } from './group.ts';
import { newValues } from './new-value.ts';
import { evaluatePanther } from './panther.ts';
import { isUpperBound } from './range.ts';
import { ratios } from './ratio.ts';
import { createReset, noReset } from './reset.ts';
import { slide } from './slide.ts';
import { distinctWindow, rankWindow, type SlidingWindow, sumWindow } from './window.ts';

/** Signals may come in any order, more than are needed, and repeated. */
export function evaluate(
  correlation: Correlation,
  signals: Iterable<CorrelationSignal>,
  evaluated: Evaluated,
): Evaluation {
  if (correlation.kind.kind === 'panther') return evaluatePanther(correlation, correlation.kind, signals, evaluated);
  const { from, to, past = [] } = evaluated;
  const { groups, ignored } = groupSignals(correlation, signals, {
    reach: from - reachMs(correlation),
    from,
    to,
    timeOf: correlation.kind.kind === 'absence' ? ({ received }) => received : ({ time }) => time,
  });
  const knownOf = byKey(evaluated.known ?? []);
  const pastOf = byKey(past);
  const firings: Firing[] = [];
  let due: number | undefined;
  for (const group of withPast(correlation, groups, past, from)) {
    const text = keyText(group.key);
    const known = knownOf.get(text) ?? [];
    const held = heldOf(correlation, group, { from, to, past: pastOf.get(text) ?? [], known });
    if (held.due !== undefined) due = Math.min(due ?? held.due, held.due);
    firings.push(
      ...firingsOf(correlation, held.holds, {
        key: group.key,
        entries: group.entries,
        known: correlation.isReset ? [] : known,
        isLowest: isLowest(correlation),
      }),
    );
  }
  firings.sort((a, b) => a.start - b.start || (keyText(a.key) < keyText(b.key) ? -1 : 1));
  return { firings, ignored, ...(due !== undefined && { due }) };
}

function byKey<T extends Past | Episode>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const text = keyText(item.key);
    const others = found.get(text);
    if (others === undefined) found.set(text, [item]);
    else others.push(item);
  }
  return found;
}

/** Groups without a signal may be silent, or few. */
function* withPast(
  correlation: Correlation,
  groups: ReadonlyMap<string, Group>,
  past: readonly Past[],
  from: number,
): Iterable<Group> {
  yield* groups.values();
  const told = new Set(groups.keys());
  const isExcepted = createExcepted(correlation);
  for (const { key } of past) {
    const text = keyText(key);
    if (told.has(text)) continue;
    told.add(text);
    const fields = (path: string): string | undefined => key[correlation.groupBy.indexOf(path)];
    if (!isExcepted({ detection: '', time: from, fields })) yield { key, entries: [] };
  }
}

function isLowest({ kind }: Correlation): boolean {
  return 'range' in kind ? isUpperBound(kind.range) : kind.kind === 'ratio' && kind.direction === 'down';
}

function heldOf(
  { kind, timespanMs, rules, isReset }: Correlation,
  group: Group,
  {
    from,
    to,
    past,
    known,
  }: { readonly from: number; readonly to: number; readonly past: readonly Past[]; readonly known: readonly Episode[] },
): { readonly holds: readonly Told[]; readonly due?: number } {
  const { entries } = group;
  const span = { timespanMs, from, to };
  const told = known.map(({ last }) => last).toSorted((a, b) => a - b);
  const reset = isReset ? createReset(told, timespanMs) : noReset;
  switch (kind.kind) {
    case 'combination':
      return combine(entries, kind.anyOf, { ...span, rules, isOrdered: kind.isOrdered, reset });
    case 'new_value':
      return { holds: newValues(group, { ...kind, from, past }) };
    case 'absence': {
      const forMs = kind.inventory.kind === 'seen' ? kind.inventory.forMs : Number.POSITIVE_INFINITY;
      return absences(entries, { ...span, minCount: kind.minCount, forMs, past: past[0] });
    }
    case 'ratio':
      return ratios(entries, kind, { ...span, past });
    case 'panther':
      throw new Error('bug: a Panther correlation is not evaluated by group');
    default:
      return slide(entries, { ...span, range: kind.range, window: windowOf(kind, group), reset });
  }
}

function windowOf(kind: Extract<Correlation['kind'], { readonly range: unknown }>, { entries }: Group): SlidingWindow {
  switch (kind.kind) {
    case 'value_count':
      return distinctWindow(caps.exactValues);
    case 'value_sum':
    case 'value_avg':
      return sumWindow(kind.kind === 'value_avg');
    case 'value_percentile':
      return rankWindow(
        entries.map(({ number }) => number),
        kind.percentile,
      );
    default:
      return distinctWindow(Number.POSITIVE_INFINITY);
  }
}
