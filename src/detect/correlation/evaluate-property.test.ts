// The evaluator against a slow one that follows the words: for every moment it looks at every signal of the window.

import { expect, test } from 'vitest';
import type { Correlation, CorrelationSignal } from './correlation.ts';
import { at, correlationOf } from './correlation.suite.ts';
import { evaluate } from './evaluate.ts';
import { valueText } from './field.ts';
import { isIn, type Range } from './range.ts';

/** mulberry32: the same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) % below;
  };
}

function makeSignals(seed: number): readonly CorrelationSignal[] {
  const below = random(seed);
  const rules = ['a', 'b', 'c'];
  return Array.from({ length: 20 + below(60) }, () => {
    const fields = { user: below(8) === 0 ? null : `u${below(3)}`, port: below(6), size: below(50) - 10 };
    return at(below(120), rules[below(3)] ?? 'a', fields);
  });
}

interface Found {
  readonly key: string;
  readonly start: number;
  readonly time: number;
}

const span = { from: 30_000, to: 150_000 };

/** Episodes by the words: `isHeld` is asked at each moment with the group's signals. */
function slow(
  { timespanMs }: Correlation,
  signals: readonly CorrelationSignal[],
  isHeld: (group: readonly CorrelationSignal[], time: number) => boolean,
): readonly Found[] {
  const groups = Map.groupBy(
    signals.filter((signal) => signal.fields('user') !== undefined && signal.time >= span.from - 2 * timespanMs),
    (signal) => valueText(signal.fields('user')) ?? '',
  );
  const found: Found[] = [];
  for (const [key, group] of groups) {
    for (let time = span.from; time < span.to; time += 1000) {
      if (!isHeld(group, time)) continue;
      const before = found.findIndex((each) => each.key === key && time - each.time < timespanMs);
      if (before < 0) found.push({ key, start: time, time });
      else found[before] = { ...found[before], key, start: found[before]?.start ?? time, time };
    }
  }
  return inOrder(found);
}

function inOrder(found: readonly Found[]): readonly Found[] {
  return found.toSorted((a, b) => a.start - b.start || (a.key < b.key ? -1 : 1));
}

function fast(correlation: Correlation, signals: readonly CorrelationSignal[]): readonly Found[] {
  const { firings } = evaluate(correlation, signals, span);
  return inOrder(firings.map(({ key, start, time }) => ({ key: key[0] ?? '', start, time })));
}

function inWindow(group: readonly CorrelationSignal[], after: number, until: number): readonly CorrelationSignal[] {
  return group.filter(({ time }) => time > after && time <= until);
}

/** A number over (t - timespan, t], at each signal. */
function overWindow(range: Range, numberOf: (window: readonly CorrelationSignal[]) => number | undefined) {
  return ({ timespanMs }: Correlation) =>
    (group: readonly CorrelationSignal[], time: number): boolean => {
      if (!group.some((signal) => signal.time === time)) return false;
      const value = numberOf(inWindow(group, time - timespanMs, time));
      return value !== undefined && isIn(range, value);
    };
}

function numbers(window: readonly CorrelationSignal[]): readonly number[] {
  return window.map(({ fields }) => Number(fields('size'))).toSorted((a, b) => a - b);
}

function percentile(sorted: readonly number[], percent: number): number {
  const place = (percent / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? 0;
  return low + ((sorted[Math.ceil(place)] ?? 0) - low) * (place - Math.floor(place));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const seen = (window: readonly CorrelationSignal[], rule: string): boolean =>
  window.some(({ detection }) => detection === rule);

const cases: readonly {
  readonly body: string;
  readonly words: (correlation: Correlation) => (group: readonly CorrelationSignal[], time: number) => boolean;
}[] = [
  {
    body: 'type: event_count, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {gte: 4}',
    words: overWindow({ gte: 4 }, (window) => window.length),
  },
  {
    body: 'type: event_count, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {gt: 2, lte: 4}',
    words: overWindow({ gt: 2, lte: 4 }, (window) => window.length),
  },
  {
    body: 'type: value_count, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {field: port, gte: 3}',
    words: overWindow({ gte: 3 }, (window) => new Set(window.map(({ fields }) => fields('port'))).size),
  },
  {
    body: 'type: value_sum, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {field: size, gt: 60}',
    words: overWindow({ gt: 60 }, (window) => sum(numbers(window))),
  },
  {
    body: 'type: value_avg, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {field: size, gte: 25}',
    words: overWindow({ gte: 25 }, (window) => sum(numbers(window)) / window.length),
  },
  {
    body: 'type: value_median, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {field: size, gte: 20}',
    words: overWindow({ gte: 20 }, (window) => percentile(numbers(window), 50)),
  },
  {
    body: 'type: value_percentile, rules: [a, b, c], group-by: [user], timespan: 20s, condition: {field: size, percentile: 80, gte: 30}',
    words: overWindow({ gte: 30 }, (window) => percentile(numbers(window), 80)),
  },
  {
    body: 'type: temporal, rules: [a, b, c], group-by: [user], timespan: 10s',
    words: overWindow({ gte: 3 }, (window) => new Set(window.map(({ detection }) => detection)).size),
  },
  {
    body: 'type: temporal, group-by: [user], timespan: 10s, condition: a and (b or c)',
    words:
      ({ timespanMs }) =>
      (group, time) => {
        const window = inWindow(group, time - timespanMs, time);
        const isAny = seen(window, 'a') && (seen(window, 'b') || seen(window, 'c'));
        const now = group.filter((signal) => signal.time === time);
        // What came just now has a part in it.
        return (
          isAny && now.some(({ detection }) => detection === 'a' || (seen(window, 'a') && seen(window, detection)))
        );
      },
  },
  {
    body: 'type: temporal, group-by: [user], timespan: 10s, condition: a and not b',
    words:
      ({ timespanMs }) =>
      (group, time) => {
        // The last window that contains the `a` of this moment closes just then.
        const a = time - timespanMs;
        return (
          group.some((signal) => signal.detection === 'a' && signal.time === a) &&
          !seen(inWindow(group, a - timespanMs, time - 1), 'b')
        );
      },
  },
  {
    body: 'type: temporal_ordered, rules: [a, b, c], group-by: [user], timespan: 20s',
    words:
      ({ timespanMs }) =>
      (group, time) => {
        const window = inWindow(group, time - timespanMs, time);
        const of = (rule: string) => window.filter(({ detection }) => detection === rule);
        return of('c').some(
          (c) => c.time === time && of('b').some((b) => b.time <= c.time && of('a').some((a) => a.time <= b.time)),
        );
      },
  },
  {
    body: 'type: temporal_ordered, group-by: [user], timespan: 10s, condition: a and not b',
    words:
      ({ timespanMs }) =>
      (group, time) => {
        const a = time - timespanMs;
        return (
          group.some((signal) => signal.detection === 'a' && signal.time === a) &&
          !seen(inWindow(group, a - 1, time - 1), 'b')
        );
      },
  },
  {
    body: 'type: event_count, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {lt: 2}',
    words:
      ({ timespanMs }) =>
      (group, time) => {
        const first = time - timespanMs;
        return group.some((signal) => signal.time === first) && inWindow(group, first - 1, time - 1).length < 2;
      },
  },
];

for (const { body, words } of cases) {
  test(`as the slow evaluator: ${body}`, () => {
    const correlation = correlationOf(body);
    const isHeld = words(correlation);
    let fired = 0;
    for (let seed = 0; seed < 150; seed++) {
      const signals = makeSignals(seed);
      const found = fast(correlation, signals);
      fired += found.length;
      expect(found, `seed ${seed}`).toEqual(slow(correlation, signals, isHeld));
    }
    expect(fired).toBeGreaterThan(10);
  });
}

/** What fired counts no more: each firing by itself. */
function slowWithReset(
  signals: readonly CorrelationSignal[],
  isHeld: (group: readonly CorrelationSignal[], time: number) => boolean,
): readonly Found[] {
  const groups = Map.groupBy(
    signals.filter((signal) => signal.fields('user') !== undefined),
    (signal) => valueText(signal.fields('user')) ?? '',
  );
  const found: Found[] = [];
  for (const [key, group] of groups) {
    let fired = Number.NEGATIVE_INFINITY;
    for (let time = span.from; time < span.to; time += 1000) {
      const left = group.filter((signal) => signal.time > fired);
      if (!isHeld(left, time)) continue;
      found.push({ key, start: time, time });
      fired = time;
    }
  }
  return inOrder(found);
}

for (const { body, words } of cases.filter((each) => !/\bnot\b|\{lt:/.test(each.body))) {
  test(`as the slow evaluator, with reset: ${body}`, () => {
    const correlation = correlationOf(body, '{on_fire: reset}');
    const isHeld = words(correlation);
    let fired = 0;
    for (let seed = 0; seed < 150; seed++) {
      const signals = makeSignals(seed);
      const found = fast(correlation, signals);
      fired += found.length;
      expect(found, `seed ${seed}`).toEqual(slowWithReset(signals, isHeld));
    }
    expect(fired).toBeGreaterThan(10);
  });
}

/** From the beginning, at whole seconds. */
function slowByClock(
  timespanMs: number,
  signals: readonly CorrelationSignal[],
  isHeld: (group: readonly CorrelationSignal[], time: number) => boolean,
): readonly Found[] {
  const groups = Map.groupBy(
    signals.filter((signal) => signal.fields('user') !== undefined),
    (signal) => valueText(signal.fields('user')) ?? '',
  );
  const found: Found[] = [];
  for (const [key, group] of groups) {
    for (let time = 0; time < span.to; time += 1000) {
      if (!isHeld(group, time)) continue;
      const before = found.findIndex((each) => each.key === key && time - each.time <= timespanMs);
      if (before < 0) found.push({ key, start: time, time });
      else found[before] = { key, start: found[before]?.start ?? time, time };
    }
  }
  return inOrder(found);
}

function fastByClock(correlation: Correlation, signals: readonly CorrelationSignal[]): readonly Found[] {
  const { firings } = evaluate(correlation, signals, { from: 0, to: span.to });
  return inOrder(
    firings.map(({ key, start, time }) => ({ key: key[0] ?? '', start, time: Math.floor(time / 1000) * 1000 })),
  );
}

for (const minCount of [1, 3]) {
  test(`as the slow evaluator: absence of ${minCount}`, () => {
    const correlation = correlationOf(
      `type: absence, rules: [a, b, c], group-by: [user], timespan: 15s, condition: {min_count: ${minCount}}`,
    );
    let fired = 0;
    for (let seed = 0; seed < 150; seed++) {
      const signals = makeSignals(seed);
      const found = slowByClock(15_000, signals, (group, time) => {
        // Of a group that never had enough nothing is expected.
        const isKnown = group.filter((signal) => signal.time <= time).length >= minCount;
        return isKnown && inWindow(group, time - 15_000, time).length < minCount;
      });
      fired += found.length;
      expect(fastByClock(correlation, signals), `seed ${seed}`).toEqual(found);
    }
    expect(fired).toBeGreaterThan(10);
  });
}

for (const direction of ['up', 'down', 'both']) {
  test(`as the slow evaluator: ratio ${direction}`, () => {
    const correlation = correlationOf(
      `type: ratio, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {reference: 20s, factor: 2, direction: ${direction}, min_reference: 2}`,
    );
    let fired = 0;
    for (let seed = 0; seed < 150; seed++) {
      const signals = makeSignals(seed);
      const found = slowByClock(10_000, signals, (group, time) => {
        const current = inWindow(group, time - 10_000, time).length;
        const reference = inWindow(group, time - 30_000, time - 20_000).length;
        if (reference < 2) return false;
        return (direction !== 'down' && current >= 2 * reference) || (direction !== 'up' && current * 2 <= reference);
      });
      fired += found.length;
      expect(fastByClock(correlation, signals), `seed ${seed}`).toEqual(found);
    }
    expect(fired).toBeGreaterThan(10);
  });
}

test('as the slow evaluator: new_value', () => {
  const correlation = correlationOf(
    'type: new_value, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {field: port, history: 40s, min_history: 20s}',
  );
  let fired = 0;
  for (let seed = 0; seed < 150; seed++) {
    const signals = makeSignals(seed);
    const names = signals.flatMap((signal) => {
      const { time, fields } = signal;
      const user = fields('user');
      const others = signals.filter(
        (other) => user !== undefined && other.fields('user') === user && other.time <= time,
      );
      const isKnown = others.some((other) => other.time <= time - 20_000);
      const isSeen = others.some(
        (other) => other.time < time && other.time > time - 40_000 && other.fields('port') === fields('port'),
      );
      return isKnown && !isSeen && time >= span.from ? [`${valueText(user)} ${valueText(fields('port'))} ${time}`] : [];
    });
    const { firings } = evaluate(correlation, signals, { from: 0, to: span.to });
    const found = firings.filter(({ start }) => start >= span.from);
    expect(found.map(({ key, value, start }) => `${key[0]} ${value} ${start}`).toSorted()).toEqual(
      [...new Set(names)].toSorted(),
    );
    fired += found.length;
  }
  expect(fired).toBeGreaterThan(10);
});

const bursts = 'type: event_count, rules: [a, b, c], group-by: [user], timespan: 10s, condition: {gte: 4}';

test.each(['{}', '{on_fire: reset}'])(
  'in pieces, with what was found before, it finds the same episodes: %s',
  (siem) => {
    const correlation = correlationOf(bursts, siem);
    for (let seed = 0; seed < 100; seed++) {
      const signals = makeSignals(seed);
      const whole = evaluate(correlation, signals, span).firings;
      const episodes = new Map<string, { id: string; key: readonly string[]; start: number; last: number }>();
      for (let from = span.from; from < span.to; from += 7000) {
        const known = [...episodes.values()];
        const { firings } = evaluate(correlation, signals, { from, to: Math.min(from + 7000, span.to), known });
        for (const { id, key, start, time } of firings) episodes.set(id, { id, key, start, last: time });
      }
      const pieces = [...episodes.values()].map(({ id, start, last }) => ({ id, start, time: last }));
      expect(pieces.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
        whole.map(({ id, start, time }) => ({ id, start, time })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      );
    }
  },
);
