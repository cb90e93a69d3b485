import { expect, test } from 'vitest';
import { formatProblem } from '../core/problem.ts';
import { parseLookup } from './document.ts';

function problems(text: string): readonly string[] {
  return parseLookup(text, 'lookups/a.yml').problems.map(formatProblem);
}

const minimal = `AnalysisType: lookup_table
LookupName: ports
Enabled: true
Filename: ports.csv
LogTypeMap:
  PrimaryKey: port
`;

test('a table without log types is joined to the addresses of every log type', () =>
  expect(parseLookup(minimal, 'lookups/a.yml')).toEqual({
    lookup: { name: 'ports', primaryKey: 'port', selectors: { '*': ['p_any_ip_addresses'] }, filename: 'ports.csv' },
    problems: [],
  }));
test('a table that is not enabled is not given', () =>
  expect(parseLookup(minimal.replace('true', 'false'), 'lookups/a.yml')).toEqual({ problems: [] }));

test('what is wrong has its place', () => {
  expect(problems(minimal.replace('LookupName', 'LookupNam'))).toEqual([
    'lookups/a.yml:1:1: LookupName: is missing; expected a text',
    'lookups/a.yml:2:1: unknown key `LookupNam`; did you mean `LookupName`?',
  ]);
  expect(problems(`${minimal}  AssociatedLogType: []\n`)).toEqual([
    'lookups/a.yml:7:3: LogTypeMap: unknown key `AssociatedLogType`; did you mean `AssociatedLogTypes`?',
  ]);
  expect(problems(minimal.replace('ports.csv', '../ports.csv'))).toEqual([
    'lookups/a.yml:4:11: Filename: expected the name of a file beside this one',
  ]);
  expect(problems(minimal.replace('Filename', '# Filename'))).toEqual([
    'lookups/a.yml:1:1: Filename: expected a file (CSV or JSON lines) beside this one; refreshed tables are not supported yet',
  ]);
  expect(problems(minimal.replace('lookup_table', 'rule'))).toEqual([
    'lookups/a.yml:1:15: AnalysisType: expected lookup_table',
  ]);
  expect(problems('a: [')[0]).toMatch(/^lookups\/a\.yml:1:\d+: YAML: /);
});
