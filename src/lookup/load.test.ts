import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { type LookupFile, loadTables } from './load.ts';
import { formatOf } from './read/index.ts';
import { openTable } from './table.ts';

const lists = fileURLToPath(new URL('../../../shared/data/ip-lists/', import.meta.url));
const missing = existsSync(lists) ? '' : ' (skipped: there is no ../shared/data)';

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
    { file: 'd.csv', line: 4, message: 'to: expected a time (2026-01-31T12:00:00Z, or epoch seconds), not "soon"' },
  ]);
});

async function rowsOf(wanted: LookupFile): Promise<number | string | undefined> {
  const [loaded] = await loadTables([wanted]);
  return loaded?.refused ?? loaded?.rows;
}

test('a file with no usable row, or that lost most of them, is refused, unless it may shrink', async () => {
  const empty = file('e.csv', 'n\n');
  const half = { ...file('f.csv', 'n\n1\n2\n'), lastRows: 4 };
  const less = { ...file('g.csv', 'n\n1\n2\n'), lastRows: 5 };
  const found = [empty, half, less, { ...empty, mayShrink: true }, { ...less, mayShrink: true }].map(rowsOf);
  expect(await Promise.all(found)).toStrictEqual([
    'the file has no row that can be used',
    2,
    'the file has 2 rows; the version before it had 5',
    0,
    2,
  ]);
});
test('what is no data at all is refused with one sentence', async () => {
  const page = file('page.csv', '<!doctype html><title>Too many requests</title>');
  const large = { ...file('large.csv', 'n\n'.repeat(1000)), maxBytes: 100 };
  const [first, second, third] = await loadTables([page, large, { ...page, format: 'mmdb' }]);
  expect([first?.table, first?.refused, first?.problems]).toStrictEqual([
    undefined,
    'the file is an HTML page, not data',
    [{ file: 'page.csv', message: 'the file is an HTML page, not data' }],
  ]);
  expect([second?.refused, third?.refused]).toStrictEqual([
    'the file is larger than 100 bytes',
    'the file is an HTML page, not data',
  ]);
});
test('rows without a key, or without a network, are told with their line', async () => {
  const networks = { ...file('h.csv', 'n\n10.0.0.0/8\n10.0.0.0/33\n\n"",\nx\n'), match: 'cidr' } as const;
  const [loaded] = await loadTables([networks]);
  expect(loaded?.table?.packed.rows).toBe(1);
  expect(loaded?.problems).toStrictEqual([
    { file: 'h.csv', line: 3, message: 'n: expected an address or a network, not "10.0.0.0/33"' },
    { file: 'h.csv', line: 5, message: 'n: expected a key' },
    { file: 'h.csv', line: 6, message: 'n: expected an address or a network, not "x"' },
  ]);
});
test('a file that takes too much memory is refused, and those after it are loaded', async () => {
  const rows = Array.from({ length: 400_000 }, (_, n) => ({ n: `${'k'.repeat(60)}${n}` }));
  // JSON is parsed as a whole.
  const large = { ...file('j.json', JSON.stringify(rows)), format: 'json' } as const;
  const loaded = await loadTables([file('i.csv', 'n\n1\n'), large, file('k.csv', 'n\n2\n')], { heapMb: 24 });
  expect(loaded.map(({ table, refused }) => table?.packed.rows ?? refused)).toStrictEqual([
    1,
    'loading the file takes more memory than there is for it',
    1,
  ]);
});
test('columns have the types of the schema, the key too', async () => {
  const types = { n: 'int', on: 'boolean' } as const;
  const [loaded] = await loadTables([{ ...file('types.csv', 'n,on\n1,true\n2,maybe\n'), types }]);
  if (loaded?.table === undefined) throw new Error('the table was not loaded');
  const table = openTable(loaded.table.definition, loaded.table.packed);
  expect(['1', '2'].map((key) => table.find(key, 0))).toStrictEqual([
    { n: 1, on: true },
    { n: 2, on: 'maybe' },
  ]);
  expect(loaded.problems).toStrictEqual([{ file: 'types.csv', line: 3, message: 'on: expected boolean, not "maybe"' }]);
});
const version = (text: string, time: number) => ({
  ...file('versions.txt', text),
  format: 'list' as const,
  history: { path: join(folder, 'versions.intervals'), time },
});

test('with a history an event is judged by the version of its time, over restarts too', async () => {
  const day = 86_400_000;
  const load = async (...args: Parameters<typeof version>) => {
    const [loaded] = await loadTables([version(...args)]);
    if (loaded?.table === undefined) throw new Error('the table was not loaded');
    const table = openTable(loaded.table.definition, loaded.table.packed);
    const at = (key: string) => [0, 1, 2, 3].filter((days) => table.find(key, days * day) !== undefined);
    return [loaded.rows, loaded.added, at('a'), at('b')];
  };
  expect(await load('a\n', day)).toStrictEqual([1, ['a'], [1, 2, 3], []]);
  expect(await load('b\nc\n', 2 * day)).toStrictEqual([2, ['b', 'c'], [1], [2, 3]]);
  expect(await load('b\nc\n', 2 * day)).toStrictEqual([2, [], [1], [2, 3]]);
  expect(await load('a\n', 3 * day)).toStrictEqual([1, ['a'], [1, 3], [2]]);
  const [refused] = await loadTables([{ ...version('', 4 * day), lastRows: 1 }]);
  expect(refused?.refused).toBe('the file has no row that can be used');
  expect(await load('a\n', 3 * day)).toStrictEqual([1, [], [1, 3], [2]]);
});
test('with a history, and dates in the list, a row holds since its date', async () => {
  const dated = file('dated.csv', 'n,seen\n1,1970-01-01\n2,\n3,2999-01-01\n');
  const [loaded] = await loadTables([
    { ...dated, validity: { from: 'seen' }, history: { path: join(folder, 'dated.intervals'), time: 1000 } },
  ]);
  if (loaded?.table === undefined) throw new Error('the table was not loaded');
  const table = openTable(loaded.table.definition, loaded.table.packed);
  expect(['1', '2', '3'].map((key) => [0, 1000].filter((time) => table.find(key, time) !== undefined))).toStrictEqual([
    [0, 1000],
    [1000],
    [1000],
  ]);
});
test("DShield's block list: columns without a header, a key made of two of them", async () => {
  const text =
    '#   DShield.org Recommended Block List\n#\n45.33.41.0\t45.33.41.255\t24\t579\tEXAMPLE-NET\tSG\ta@example.com\n';
  writeFileSync(join(folder, 'block.txt'), gzipSync(text));
  const [loaded] = await loadTables([
    {
      ...file('block.txt', text),
      primaryKey: 'network',
      match: 'cidr',
      format: 'csv',
      options: {
        delimiter: '\t',
        columns: ['start', 'end', 'bits', 'attacks', 'name', 'country', ''],
        fields: { network: '{start}/{bits}', attacks: 'attacks', country: 'country' },
      },
    },
  ]);
  if (loaded?.table === undefined) throw new Error('the table was not loaded');
  expect(openTable(loaded.table.definition, loaded.table.packed).find('45.33.41.9', 0)).toStrictEqual({
    network: '45.33.41.0/24',
    attacks: '579',
    country: 'SG',
  });
});

test.skipIf(missing !== '')(`every list of ../shared/data is read, to the last row${missing}`, async () => {
  const common = { match: 'cidr', primaryKey: 'ip', selectors: {} } as const;
  const files = readdirSync(lists, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(txt|lst|csv|json)$/.test(name))
    .map((name): LookupFile => {
      const format = formatOf(name) ?? 'csv';
      const isText = /dynamic-dns|eicar|empty-hashes|url-shortener/.test(name);
      const primaryKey = format === 'csv' ? 'ipaddr' : 'ip';
      const match = isText ? 'casefold' : 'cidr';
      const options = format === 'json' ? { options: { rows: 'list' } } : {};
      return { ...common, name, path: join(lists, name), file: name, format, primaryKey, match, ...options };
    });
  expect(files.length).toBe(24);
  const loaded = await loadTables(files);
  expect(loaded.flatMap(({ problems }) => problems)).toStrictEqual([]);
  const rows = Object.fromEntries(loaded.map(({ table }) => [table?.definition.name, table?.packed.rows]));
  expect(rows).toMatchObject({
    'tor-exit-nodes.lst': 1746,
    'x4b-datacenter-ipv4.txt': 42_566,
    'x4b-vpn-ipv4.txt': 10_862,
    [join('misp-warninglists', 'rfc1918.json')]: 3,
  });
});
