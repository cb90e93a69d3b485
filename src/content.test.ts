import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { readWorkspace } from './content.ts';
import { formatProblem } from './core/problem.ts';

async function workspace(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-content-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const rowRule = (type: string, folder: string): Readonly<Record<string, string>> => ({
  [`${folder}/x.yml`]: `AnalysisType: ${type}\nRuleID: X\nFilename: x.py\nSeverity: Low\nEnabled: true\n${
    type === 'rule' ? 'LogTypes: [A.B]' : 'ScheduledQueries: [Q]'
  }\n`,
  [`${folder}/x.py`]: 'def rule(row):\n    return True\n',
});

test('queries are what lies in queries/ and is nothing else, and those of Panther wherever they lie', async () => {
  const folder = await workspace({
    'queries/own.yml': 'title: A\nid: a\nquery: SELECT 1\n',
    'queries/deep/own.ts': 'export default {};',
    'queries/own.test.ts': 'while (true);',
    'queries/.hidden/own.yml': 'nothing',
    'queries/samples/a.yml': 'nothing',
    'queries/notes.txt': 'nothing',
    'rules/q.yml': 'AnalysisType: scheduled_query\nQueryName: Q\n',
    'rules/saved.yml': 'AnalysisType: "saved_query"\nQueryName: S\n',
    ...rowRule('scheduled_rule', 'queries'),
  });
  const { queries, python, problems } = await readWorkspace(folder);
  expect(problems).toEqual([]);
  expect(queries.documents.map(({ name }) => name)).toEqual(['rules/q.yml', 'rules/saved.yml', 'queries/own.yml']);
  expect(queries.typescript.map(({ name }) => name)).toEqual(['queries/deep/own.ts']);
  expect(python.rules.map(({ detection }) => [detection.id, detection.logTypes])).toEqual([['X', ['Q']]]);
});

test('a Python rule in queries/ runs, and a document of an unknown type is told', async () => {
  const folder = await workspace({ ...rowRule('rule', 'queries'), 'queries/y.yml': 'AnalysisType: polcy\n' });
  const { python, problems } = await readWorkspace(folder);
  expect(python.rules).toHaveLength(1);
  expect(problems.map(formatProblem)).toEqual([
    expect.stringMatching(/^queries\/y\.yml:1:15: AnalysisType: expected one/),
  ]);
});

const admin = `title: Admin
logsource: {product: windows}
detection: {selection: {User|expand: '%admins%'}, condition: selection}
`;

test('placeholders of Sigma rules are filled with what the settings say', async () => {
  const folder = await workspace({ 'rules/a.yml': admin });
  const known = await readWorkspace(folder, [], { admins: ['alice', 'root'] });
  expect([known.sigma.length, known.problems]).toEqual([1, []]);
  const unknown = await readWorkspace(folder);
  expect(unknown.sigma).toEqual([]);
  expect(unknown.problems.map(formatProblem)).toEqual([
    expect.stringMatching(/^rules\/a\.yml:3:\d+: .*there is no value for the placeholder %admins%/),
  ]);
});
