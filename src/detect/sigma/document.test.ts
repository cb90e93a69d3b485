import { expect, test } from 'vitest';
import { formatProblem } from '../../core/problem.ts';
import { parseSigmaDocument } from './document.ts';
import { applyFilters } from './filter.ts';
import { matches } from './rule.suite.ts';

const head = 'title: T\nid: 00000000-0000-4000-8000-000000000001\nlogsource: {service: Test.Log}\n';
const body = 'detection:\n  s: {a: x}\n  condition: s\n';

function problemsOf(text: string): readonly string[] {
  return parseSigmaDocument(text, 'r.yml').problems.map(formatProblem);
}

test('a rule becomes a detection', () => {
  const { rules, problems } = parseSigmaDocument(
    `${head}name: t
status: test
description: What it is
references: [https://example.org/1, https://example.org/2]
tags: [attack.execution, attack.t1059.001, attack.T1003, car.2016]
level: high
fields: [b]
siem:
  suppress: {for: 30m, backoff_max: 1d}
  resolve_after: 10m
  runbook: Look
  destinations: [mail]
custom: {any: thing}
${body}`,
    'rules/t.yml',
  );
  expect(problems).toEqual([]);
  expect(rules[0]?.detection).toEqual({
    id: '00000000-0000-4000-8000-000000000001',
    language: 'sigma',
    file: 'rules/t.yml',
    enabled: true,
    logTypes: ['*'],
    displayName: 'T',
    description: 'What it is',
    severity: 'HIGH',
    dedupPeriodMinutes: 60,
    threshold: 1,
    createAlert: true,
    runbook: 'Look',
    reference: 'https://example.org/1\nhttps://example.org/2',
    destinations: ['mail'],
    tags: ['attack.execution', 'attack.t1059.001', 'attack.T1003', 'car.2016'],
    reports: { 'MITRE ATT&CK': ['T1059.001', 'T1003'] },
    suppress: { forMs: 1_800_000, maxMs: 86_400_000 },
    resolveAfterMs: 600_000,
  });
  expect(rules[0]).toMatchObject({ name: 't', fields: ['b'], logsource: { service: 'test.log' }, conditionText: 's' });
});

function detection(more: string) {
  return parseSigmaDocument(`${head}${more}\n${body}`, 'r.yml').rules[0]?.detection;
}

test('levels, alerts and retired rules', () => {
  expect(detection('level: informational')).toMatchObject({ severity: 'INFO', createAlert: false });
  expect(detection('level: critical')).toMatchObject({ severity: 'CRITICAL', createAlert: true });
  expect(detection('siem: {alert: false}')).toMatchObject({ severity: 'LOW', createAlert: false });
  expect(detection('siem: {enabled: false}')).toMatchObject({ enabled: false });
  expect(detection('status: deprecated')).toMatchObject({ enabled: false });
  expect(detection('status: unsupported')).toMatchObject({ enabled: false });
});

test('several documents, of which one is broken', () => {
  const text = `---\n# a rule\n${head}${body}---\ntitle: [\n---\ntitle: C\ncorrelation: {type: event_count}\n...\n---\ntitle: N\n`;
  const read = parseSigmaDocument(text, 'r.yml');
  expect(read.rules).toHaveLength(1);
  expect(read.correlations.map(({ value }) => value)).toEqual([{ title: 'C', correlation: { type: 'event_count' } }]);
  expect(read.correlations.map((source) => source.problem(['correlation', 'type'], 'x').line)).toEqual([13]);
  expect(read.problems.map(formatProblem)).toEqual([
    expect.stringMatching(/^r\.yml:1[01]:\d+: YAML: /),
    'r.yml:16:1: expected one of the keys detection, correlation, filter',
  ]);
});

test.each([
  ['', ['r.yml: is empty']],
  [`${head}detection:\n  s: {a|b: x}\n  condition: s\n`, ['r.yml:5:7: a|b: there is no modifier `b`']],
  [
    `${head}detection:\n  s:\n    - a: x\n    - b|re: '('\n  condition: s\n`,
    ['r.yml:7:7: b|re: the regular expression has a ( without its )'],
  ],
  [
    `${head}detection:\n  s: {a: x}\n  condition: t\n`,
    ['r.yml:6:14: condition: there is no selection `t`; did you mean `s`?'],
  ],
  [
    `${head}detection:\n  s: {a: x}\n  condition: [s, u]\n`,
    ['r.yml:6:18: condition: there is no selection `u`; did you mean `s`?'],
  ],
  [`${head}detection:\n  s: {a: x}\n`, ['r.yml:5:3: condition: expected a text such as `selection`']],
  [
    `${head}detection:\n  s: {a: x}\n  timeframe: 5m\n  condition: s\n`,
    ['r.yml:6:3: timeframe: is no longer Sigma: write a correlation'],
  ],
  [`title: T\n${body}`, [expect.stringMatching(/^r\.yml:1:1: logsource: /)]],
  [`${head}level: severe\n${body}`, [expect.stringMatching(/^r\.yml:4:8: level: .*"informational"/)]],
  [`action: global\n${head}`, ['r.yml:1:1: action: is no longer Sigma: write whole documents']],
  [`${head}siem: {alrt: true}\n${body}`, [expect.stringMatching(/^r\.yml:4:8: siem\.alrt: unknown key/)]],
  [`${head}siem: {exceptions: [{name: n, when: {a|x: 1}}]}\n${body}`, ['r.yml:4:38: a|x: there is no modifier `x`']],
  [`${head}detection: {__proto__: {a: x}, condition: __proto__}\n`, ['r.yml:4:13: the key __proto__ is not allowed']],
])('%# is refused with its place', (text, expected) => {
  const { rules } = parseSigmaDocument(text, 'r.yml');
  expect(rules).toEqual([]);
  expect(problemsOf(text)).toEqual(expected);
});

test('conditions of a list: any of them', () => {
  const text = `${head}detection:\n  s: {a: x}\n  t: {b: y}\n  condition: [s, t]\n`;
  const [rule] = parseSigmaDocument(text, 'r.yml').rules;
  expect(rule?.conditionText).toBe('(s) or (t)');
  expect(rule && matches(rule, { b: 'y' })).toBe(true);
});

function filtered(filter: string) {
  const { rules } = parseSigmaDocument(head + body, 'r.yml');
  const { filters, problems } = parseSigmaDocument(`title: F\n${filter}`, 'f.yml');
  expect(problems).toEqual([]);
  return applyFilters(rules, filters);
}

test.each([
  // The specification's way and pySigma's.
  ['condition: selection', '(s) and not (selection)'],
  ['condition: not selection', '(s) and not selection'],
])('a filter with %s leaves out', (condition, text) => {
  const { rules, applied } = filtered(`logsource: {service: Test.Log}\nfilter:\n  selection: {b: y}\n  ${condition}\n`);
  const [rule] = rules;
  expect(rule?.conditionText).toBe(text);
  expect(rule && matches(rule, { a: 'x', b: 'z' })).toBe(true);
  expect(rule && matches(rule, { a: 'x', b: 'y' })).toBe(false);
  expect(applied.map((each) => each.rules)).toEqual([['00000000-0000-4000-8000-000000000001']]);
});

test.each([
  ['rules: any', 1],
  ['rules: [T]', 1],
  ['rules: [00000000-0000-4000-8000-000000000001]', 1],
  ['rules: [other]', 0],
])('a filter of %s', (rules, count) => {
  const read = filtered(
    `logsource: {service: test.log}\nfilter:\n  ${rules}\n  selection: {b: y}\n  condition: selection\n`,
  );
  expect(read.applied[0]?.rules).toHaveLength(count);
  expect(read.problems.map(formatProblem)).toEqual(count === 1 ? [] : ['f.yml: the filter `F` fits no rule']);
});

test('a filter for other logs fits nothing', () => {
  const read = filtered('logsource: {product: windows}\nfilter:\n  selection: {b: y}\n  condition: selection\n');
  expect(read.applied[0]?.rules).toEqual([]);
});
