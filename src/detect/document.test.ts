import { expect, test } from 'vitest';
import { formatProblem } from '../core/problem.ts';
import { parseRuleDocument } from './document.ts';

const minimal = `AnalysisType: rule
RuleID: A.B
Enabled: true
Filename: a.py
LogTypes: [T]
Severity: High
`;

/** Problems of a document in `rules/x/a.yml`. */
function problems(text: string): readonly string[] {
  return parseRuleDocument(text, 'rules/x/a.yml').problems.map(formatProblem);
}
function tests(text: string): unknown {
  const { document } = parseRuleDocument(minimal + text, 'rules/a.yml');
  return document?.kind === 'rule' ? document.tests : undefined;
}

test('a rule has the defaults', () =>
  expect(parseRuleDocument(minimal, 'rules/x/a.yml')).toEqual({
    document: {
      kind: 'rule',
      detection: {
        id: 'A.B',
        language: 'python',
        file: 'rules/x/a.py',
        enabled: true,
        logTypes: ['T'],
        displayName: '',
        description: '',
        severity: 'HIGH',
        dedupPeriodMinutes: 60,
        threshold: 1,
        createAlert: true,
        runbook: '',
        reference: '',
        destinations: [],
        tags: [],
        reports: {},
      },
      filename: 'rules/x/a.py',
      tests: [],
    },
    problems: [],
  }));
test('tests: a log is an object, or JSON text of one', () =>
  expect(
    tests(`Tests:
  - { Name: a, ExpectedResult: true, ExpectedTitle: t, ExpectedDedup: d, ExpectedSeverity: low, Log: { policy: off, at: 2026-01-01 } }
  - { Name: b, ExpectedResult: false, Log: '{"n": 1}', Mocks: [{ objectName: f, returnValue: 'x' }] }
`),
  ).toEqual([
    {
      name: 'a',
      match: true,
      title: 't',
      dedup: 'd',
      severity: 'LOW',
      mocks: [],
      log: { policy: 'off', at: '2026-01-01' },
    },
    { name: 'b', match: false, log: { n: 1 }, mocks: [{ objectName: 'f', returnValue: 'x' }] },
  ]));
test('a filter of nothing is none', () => expect(problems(`${minimal}InlineFilters: [{ All: [] }]\n`)).toEqual([]));

test('a global is a module', () =>
  expect(parseRuleDocument('AnalysisType: global\nGlobalID: my_help\nFilename: h.py\n', 'g/a.yml').document).toEqual({
    kind: 'global',
    name: 'my_help',
    filename: 'g/h.py',
  }));
test('a data model has paths and methods', () =>
  expect(
    parseRuleDocument(
      `AnalysisType: datamodel
DataModelID: M
Enabled: true
LogTypes: [T]
Filename: m.py
Mappings:
  - { Name: source_ip, Path: $.a.b }
  - { Name: actor_user, Method: actor }
`,
      'm/a.yml',
    ).document,
  ).toEqual({
    kind: 'model',
    filename: 'm/m.py',
    model: {
      id: 'M',
      file: 'm/m.py',
      logTypes: ['T'],
      paths: { source_ip: '$.a.b' },
      methods: { actor_user: 'actor' },
    },
  }));

test('what is wrong has its place', () => {
  expect(problems(`${minimal}Tests:\n  - Name: x\n    Expected: true\n    Log: 1\n`)).toEqual([
    'rules/x/a.yml:8:5: Tests[0].ExpectedResult: expected boolean, received undefined',
    'rules/x/a.yml:10:10: Tests[0].Log: expected record, received number or expected string, received number',
    'rules/x/a.yml:9:5: Tests[0].Expected: unknown key',
  ]);
  expect(problems(minimal.replace('High', 'Huge'))).toEqual([
    'rules/x/a.yml:6:11: Severity: expected one of INFO, LOW, MEDIUM, HIGH, CRITICAL',
  ]);
  expect(problems(`${minimal}Treshold: 2\n`)).toEqual([
    'rules/x/a.yml:7:1: Treshold: unknown key, did you mean Threshold?',
  ]);
  expect(problems(minimal.replace('true', 'yes'))).toEqual([
    'rules/x/a.yml:3:10: Enabled: expected boolean, received string',
  ]);
  expect(problems(minimal.replace('a.py', '../../etc/a.py'))).toEqual([
    'rules/x/a.yml:4:11: Filename: expected the name of a .py file beside this one',
  ]);
  expect(problems(minimal.replace('A.B', '<b>'))).toEqual([
    'rules/x/a.yml:2:9: RuleID: expected 1 to 200 characters without < > & " %',
  ]);
});
test('broken YAML has its place', () =>
  expect(problems('AnalysisType: rule\nTags: [a\nRuleID: x\n')[0]).toMatch(/^rules\/x\/a\.yml:\d+:\d+: /));
test('a bomb of aliases is a problem', () => {
  const levels = Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`);
  expect(problems(`a0: &a0 [x]\n${levels.join('\n')}\n`)).toEqual([expect.stringMatching(/alias/i)]);
});
test('what is not built yet is said', () => {
  expect(problems('AnalysisType: pack\n')).toEqual(['rules/x/a.yml:1:15: AnalysisType: pack: not supported yet']);
  expect(problems('AnalysisType: thing\n')[0]).toMatch(
    /^rules\/x\/a\.yml:1:15: AnalysisType: expected one of rule, global/,
  );
  expect(problems(`${minimal}GroupBy: [{ Key: a }]\n`)).toEqual(['rules/x/a.yml:7:10: GroupBy: not supported yet']);
});
