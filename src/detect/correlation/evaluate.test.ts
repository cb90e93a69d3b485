import { expect, test } from 'vitest';
import { caps, type CorrelationSignal, type Evaluated, type Past, reachMs, touchedBy } from './correlation.ts';
import { at, correlationOf } from './correlation.suite.ts';
import { evaluate } from './evaluate.ts';

const span = { from: 0, to: 10_000_000 };
const scan = 'type: value_count, rules: [syn], group-by: [src, dst], timespan: 30s, condition: {field: port, gt: 50}';

function firingsOf(body: string, signals: readonly CorrelationSignal[], evaluated: Partial<Evaluated> = {}) {
  return evaluate(correlationOf(body), signals, { ...span, ...evaluated }).firings;
}

function repeat(count: number, make: (i: number) => CorrelationSignal): readonly CorrelationSignal[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function syns(count: number, every: number): readonly CorrelationSignal[] {
  return repeat(count, (i) => at(i * every, 'syn', { src: '10.0.0.5', dst: '10.0.0.9', port: i }));
}

test('a scan of 60 ports in 6 s is one episode; 50 ports, and one a second, are none', () => {
  const [firing, ...others] = firingsOf(scan, syns(60, 0.1));
  expect(others).toEqual([]);
  expect(firing).toMatchObject({
    key: ['10.0.0.5', '10.0.0.9'],
    start: 5000,
    time: 5900,
    value: 60,
    count: 60,
    first: 0,
    last: 5900,
    isNew: true,
    isApproximate: false,
  });
  expect(firingsOf(scan, syns(50, 0.1))).toEqual([]);
  expect(firingsOf(scan, syns(60, 1))).toEqual([]);
});

test('every pair is an episode of its own', () => {
  const signals = repeat(120, (i) => at(i / 10, 'syn', { src: `10.0.0.${i % 2}`, dst: 'd', port: i }));
  expect(firingsOf(scan, signals).map(({ key, value }) => [key[0], value])).toEqual([
    ['10.0.0.0', 60],
    ['10.0.0.1', 60],
  ]);
});

const two = 'type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}';

test('a signal that is exactly the timespan old is out', () => {
  expect(firingsOf(two, [at(0, 'a'), at(10, 'a')])).toEqual([]);
  expect(firingsOf(two, [at(0, 'a'), at(9.999, 'a')])).toHaveLength(1);
});

test('an event that two rules matched, or that comes twice, is one', () => {
  const body = 'type: event_count, rules: [a, b], timespan: 10s, condition: {gte: 2}';
  const signal = at(0, 'a');
  expect(firingsOf(body, [signal, { ...signal, detection: 'b' }, signal])).toEqual([]);
});

test('the size of an event that two rules matched is summed once', () => {
  const body = 'type: value_sum, rules: [a, b], timespan: 10s, condition: {field: size, gte: 5}';
  const signal = at(0, 'a', { size: 5 });
  expect(firingsOf(body, [signal, { ...signal, detection: 'b' }])).toMatchObject([{ value: 5 }]);
});

test('what happens at `to` is not yet decided', () => {
  const signals = [at(1, 'a'), at(2, 'a')];
  expect(firingsOf(two, signals, { to: 2000 })).toEqual([]);
  expect(firingsOf(two, signals, { to: 2001 })).toHaveLength(1);
});

test('an upper bound is judged when the window closes that the signal began', () => {
  const body = 'type: event_count, rules: [a], timespan: 10s, condition: {lt: 3}';
  const signals = [at(0, 'a'), at(1, 'a'), at(2, 'a'), at(60, 'a')];
  expect(evaluate(correlationOf(body), signals, { from: 0, to: 70_000 })).toMatchObject({
    firings: [{ start: 11_000, time: 12_000, value: 1 }],
    due: 70_000,
  });
  expect(firingsOf(body, signals, { to: 70_001 })).toHaveLength(2);
});

test('order of arrival does not matter', () => {
  const signals = syns(60, 0.1);
  expect(firingsOf(scan, signals.toReversed())).toEqual(firingsOf(scan, signals));
});

test('an episode ends when the condition did not hold for the timespan, or for resolve_after', () => {
  const signals = [at(0, 'a'), at(1, 'a'), at(15, 'a'), at(16, 'a'), at(17, 'a')];
  expect(firingsOf(two, signals).map(({ start, time }) => [start, time])).toEqual([
    [1000, 1000],
    [16_000, 17_000],
  ]);
  const patient = correlationOf(two, '{resolve_after: 1m}');
  expect(evaluate(patient, signals, span).firings).toMatchObject([{ start: 1000, time: 17_000, count: 5 }]);
});

test('a known episode goes on, under its id', () => {
  const signals = [at(8, 'a'), at(9, 'a')];
  const known = [{ id: 'before', key: [], start: 500, last: 2000 }];
  expect(firingsOf(two, signals, { known })).toMatchObject([{ id: 'before', start: 500, time: 9000, isNew: false }]);
  const over = [{ id: 'before', key: [], start: 500, last: -1000 }];
  expect(firingsOf(two, signals, { known: over })).toMatchObject([{ start: 9000, isNew: true }]);
});

const anew = (signals: readonly CorrelationSignal[], evaluated: Partial<Evaluated> = {}, body = two) =>
  evaluate(correlationOf(body, '{on_fire: reset}'), signals, { ...span, ...evaluated }).firings;

test('after a reset each firing is of signals of its own', () => {
  const signals = repeat(25, (i) => at(i / 10, 'a'));
  const ten = 'type: event_count, rules: [a], timespan: 10s, condition: {gte: 10}';
  const firings = anew(signals, {}, ten);
  expect(firings).toMatchObject([
    { start: 900, time: 900, value: 10, count: 10, first: 0, isNew: true },
    { start: 1900, time: 1900, value: 10, count: 10, first: 1000, isNew: true },
  ]);
  expect(new Set(firings.map(({ id }) => id)).size).toBe(2);
  expect(firingsOf(ten, signals)).toHaveLength(1);
  const ordered = 'type: temporal_ordered, rules: [a, b], timespan: 10s';
  const steps = [at(0, 'a'), at(1, 'b'), at(2, 'b'), at(2, 'b'), at(3, 'a'), at(4, 'b')];
  expect(anew(steps, {}, ordered).map(({ time }) => time)).toEqual([1000, 4000]);
});

test('a firing that was told empties the window, and a late signal does not tell it again', () => {
  const told = [{ id: 'before', key: [], start: 2000, last: 2000 }];
  const signals = [at(1, 'a'), at(2, 'a'), at(3, 'a')];
  expect(anew(signals, { from: 3000, known: told })).toEqual([]);
  expect(anew([...signals, at(1.5, 'a')], { from: 1500, known: told })).toEqual([]);
  expect(anew([...signals, at(4, 'a')], { from: 4000, known: told })).toMatchObject([{ time: 4000, first: 3000 }]);
  // Of an earlier window it is another firing.
  expect(anew([at(-9, 'a'), at(-9.5, 'a'), ...signals], { from: -9500, known: told })).toMatchObject([{ time: -9000 }]);
});

const idOf = (signals: readonly CorrelationSignal[], body = two) => firingsOf(body, signals)[0]?.id;

test('the same evaluation gives the same id; another start, key or correlation another', () => {
  expect(idOf([at(0, 'a'), at(1, 'a')])).toBe(idOf([at(0, 'a'), at(1, 'a'), at(2, 'a')]));
  expect(idOf([at(0, 'a'), at(1, 'a')])).not.toBe(idOf([at(0, 'a'), at(2, 'a')]));
  expect(idOf([at(0, 'a'), at(1, 'a')])).toMatch(/^[0-9a-f]{32}$/);
});

test('what lacks a group field or the counted field is ignored, and counted', () => {
  const body = 'type: value_sum, rules: [a], group-by: [user], timespan: 10s, condition: {field: bytes, gt: 5}';
  const signals = [
    at(0, 'a', { user: null, bytes: 9 }),
    at(1, 'a', { bytes: 9 }),
    at(2, 'a', { user: 'u', bytes: 'many' }),
    at(3, 'a', { user: 'u', bytes: '9.5' }),
    at(4, 'b', { user: 'u', bytes: 9 }),
  ];
  const { firings, ignored } = evaluate(correlationOf(body), signals, span);
  expect(firings).toMatchObject([{ key: ['u'], value: 9.5 }]);
  expect(ignored).toEqual({ group: 2, field: 1, over: 0, excepted: 0 });
});

test('what lacks a group field may be a group of its own', () => {
  const body = 'type: event_count, rules: [a], group-by: [user, host], timespan: 10s, condition: {gte: 2}';
  const signals = [
    at(0, 'a', { user: null, host: 'h' }),
    at(1, 'a', { host: 'h' }),
    at(2, 'a', { host: 'other' }),
    at(3, 'a', { user: 'u', host: 'h' }),
    at(4, 'a', {}),
    at(5, 'a', {}),
  ];
  const { firings, ignored } = evaluate(correlationOf(body, '{missing: group}'), signals, span);
  expect(firings.map(({ key }) => key)).toEqual([
    ['', 'h'],
    ['', ''],
  ]);
  expect(ignored.group).toBe(0);
});

test('22 and "22" are one group; p_ecs and the context have fields, too', () => {
  const body = 'type: event_count, rules: [a], group-by: [port, source.ip], timespan: 10s, condition: {gte: 2}';
  const signals = [
    at(0, 'a', { port: 22, p_ecs: { 'source.ip': '1.1.1.1' } }),
    at(1, 'a', { port: '22', source: { ip: '1.1.1.1' } }),
  ];
  expect(firingsOf(body, signals)).toMatchObject([{ key: ['22', '1.1.1.1'] }]);
});

test('an alias is another field for each rule', () => {
  const body = `type: temporal, rules: [a, b], group-by: [who], timespan: 10s, aliases: {who: {a: src_user, b: dst_user}}`;
  expect(firingsOf(body, [at(0, 'a', { src_user: 'x' }), at(1, 'b', { dst_user: 'x' })])).toMatchObject([
    { key: ['x'], value: 2 },
  ]);
  expect(firingsOf(body, [at(0, 'a', { src_user: 'x' }), at(1, 'b', { src_user: 'x' })])).toEqual([]);
});

const except = (when: string) =>
  correlationOf(
    'type: event_count, rules: [a], group-by: [who], timespan: 10s, condition: {gte: 1}, aliases: {who: {a: user}}',
    `{exceptions: [{name: x, when: {${when}}, until: 1970-01-01}]}`,
  );

test('exceptions leave signals out, by their fields or aliases, until their day', () => {
  const signals = [at(0, 'a', { user: 'Bob', p_ecs: { 'source.ip': '10.9.0.1' } }), at(0, 'a', { user: 'eve' })];
  const keys = (when: string) => evaluate(except(when), signals, span).firings.map(({ key }) => key[0]);
  expect(keys("'source.ip|cidr': 10.9.0.0/24")).toEqual(['eve']);
  expect(keys('who: [BOB, x*]')).toEqual(['eve']);
  expect(keys('user: nobody')).toEqual(['Bob', 'eve']);
  expect(evaluate(except('user: bob'), signals, span).ignored.excepted).toBe(1);
  const later = signals.map((signal) => ({ ...signal, time: signal.time + 86_400_000 }));
  expect(evaluate(except('user: bob'), later, { from: 0, to: 1e9 }).firings).toHaveLength(2);
});

test('an exception of a group is one of its silence, too', () => {
  const excepted = correlationOf(
    'type: absence, rules: [beat], group-by: [host], timespan: 1h',
    '{exceptions: [{name: x, when: {host: old}}]}',
  );
  const past: Past[] = ['old', 'new'].map((host) => ({ key: [host], value: '', first: 0, last: 0, count: 1 }));
  expect(evaluate(excepted, [], { from: 0, to: 7_200_000, past }).firings).toMatchObject([{ key: ['new'] }]);
});

test('evidence is capped, with the oldest and the newest, and says so', () => {
  const [firing] = firingsOf(
    two,
    repeat(500, (i) => at(i / 100, 'a')),
  );
  expect(firing).toMatchObject({ count: 500, isEvidenceCapped: true });
  expect(firing?.evidence).toHaveLength(caps.evidence);
});

test('beyond 10,000 values the count is an estimate, and says so', () => {
  const body = 'type: value_count, rules: [a], timespan: 1h, condition: {field: port, gt: 5000}';
  const [firing] = firingsOf(
    body,
    repeat(50_000, (i) => at(i / 100, 'a', { port: i })),
  );
  expect(firing?.isApproximate).toBe(true);
  expect(Number(firing?.value) / 50_000).toBeCloseTo(1, 1);
  expect(
    firingsOf(
      body,
      repeat(10_000, (i) => at(i / 100, 'a', { port: i })),
    ),
  ).toMatchObject([{ value: 10_000, isApproximate: false }]);
});

test('`not` is decided when the last window closes that contains the match', () => {
  const body = 'type: temporal, timespan: 10m, condition: login and not push';
  const alone = [at(1000, 'login')];
  expect(firingsOf(body, alone, { to: 1_600_000 })).toEqual([]);
  expect(evaluate(correlationOf(body), alone, { from: 0, to: 1_600_000 }).due).toBe(1_600_000);
  expect(firingsOf(body, alone, { to: 1_600_001 })).toMatchObject([{ start: 1_600_000, first: 1_000_000 }]);
  expect(firingsOf(body, [at(1000, 'login'), at(1599, 'push')])).toEqual([]);
  expect(firingsOf(body, [at(401, 'push'), at(1000, 'login')])).toEqual([]);
  expect(firingsOf(body, [at(400, 'push'), at(1000, 'login')])).toHaveLength(1);
});

test('in order, what must be absent is so at its place', () => {
  const body = 'type: temporal_ordered, timespan: 10m, condition: a and not x and b';
  expect(firingsOf(body, [at(0, 'a'), at(2, 'b')])).toMatchObject(
    [{ start: 2000, count: 2 }].map(({ count }) => ({ count })),
  );
  expect(firingsOf(body, [at(0, 'a'), at(1, 'x'), at(2, 'b')])).toEqual([]);
  expect(firingsOf(body, [at(0, 'x'), at(1, 'a'), at(2, 'b')])).toHaveLength(1);
});

test('a sequence may name a rule twice; one signal is one step', () => {
  const body = 'type: temporal_ordered, rules: [fail, fail, ok], timespan: 10m';
  expect(firingsOf(body, [at(0, 'fail'), at(1, 'ok')])).toEqual([]);
  expect(firingsOf(body, [at(0, 'fail'), at(1, 'fail'), at(2, 'ok')])).toMatchObject([{ count: 3 }]);
});

const country = 'type: new_value, rules: [login], group-by: [user], timespan: 1h, condition: {field: country}';
const day = 86_400;

function logins(countries: readonly (readonly [number, string])[]): readonly CorrelationSignal[] {
  return countries.map(([days, where]) => at(days * day, 'login', { user: 'bob', country: where }));
}

test('a new value fires once, in a group known for min_history', () => {
  const all = { to: 100 * day * 1000 };
  const signals = logins([
    [0, 'DE'],
    [1, 'FR'],
    [8, 'US'],
    [8.1, 'US'],
    [9, 'DE'],
  ]);
  expect(firingsOf(country, signals, all)).toMatchObject([
    { key: ['bob'], value: 'US', start: 8 * day * 1000, known: ['FR', 'DE'], count: 1 },
  ]);
  expect(
    firingsOf(
      country,
      logins([
        [0, 'DE'],
        [6.9, 'US'],
      ]),
      all,
    ),
  ).toEqual([]);
  // Not seen for the history's 30 days: it is new again.
  expect(
    firingsOf(
      country,
      logins([
        [0, 'DE'],
        [10, 'FR'],
        [30, 'DE'],
      ]),
      all,
    ).map(({ value }) => value),
  ).toEqual(['FR', 'DE']);
});

test('what the past knows is not new', () => {
  const past: Past[] = [{ key: ['bob'], value: 'DE', first: -30 * day * 1000, last: -1000, count: 9 }];
  const signals = logins([
    [0, 'DE'],
    [0.1, 'US'],
    [0.2, 'IT'],
  ]);
  expect(firingsOf(country, signals, { past, to: day * 1000 }).map(({ value }) => value)).toEqual(['US', 'IT']);
});

test('a known value is not the episode of another', () => {
  const known = [{ id: 'it', key: ['bob'], start: 8 * day * 1000, last: 8 * day * 1000, value: 'IT' }];
  const signals = logins([
    [0, 'DE'],
    [8, 'US'],
  ]);
  expect(firingsOf(country, signals, { known, to: 9 * day * 1000 })).toMatchObject([{ value: 'US', isNew: true }]);
});

const silent = 'type: absence, rules: [beat], group-by: [host], timespan: 1h';
const hour = 3600;

test('silence begins when the last signal leaves the window, and ends with the next', () => {
  const signals = [
    at(0, 'beat', { host: 'h' }),
    at(0.5 * hour, 'beat', { host: 'h' }),
    at(3 * hour, 'beat', { host: 'h' }),
  ];
  expect(firingsOf(silent, signals, { to: 2 * hour * 1000 })).toMatchObject([
    { key: ['h'], start: 1.5 * hour * 1000, value: 0, last: 0.5 * hour * 1000, isNew: true },
  ]);
  expect(firingsOf(silent, signals, { to: 1.5 * hour * 1000 })).toEqual([]);
  expect(evaluate(correlationOf(silent), signals, { from: 0, to: 1.5 * hour * 1000 }).due).toBe(1.5 * hour * 1000);
  expect(firingsOf(silent, signals, { to: 3.5 * hour * 1000 })).toMatchObject([{ time: 3 * hour * 1000 - 1 }]);
});

test('silence of what was seen before, and of what never came', () => {
  const past: Past[] = [
    { key: ['gone'], value: '', first: 0, last: 0, count: 3 },
    { key: ['never'], value: '', first: 1000, count: 0 },
  ];
  const firings = firingsOf(silent, [], { from: 0, to: 2 * hour * 1000, past });
  expect(firings.map(({ key, start, count }) => [key[0], start, count])).toEqual([
    ['gone', hour * 1000, 0],
    ['never', hour * 1000 + 1000, 0],
  ]);
  // Runs later find the same silence, under the same id.
  const later = firingsOf(silent, [], { from: 5 * hour * 1000, to: 6 * hour * 1000, past });
  expect(later.map(({ id }) => id)).toEqual(firings.map(({ id }) => id));
  // After the inventory's 30 days it is forgotten.
  const forgotten = firingsOf(silent, [], { from: 31 * day * 1000, to: 31 * day * 1000 + 1, past });
  expect(forgotten).toEqual([]);
});

test('the clock of a source does not matter for its silence', () => {
  const beat = { ...at(-900_000, 'beat', { host: 'h' }), received: 3_000_000 };
  expect(firingsOf(silent, [beat], { to: 6_000_000 })).toEqual([]);
});

test('less than min_count is a silence, too', () => {
  const body = `${silent}, condition: {min_count: 3}`;
  const signals = repeat(10, (i) => at(i * 1000, 'beat', { host: 'h' }));
  // The third from the end leaves the window first.
  expect(firingsOf(body, signals, { to: 20_000_000 })).toMatchObject([{ start: (7000 + hour) * 1000 }]);
});

const spike = 'type: ratio, rules: [a], timespan: 1m, condition: {reference: 1m, factor: 3, min_reference: 2}';

test('three times as many as in the minute before', () => {
  const before = repeat(4, (i) => at(i * 10, 'a'));
  const burst = (count: number) => [...before, ...repeat(count, (i) => at(90 + i / 100, 'a'))];
  expect(firingsOf(spike, burst(12))).toMatchObject([{ value: expect.any(Number), first: expect.any(Number) }]);
  expect(firingsOf(spike, burst(2))).toEqual([]);
});

test('a ratio that was over before is not told', () => {
  const signals = [...repeat(4, (i) => at(i * 10, 'a')), ...repeat(12, (i) => at(90 + i / 100, 'a'))];
  expect(firingsOf(spike, signals, { from: 200_000 })).toEqual([]);
});

test('the reference may be a count that is known', () => {
  const body = 'type: ratio, rules: [a], timespan: 1m, condition: {reference: 1d, factor: 2}';
  const past: Past[] = [{ key: [], value: '', first: 0, last: 30_000, count: 10 }];
  const today = (count: number) => repeat(count, (i) => at(day + i, 'a'));
  const from = day * 1000;
  const evaluated = { from, to: from + 60_000, past };
  expect(firingsOf(body, today(19), evaluated)).toEqual([]);
  expect(firingsOf(body, today(59), evaluated)).toMatchObject([{ start: from + 30_000, value: 5.9 }]);
});

test('down: a third of what it was', () => {
  const body =
    'type: ratio, rules: [a], timespan: 1m, condition: {reference: 1h, factor: 3, direction: down, min_reference: 6}';
  const signals = [...repeat(12, (i) => at(i * 5, 'a')), at(3610, 'a')];
  expect(firingsOf(body, signals)).toMatchObject([{ start: 3625_000, value: expect.any(Number) }]);
});

test('how far back it needs signals, and what a late one touches', () => {
  expect(reachMs(correlationOf(two))).toBe(10_000);
  expect(reachMs(correlationOf('type: temporal, timespan: 10s, condition: a and not b'))).toBe(20_000);
  expect(reachMs(correlationOf(spike))).toBe(120_000);
  expect(touchedBy(correlationOf(two), [5, 3])).toEqual({ from: 3, to: 10_005 });
});

test('names of Object.prototype are groups and fields as others', () => {
  const body = 'type: event_count, rules: [a], group-by: [constructor], timespan: 10s, condition: {gte: 1}';
  expect(firingsOf(body, [at(0, 'a', {}), at(1, 'a', { constructor: '__proto__' })])).toMatchObject([
    { key: ['__proto__'], count: 1 },
  ]);
});

test('200,000 signals of one group take less than a few seconds', { timeout: 20_000 }, () => {
  const signals = repeat(200_000, (i) => at(i / 1000, 'a', { port: i % 5000 }));
  const started = performance.now();
  expect(
    firingsOf('type: value_count, rules: [a], timespan: 1h, condition: {field: port, gt: 10}', signals),
  ).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(5000);
});
