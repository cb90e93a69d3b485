import { expect, test } from 'vitest';
import type { Event } from '../../core/event.ts';
import type { Signal } from '../../core/detection.ts';
import { createSigmaEvaluator } from './evaluator.ts';
import { createCompiler } from './predicate.ts';
import { matches, ruleOf, run, schemaOf, selectionOf } from './rule.suite.ts';
import { createView } from './view.ts';

const simple = 's: {a: x}\ncondition: s';

test('title, dedup string and context come from the siem block', () => {
  const siem = `siem: {alert: {title: 'From {{ ip }} to {{missing}}{{b.c}}', key: [ip, b], context: [ip, b, missing]}}`;
  const [signal] = run([ruleOf(simple, {}, siem)], { a: 'x', ip: '192.0.2.1', b: { c: [1, 2] } });
  expect(signal).toMatchObject({
    detection: 'Test',
    logType: 'Test.Log',
    rowId: 'a-000001',
    title: 'From 192.0.2.1 to 1, 2',
    dedup: '192.0.2.1, {"c":[1,2]}',
    severity: 'LOW',
    context: { ip: '192.0.2.1', b: { c: [1, 2] } },
  });
  expect(JSON.parse(signal?.event ?? '')).toMatchObject({ a: 'x', p_log_type: 'Test.Log' });
});

test('without one the title is both, and `fields` is the context', () => {
  const [signal] = run([ruleOf(simple, {}, 'fields: [a, b]')], { a: 'x' });
  expect(signal).toMatchObject({ title: 'Test', dedup: 'Test', context: { a: 'x' } });
});

test('exceptions leave events out until their day is over', () => {
  const until = ['2026-01-01', '2025-12-31'].map((day) => {
    const rule = ruleOf(simple, {}, `siem: {exceptions: [{name: n, until: ${day}, when: {b|cidr: 10.0.0.0/8}}]}`);
    const signals: Signal[] = [];
    const evaluate = createSigmaEvaluator([rule], schemaOf(['a', 'b']), new Int32Array(2), new Set(), signals);
    for (const b of ['10.1.1.1', '11.1.1.1']) evaluate?.(eventOf({ a: 'x', b }), Date.UTC(2026, 0, 1, 23, 59));
    return { signals: signals.length, excepted: [...(evaluate?.excepted ?? [])] };
  });
  expect(until).toEqual([
    { signals: 1, excepted: [['Test', 1]] },
    { signals: 2, excepted: [] },
  ]);
});

test('disabled rules, skipped rules and rules for other logs are left out', () => {
  const signals: Signal[] = [];
  const make = (rules: Parameters<typeof createSigmaEvaluator>[0], skip: string[] = []) =>
    createSigmaEvaluator(rules, schemaOf(['a']), new Int32Array(2), new Set(skip), signals);
  expect(make([ruleOf(simple, {}, 'siem: {enabled: false}')])).toBeUndefined();
  expect(make([ruleOf(simple)], ['Test'])).toBeUndefined();
  expect(make([{ ...ruleOf(simple), logsource: { product: 'windows' } }])).toBeUndefined();
  expect(make([ruleOf(simple)])).toBeDefined();
});

test('one event after the other', () => {
  const rules = [
    selectionOf('{a|contains: x}'),
    selectionOf('{a|re: y}'),
    selectionOf('{a: null}'),
    selectionOf('[z]'),
  ];
  const signals: Signal[] = [];
  const evaluate = createSigmaEvaluator(rules, schemaOf(['a', 'b']), new Int32Array(2), new Set(), signals);
  const counts = [{ a: 'x' }, { a: 'y' }, {}, { a: '-', b: 'z' }, { a: 'xy' }, { a: '-' }].map((fields) => {
    signals.length = 0;
    evaluate?.(eventOf(fields), 0);
    return signals.length;
  });
  expect(counts).toEqual([1, 1, 1, 1, 2, 0]);
});

test('a context that grows too large ends before the field that is too much', () => {
  const [signal] = run([ruleOf(simple, {}, 'fields: [b, c, d]')], { a: 'x', b: 1, c: 'y'.repeat(300_000), d: 2 });
  expect(signal?.context).toEqual({ b: 1 });
});

test('progress tells which rule runs and counts events', () => {
  const progress = new Int32Array(2);
  const seen: number[] = [];
  const signals: Signal[] = [];
  signals.push = (...more) => seen.push(progress[0] ?? -1) + more.length;
  const evaluate = createSigmaEvaluator(
    [selectionOf('{a: y}'), ruleOf(simple)],
    schemaOf(['a']),
    progress,
    new Set(),
    signals,
    11,
  );
  evaluate?.(eventOf({ a: 'x' }), 0);
  expect(seen).toEqual([12]);
  expect([...progress]).toEqual([0, 1]);
});

test('names with dots lie below fields, through lists too, or under names of ECS', () => {
  expect(matches(selectionOf('{a.b.c: x}'), { a: { b: [{ c: 'y' }, { c: 'X' }] } })).toBe(true);
  expect(matches(selectionOf('{a.b.c: x}'), { a: { b: 'x' } })).toBe(false);
  const schema = schemaOf(
    [{ name: 'res', type: 'string', required: false, ecs: 'event.outcome', ecsValues: { Failed: 'failure' } }],
    { 'event.category': 'authentication' },
  );
  const rule = selectionOf('{event.category: Authentication, event.outcome: failure}');
  expect(run([rule], { res: 'Failed' }, schema)).toHaveLength(1);
  expect(run([rule], { res: 'failure' }, schema)).toHaveLength(1);
  expect(run([rule], { res: 'Accepted' }, schema)).toHaveLength(0);
});

test('the index finds what trying every rule finds', () => {
  const random = mulberry32(7);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const words = ['powershell', 'cmd.exe', 'whoami', 'mimikatz', 'net user', 'abc', 'ABCDE', 'é', 'x', 'tab\\task'];
  const item = (): string => {
    const field = pick(['a', 'b', 'c', "''"]);
    const modifier =
      field === "''" ? pick(['', '|contains']) : pick(['', '|contains', '|endswith', '|startswith', '|cased', '|re']);
    const value = (): string =>
      `'${modifier === '|re' ? pick(['^net', 'who.mi', 'x+']) : pick(words) + pick(['', '', '*', '?'])}'`;
    const name = field === "''" ? `'${modifier}'` : `${field}${modifier}`;
    return name === "''" ? `'|all': [${value()}]` : `${name}: [${value()}, ${value()}]`;
  };
  const conditions = ['s and t', 's or t', 's and not t', 'not s', '1 of *', 's and (t or u)', '(s or t) and not u'];
  const rules = Array.from({ length: 400 }, () => {
    const selections = ['s', 't', 'u'].map((name) => `${name}: {${item()}}`).join('\n');
    return ruleOf(`${selections}\ncondition: ${pick(conditions)}`);
  });
  const schema = schemaOf(['a', 'b', 'c']);
  const view = createView(schema);
  const slow = rules.map((rule) => createCompiler(view)(rule.condition));
  const signals: Signal[] = [];
  const evaluate = createSigmaEvaluator(rules, schema, new Int32Array(2), new Set(), signals);
  let hits = 0;
  for (let round = 0; round < 300; round++) {
    const value = () =>
      pick([undefined, null, 5, pick(words), `${pick(words)} ${pick(words)}`, [pick(words), `-${pick(words)}`]]);
    const event = eventOf({ a: value(), b: value(), c: value() });
    view.hold(event);
    const expected = slow.filter((holds) => holds()).length;
    signals.length = 0;
    evaluate?.(event, 0);
    expect({ event, hits: signals.length }).toEqual({ event, hits: expected });
    hits += expected;
  }
  expect(hits).toBeGreaterThan(1000);
});

function eventOf(fields: Readonly<Record<string, unknown>>): Event {
  return { ...fields, p_log_type: 'Test.Log', p_row_id: 'a', p_event_time: '', p_parse_time: '', p_source_id: 'a' };
}

/** The same numbers each time. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
