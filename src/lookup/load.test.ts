import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadTables } from './load.ts';
import { openTable } from './table.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-load-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  const format = name.endsWith('.csv') ? 'csv' : 'jsonl';
  return {
    name,
    primaryKey: 'n',
    match: 'exact',
    selectors: {},
    path: join(folder, name),
    file: name,
    format,
  } as const;
};

test('a broken row or a header without the key is a problem with its place, and the rest goes on', async () => {
  const loaded = await loadTables([
    file('a.jsonl', '{"n":"1"}\n{"n":\n[2]\n{"n":"3"}\n'),
    file('b.csv', 'm,owner\n1,x\n'),
    file('c.csv', 'n,owner\r\n1,"x, y"\r\n\r\n2\r\n'),
  ]);
  expect(loaded.flatMap(({ problems }) => problems)).toStrictEqual([
    { file: 'a.jsonl', line: 2, message: 'expected a JSON object' },
    { file: 'a.jsonl', line: 3, message: 'expected a JSON object' },
    { file: 'b.csv', line: 1, message: 'there is no column n; there are: m, owner' },
  ]);
  const found = loaded.map(({ table }) =>
    table === undefined
      ? undefined
      : ['1', '2', '3'].map((key) => openTable(table.definition, table.packed).find(key, 0)),
  );
  expect(found).toStrictEqual([
    [{ n: '1' }, undefined, { n: '3' }],
    undefined,
    [{ n: '1', owner: 'x, y' }, { n: '2', owner: '' }, undefined],
  ]);
});

test('rows hold in the interval of their columns, in any form of time; what is no time is told, and never holds', async () => {
  const [loaded] = await loadTables([
    {
      ...file(
        'd.csv',
        'n,from,to\n1,2026-01-01,2026-01-02T00:00:00+01:00\n2,1767225600,\n3,2026-01-01 06:00,soon\n4,,\n',
      ),
      validity: { from: 'from', to: 'to' },
    },
  ]);
  if (loaded?.table === undefined) throw new Error('the table was not loaded');
  const { problems, table } = loaded;
  const opened = openTable(table.definition, table.packed);
  const at = (time: string) => ['1', '2', '3', '4'].filter((key) => opened.find(key, Date.parse(time)) !== undefined);
  expect(['2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', '2026-01-01T23:00:00Z'].map(at)).toStrictEqual([
    ['4'],
    ['1', '2', '4'],
    ['2', '4'],
  ]);
  expect(problems).toStrictEqual([
    { file: 'd.csv', message: 'to: expected a time (2026-01-31T12:00:00Z, or epoch seconds), not "soon"' },
  ]);
});
