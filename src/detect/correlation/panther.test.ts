import { expect, test } from 'vitest';
import { readDocumentText } from '../../core/document-text.ts';
import { formatProblem } from '../../core/problem.ts';
import type { Correlation, CorrelationSignal } from './correlation.ts';
import { at } from './correlation.suite.ts';
import { evaluate } from './evaluate.ts';
import { parsePantherCorrelation } from './panther-document.ts';
import { testPanther } from './panther.ts';

function read(detection: string, tests = '[]', schedule = 'RateMinutes: 60') {
  const source = `AnalysisType: correlation_rule\nRuleID: P\nEnabled: true\nSeverity: High\nDetection: [{${detection}, Schedule: {${schedule}}}]\nTests: ${tests}\n`;
  const text = readDocumentText(source, 'p.yml');
  return parsePantherCorrelation(text.value, text, 'p.yml');
}

function correlationOf(detection: string): Correlation {
  const { correlation, problems } = read(detection);
  if (correlation === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return correlation;
}

const minute = 60;
const user = (minutes: number, rule: string, u: string | readonly string[]): CorrelationSignal =>
  at(minutes * minute, rule, { u });

function found(detection: string, signals: readonly CorrelationSignal[], to = 1000): readonly string[] {
  const { firings } = evaluate(correlationOf(detection), signals, { from: 0, to: to * minute * 1000 + 1 });
  return firings.map(({ key }) => key.join()).toSorted();
}

const match = 'MatchCriteria: {any: [{GroupID: A, Match: u}, {GroupID: B, Match: u}]}';
const group = `Group: [{ID: A, RuleID: a, MinMatchCount: 2}, {ID: B, RuleID: b}], ${match}, LookbackWindowMinutes: 30`;

test('a group: every member matches often enough on one value', () => {
  const signals = [user(0, 'a', 'x'), user(1, 'a', 'x'), user(2, 'b', 'x'), user(2, 'a', 'y'), user(2, 'b', 'y')];
  expect(found(group, signals)).toEqual(['x']);
  expect(found(group, [user(0, 'b', 'x'), user(20, 'a', 'x'), user(30, 'a', 'x')])).toEqual(['x']);
  expect(found(group, [user(0, 'b', 'x'), user(20, 'a', 'x'), user(31, 'a', 'x')])).toEqual([]);
});

test('lists match where they have a value in common', () => {
  expect(found(group, [user(0, 'a', ['x', 'y']), user(1, 'a', ['y', 'z']), user(2, 'b', ['z', 'y', 'y'])])).toEqual([
    'y',
  ]);
});

test('an absent member, and one that must not match too often, are judged by the clock', () => {
  const absent = `Group: [{ID: A, RuleID: a}, {ID: B, RuleID: b, Absence: true}], ${match}, LookbackWindowMinutes: 30`;
  expect(correlationOf(absent).schedule?.everyMs).toBe(3_600_000);
  expect(correlationOf(group).schedule).toBeUndefined();
  expect(found(absent, [user(0, 'a', 'x'), user(1, 'a', 'y'), user(2, 'b', 'y')], 5)).toEqual(['x']);
  expect(found(absent, [user(0, 'a', 'x')], 31)).toEqual([]);
  const few = `Group: [{ID: A, RuleID: a, MaxMatchCount: 1}, {ID: B, RuleID: b}], ${match}, LookbackWindowMinutes: 30`;
  expect(found(few, [user(0, 'a', 'x'), user(2, 'b', 'x')], 5)).toEqual(['x']);
  expect(found(few, [user(0, 'a', 'x'), user(1, 'a', 'x'), user(2, 'b', 'x')], 5)).toEqual([]);
});

test('a schedule that names no times is refused where it decides', () => {
  const absent = `Group: [{ID: A, RuleID: a}, {ID: B, RuleID: b, Absence: true}], ${match}`;
  expect(read(absent, '[]', 'CronExpression: never').problems.map(formatProblem)).toEqual([
    expect.stringMatching(/^p\.yml:5:\d+: Detection\[0\]\.Schedule: /),
  ]);
  expect(read(group, '[]', 'CronExpression: never').problems).toEqual([]);
});

test('some of the members may be enough', () => {
  const some = 'Group: [{ID: A, RuleID: a}, {ID: B, RuleID: b}, {ID: C, RuleID: c}], MinMatchCount: 2';
  expect(found(some, [user(0, 'a', 'x'), user(1, 'c', 'y')])).toEqual(['']);
  expect(found(some, [user(0, 'a', 'x'), user(1, 'a', 'y')])).toEqual([]);
});

const sequence =
  'Sequence: [{ID: A, RuleID: a}, {ID: B, RuleID: b}], Transitions: [{From: A, To: B, WithinTimeFrameMinutes: 5, Match: [{On: u}]}], LookbackWindowMinutes: 30';

test('a sequence: in order, in time, on one value', () => {
  expect(found(sequence, [user(0, 'a', 'x'), user(5, 'b', 'x')])).toEqual(['x']);
  expect(found(sequence, [user(0, 'a', 'x'), user(6, 'b', 'x')])).toEqual([]);
  expect(found(sequence, [user(1, 'a', 'x'), user(0, 'b', 'x')])).toEqual([]);
  expect(found(sequence, [user(0, 'a', 'x'), user(1, 'b', 'y')])).toEqual([]);
});

test('a step of a sequence may need several matches, or none', () => {
  const many = sequence.replace('RuleID: b', 'RuleID: b, MinMatchCount: 2');
  expect(found(many, [user(0, 'a', 'x'), user(1, 'b', 'x')])).toEqual([]);
  expect(found(many, [user(0, 'a', 'x'), user(1, 'b', 'x'), user(2, 'b', 'x')])).toEqual(['x']);
  const none = sequence.replace('RuleID: b', 'RuleID: b, Absence: true');
  expect(found(none, [user(0, 'a', 'x')], 10)).toEqual(['x']);
  expect(found(none, [user(0, 'a', 'x'), user(3, 'b', 'x')], 10)).toEqual([]);
  const before = sequence.replace('RuleID: a', 'RuleID: a, Absence: true');
  expect(found(before, [user(0, 'b', 'x')], 10)).toEqual(['x']);
  expect(found(before, [user(0, 'a', 'x'), user(3, 'b', 'x')], 10)).toEqual([]);
});

test('one signal is no two steps of a sequence of one rule', () => {
  const twice =
    'Sequence: [{ID: A, RuleID: a}, {ID: B, RuleID: a}], Transitions: [{From: A, To: B, Match: [{From: u, To: u}]}]';
  expect(found(twice, [user(0, 'a', 'x')])).toEqual([]);
  expect(found(twice, [user(0, 'a', 'x'), user(1, 'a', 'x')])).toEqual(['x']);
  expect(found(twice, [user(1, 'a', 'x'), user(1, 'a', 'x')])).toEqual(['x']);
});

test('evaluated again, later and with more, it is the same episode', () => {
  const signals = [user(0, 'a', 'x'), user(1, 'a', 'x'), user(2, 'b', 'x')];
  const correlation = correlationOf(group);
  const first = evaluate(correlation, signals, { from: 0, to: 121_000 }).firings[0];
  expect(first).toMatchObject({ start: 120_000, count: 3, first: 0, isNew: true });
  const known = [{ id: first?.id ?? '', key: ['x'], start: 120_000, last: 120_000 }];
  const later = [...signals, user(3, 'a', 'x')];
  expect(evaluate(correlation, later, { from: 121_000, to: 200_000, known }).firings).toMatchObject([
    { id: first?.id, time: 180_000, isNew: false },
  ]);
});

const outputs = (a: string, b: string) => `RuleOutputs: [{ID: A, Matches: {u: {x: ${a}}}}, {ID: B${b}}]`;

test('its tests: minutes or times, an output without matches, now is the latest', () => {
  const { correlation } = read(
    group,
    `[{Name: yes, ExpectedResult: true, ${outputs('[0, "1970-01-01T00:01:00Z"]', ', Matches: {u: {x: [30]}}')}},
      {Name: late, ExpectedResult: true, ${outputs('[0, 1]', ', Matches: {u: {x: [31]}}')}},
      {Name: no value, ExpectedResult: false, ${outputs('[0, 1]', '')}}]`,
  );
  if (correlation?.kind.kind !== 'panther') throw new Error('is none');
  expect(testPanther(correlation.kind).map(({ name, passed, got }) => [name, passed, got])).toEqual([
    ['yes', true, true],
    ['late', false, false],
    ['no value', true, false],
  ]);
});

const problem = (detection: string, tests?: string) => read(detection, tests).problems.map(formatProblem).join('; ');

test('what is wrong is said, with its place', () => {
  expect(problem('Group: [{RuleID: a, Absence: true}]')).toBe('p.yml:5:21: expected a member that is not absent');
  expect(problem('Group: [{RuleID: a}, {RuleID: a}]')).toContain('a is the ID of another member already');
  expect(problem('Group: [{RuleID: a}], MinMatchCount: 2')).toContain('there are only 1 members');
  expect(problem('Group: [{RuleID: a}], MatchCriteria: {m: [{GroupID: z, Match: u}]}')).toContain('z is the ID of no');
  expect(problem('Sequence: [{RuleID: a}, {RuleID: b}], Transitions: [{From: b, To: a}]')).toContain('follows it');
  expect(problem('Group: [{RuleID: a}]', '[{Name: t, ExpectedResult: true, RuleOutputs: [{ID: q}]}]')).toContain(
    'q is',
  );
  expect(problem('Grup: [{RuleID: a}]')).not.toBe('');
});
