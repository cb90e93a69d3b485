import { expect, test } from 'vitest';
import { evaluateChain } from './chain.ts';
import type { Correlation, CorrelationSignal } from './correlation.ts';
import { at, correlationOf, parsed } from './correlation.suite.ts';
import { evaluate } from './evaluate.ts';
import { signalOfFiring } from './firing-signal.ts';
import { resolveCorrelations } from './resolve.ts';
import { parseRuleField } from './rule-field.ts';

const span = { from: 0, to: 10_000_000 };

const manyFailed = parsed(`
title: Many failed
id: 5b1f
name: many_failed
correlation: {type: event_count, rules: [failed], group-by: [user], timespan: 10m, condition: {gte: 3}}
`);

const succeeded = (alert: string): Correlation =>
  parsed(`
title: Brute force succeeded
id: b180
correlation: {type: temporal_ordered, rules: [many_failed, login], group-by: [user], timespan: 10m}
siem: {alert: ${alert}}
`);

const signals: readonly CorrelationSignal[] = [
  ...[0, 1, 2, 3].map((seconds) => at(seconds, 'f', { user: 'bob', ip: `10.0.0.${seconds}` })),
  at(5, 'l', { user: 'bob', ip: '10.9.9.9' }),
];

/** Of the second one, with the first in the chain. */
function said(alert: string) {
  const rules = [
    { id: 'f', name: 'failed', file: 'f.yml' },
    { id: 'l', name: 'login', file: 'l.yml' },
  ];
  const { correlations, problems } = resolveCorrelations([succeeded(alert), manyFailed], rules);
  expect(problems).toEqual([]);
  const correlation = correlations.find(({ detection }) => detection.id === 'b180') as Correlation;
  const [firing] = evaluateChain(correlations, signals, () => span).get('b180')?.firings ?? [];
  if (firing === undefined) throw new Error('it did not fire');
  return signalOfFiring(correlation, firing, 1);
}

test('fields of one of the rules, by the name that the document has for it', () => {
  expect(said('{title: "{{user}}: in after {{rules.many_failed.value}} failures"}').title).toBe(
    'bob: in after 4 failures',
  );
  const both = said('{title: "{{rules.many_failed.ip}} {{ rules.login.ip }} {{ip}} {{rules.login.nothing}}|"}');
  expect(both.title).toBe('10.0.0.3 10.9.9.9 10.9.9.9 |');
  const others = said('{key: [rules.login.ip], context: [rules.many_failed.count]}');
  expect(others).toMatchObject({ dedup: '10.9.9.9', context: { 'rules.many_failed.count': 4 } });
});

test('the newest signal of each rule counts, whatever is evidence', () => {
  const body = 'type: event_count, rules: [a, b], timespan: 1h, condition: {gte: 300}';
  const correlation = correlationOf(body, '{alert: {title: "{{rules.a.n}} {{rules.b.n}}"}}');
  const many = Array.from({ length: 400 }, (_, n) => at(n, n === 100 || n === 150 ? 'a' : 'b', { n }));
  const [firing] = evaluate(correlation, many, span).firings;
  if (firing === undefined) throw new Error('it did not fire');
  expect(signalOfFiring(correlation, firing, 1).title).toBe('150 399');
});

test('the times of a firing', () => {
  expect(said('{title: "{{first}} to {{last}}"}').title).toBe('1970-01-01T00:00:03.000Z to 1970-01-01T00:00:05.000Z');
});

test('what is no rule of the correlation is refused', () => {
  expect(() => said('{title: "{{rules.many_faild.value}}"}')).toThrow(
    /^c\.yml:5:\d+: siem\.alert: rules\.many_faild\.value: expected rules\.NAME\.FIELD with one of many_failed, login$/,
  );
  expect(() => said('{key: [rules.login]}')).toThrow('rules.login: expected');
});

test.each([
  ['rules.a.b', { rule: 'a', field: 'b' }],
  ['rules.a.b.c', { rule: 'a.b', field: 'c' }],
  ['rules.c.b', undefined],
  ['rules.a', undefined],
  ['a.b', undefined],
])('%s', (text, field) => {
  expect(parseRuleField(text, ['a', 'a.b'])).toEqual(field);
});
