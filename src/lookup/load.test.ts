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
