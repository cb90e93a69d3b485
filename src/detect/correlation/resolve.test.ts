import { expect, test } from 'vitest';
import { formatProblem } from '../../core/problem.ts';
import type { Correlation } from './correlation.ts';
import { parsed } from './correlation.suite.ts';
import { resolveCorrelations } from './resolve.ts';

function named(id: string, body: string, file = 'c.yml'): Correlation {
  const correlation = parsed(`title: T\nid: ${id}\nname: n_${id}\ncorrelation: {${body}}\n`);
  return { ...correlation, detection: { ...correlation.detection, file } };
}

const login = { id: '0b5a', name: 'login', file: 'c.yml' };
const other = { id: 'Okta.Login', file: 'okta.yml' };

test('names become ids, in conditions and aliases, too', () => {
  const { correlations, problems } = resolveCorrelations(
    [named('c', 'type: temporal, timespan: 1m, condition: login and not Okta.Login, aliases: {u: {login: user}}')],
    [login, other],
  );
  expect(problems).toEqual([]);
  expect(correlations).toMatchObject([
    {
      rules: ['0b5a', 'Okta.Login'],
      kind: { anyOf: [[{ rule: '0b5a' }, { rule: 'Okta.Login', isAbsent: true }]] },
      aliases: new Map([['u', new Map([['0b5a', 'user']])]]),
    },
  ]);
});

test('each comes after those that it builds on', () => {
  const { correlations } = resolveCorrelations(
    [
      named('top', 'type: temporal, rules: [n_middle, login], timespan: 1m'),
      named('middle', 'type: event_count, rules: [bottom], timespan: 1m, condition: {gte: 2}'),
      named('bottom', 'type: event_count, rules: [login], timespan: 1m, condition: {gte: 2}'),
    ],
    [login],
  );
  expect(correlations.map(({ detection }) => detection.id)).toEqual(['bottom', 'middle', 'top']);
});

test('what is not there, is there twice, or builds on itself is refused', () => {
  const problems = (correlations: readonly Correlation[], rules = [login, other]) =>
    resolveCorrelations(correlations, rules).problems.map(formatProblem);
  expect(problems([named('c', 'type: temporal, rules: [logim], timespan: 1m')])).toEqual([
    'c.yml: correlation c: there is no rule logim; did you mean login?',
  ]);
  const twice = [login, { ...login, id: 'x' }];
  expect(problems([named('c', 'type: temporal, rules: [login], timespan: 1m')], twice)[0]).toContain('several rules');
  const circle = [
    named('c', 'type: temporal, rules: [d, login], timespan: 1m'),
    named('d', 'type: temporal, rules: [c, login], timespan: 1m'),
    named('e', 'type: temporal, rules: [c, login], timespan: 1m'),
    named('f', 'type: temporal, rules: [login], timespan: 1m'),
  ];
  expect(problems(circle)).toHaveLength(3);
  expect(resolveCorrelations(circle, [login]).correlations.map(({ detection }) => detection.id)).toEqual(['f']);
});

const quiet = (body: string) => [
  ...resolveCorrelations(
    [named('c', `type: temporal, rules: [login, Okta.Login], timespan: 1m${body}`)],
    [login, other],
  ).quiet,
];

test("rules of a correlation's own file are quiet, but where it says otherwise", () => {
  expect(quiet('')).toEqual(['0b5a']);
  expect(quiet(', generate: true')).toEqual([]);
});
