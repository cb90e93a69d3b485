import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readQueries } from './read-queries.ts';

test('queries of all forms are read, each name once, and what is wrong is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-queries-'));
  const path = join(folder, 'd.ts');
  await writeFile(path, "export default { id: 'd', query: 'SELECT p_event_time', every: '1h', severity: 'Low' };");
  const texts: Readonly<Record<string, string>> = {
    'a.yml': 'title: A\nid: a\nquery: SELECT 1\n',
    'b.yml': 'title: A\nid: b\nquery: SELECT 2\n',
    'below/c.yaml': 'AnalysisType: "saved_query"\nQueryName: C\nQuery: SELECT 3\n',
    'broken.yml': 'title: [',
    'wide.yml': 'title: W\nid: w\nquery: SELECT 1\nsiem: {schedule: {every: 1h}}\n',
  };
  const read = await readQueries({
    documents: Object.entries(texts).map(([name, text]) => ({ name: `queries/${name}`, text })),
    typescript: [{ path, name: 'queries/d.ts' }],
  });
  expect([...read.queries.keys()].toSorted()).toEqual(['A', 'C', 'd', 'w']);
  expect(read.problems).toMatchObject([
    { file: 'queries/b.yml', message: 'A: that name is taken by queries/a.yml' },
    { file: 'queries/broken.yml' },
  ]);
  expect(read.warnings).toMatchObject([{ file: 'queries/wide.yml' }]);
  await read.close();
  await rm(folder, { recursive: true });
});

test('a workspace without queries has none', async () => {
  const read = await readQueries({ documents: [], typescript: [] });
  expect([read.queries.size, read.problems]).toEqual([0, []]);
  await read.close();
});
