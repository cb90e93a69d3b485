import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readQueries } from './read-queries.ts';

test('queries of all forms are found, each name once, and what is none is told or left to others', async () => {
  const workspace = await mkdtemp(join(tmpdir(), 'tocsin-workspace-'));
  const files: Readonly<Record<string, string>> = {
    'a.yml': 'title: A\nid: a\nquery: SELECT 1\n',
    'b.yml': 'title: A\nid: b\nquery: SELECT 2\n',
    'below/c.yaml': 'AnalysisType: "saved_query"\nQueryName: C\nQuery: SELECT 3\n',
    'd.ts': "export default { id: 'd', query: 'SELECT p_event_time', every: '1h', severity: 'Low' };",
    'd.test.ts': 'while (true);',
    'rule.yml': 'AnalysisType: scheduled_rule\n',
    'broken.yml': 'title: [',
    'wide.yml': 'title: W\nid: w\nquery: SELECT 1\nsiem: {schedule: {every: 1h}}\n',
    'notes.txt': 'not looked at',
    '.hidden/x.yml': 'nothing',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(workspace, 'queries', name, '..'), { recursive: true });
    await writeFile(join(workspace, 'queries', name), text);
  }
  const read = await readQueries(workspace);
  expect([...read.queries.keys()].toSorted()).toEqual(['A', 'C', 'd', 'w']);
  expect(read.others.map(({ name }) => name)).toEqual(['queries/rule.yml']);
  expect(read.problems).toMatchObject([
    { file: 'queries/b.yml', message: 'A: that name is taken by queries/a.yml' },
    { file: 'queries/broken.yml' },
  ]);
  expect(read.warnings).toMatchObject([{ file: 'queries/wide.yml' }]);
  await read.close();
  await rm(workspace, { recursive: true });
});

test('a workspace without queries has none', async () => {
  const read = await readQueries('/nowhere');
  expect([read.queries.size, read.problems]).toEqual([0, []]);
  await read.close();
});
