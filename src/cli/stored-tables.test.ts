import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWorkspace } from '../content.ts';
import { intervalPath } from '../lookup/interval-file.ts';
import { loadTables } from '../lookup/load.ts';
import { openVersionFolder } from '../lookup/version-folder.ts';
import { openStoredTables, type StoredTables } from './stored-tables.ts';

const day = 86_400_000;
const listed = Date.UTC(2026, 0, 10);
let folder: string;
let data: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-stored-tables-'));
  data = join(folder, '.tocsin');
  await mkdir(join(folder, 'lookups'));
  const document = (name: string, ...keys: readonly string[]): Promise<void> =>
    writeFile(
      join(folder, 'lookups', `${name}.yml`),
      [
        'AnalysisType: lookup_table',
        `LookupName: ${name}`,
        'Enabled: true',
        'LogTypeMap: {PrimaryKey: ip}',
        ...keys,
      ].join('\n'),
    );
  const refresh = "Refresh: {ObjectPath: 'https://feeds.example/x.txt', PeriodMinutes: 60}";
  await document('plain', 'Filename: plain.csv');
  await writeFile(join(folder, 'lookups', 'plain.csv'), 'ip,name\n192.0.2.1,one\n,none\n');
  await document('broken', 'Filename: broken.csv');
  await writeFile(join(folder, 'lookups', 'broken.csv'), 'name\none\n');
  await document('fetched', refresh, 'Format: list');
  await document('history', refresh, 'Format: list', 'History: true');
  await document('lone', refresh, 'Format: list', 'History: true');
  await document('never', refresh, 'Format: list');
  await store('fetched', listed, '192.0.2.1\n');
  await store('fetched', listed + day, '192.0.2.2\n');
  await store('history', listed, '192.0.2.1\n');
  await store('history', listed + day, '192.0.2.2\n');
  // Its intervals are lost.
  await store('lone', listed, '192.0.2.1\n');
  // What a crash has left, or a running program is writing.
  await writeFile(join(data, 'lookups/fetched/incoming'), '192.0');
  await writeFile(join(data, 'lookups/fetched/000003.data'), '192.0.2.3\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** As a refresh stores a version. */
async function store(name: string, time: number, text: string): Promise<void> {
  const versions = await openVersionFolder(join(data, 'lookups', name));
  await writeFile(versions.incoming, text);
  const bytes = Buffer.byteLength(text);
  const { path } = await versions.add({ time, confirmed: time, rows: 1, bytes, sha256: '', origin: '' });
  if (name !== 'history') return;
  const history = { path: intervalPath(join(data, 'lookups'), 'history'), time };
  const table = { name, primaryKey: 'ip', match: 'exact' as const, selectors: {} };
  await loadTables([{ ...table, path, file: name, format: 'list', history }]);
}

async function open(): Promise<StoredTables> {
  return openStoredTables(await readWorkspace(folder), data);
}
const find = ({ tables }: StoredTables, name: string, ip: string, time: number) =>
  tables.find((table) => table.name === name)?.find(ip, time);

test('nothing in the data folder is changed', async () => {
  const before = await dataFiles();
  await open();
  expect(await dataFiles()).toEqual(before);
});

test('files, the newest whole version, and the intervals of a history', async () => {
  const stored = await open();
  expect(find(stored, 'plain', '192.0.2.1', 0)).toEqual({ ip: '192.0.2.1', name: 'one' });
  expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((ip) => find(stored, 'fetched', ip, 0))).toEqual([
    undefined,
    { ip: '192.0.2.2' },
    undefined,
  ]);
  expect(find(stored, 'history', '192.0.2.1', listed + day / 2)).toEqual({ ip: '192.0.2.1' });
  expect(find(stored, 'history', '192.0.2.1', listed + 2 * day)).toBe(undefined);
  expect(find(stored, 'lone', '192.0.2.1', listed + day)).toEqual({ ip: '192.0.2.1' });
});

test('what cannot be used, and what is left out', async () => {
  const { problems, warnings } = await open();
  expect(problems).toMatchObject([{ file: 'lookups/broken.csv' }]);
  expect(warnings).toMatchObject([
    { file: 'lookups/never.yml', message: 'nothing of never was fetched yet' },
    { file: 'lookups/plain.csv', line: 3 },
  ]);
});

async function dataFiles() {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.toSorted().map(async (path) => [path, await readFile(path, 'utf8')]));
}
