// A stage: chDB alone inserts the exported rows (chdb-export.ts) as JSONEachRow, durably, 100,000 at a time.
// `node bench/chdb-insert.ts ROWS full|own RAWBYTES`: into a table of the product's definition, or into one that has the
// event's own fields only.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from 'chdb';
import type { ExportedColumn } from './chdb-export.ts';
import { cacheFolder } from './generate.ts';
import { measureSelf } from './measure.ts';

const [, , rows = '', form = 'full', rawBytes = '0'] = process.argv;
const columns: ExportedColumn[] = JSON.parse(readFileSync(join(rows, 'columns.json'), 'utf8'));
const own = columns.filter(({ name }) => !name.startsWith('p_'));
const files = readdirSync(rows)
  .filter((name) => name.endsWith('.jsonl'))
  .toSorted();

const quoted = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
const structure = (of: readonly ExportedColumn[]): string =>
  of.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ');
const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const into = form === 'own' ? own : columns;
const create =
  form === 'own'
    ? `CREATE TABLE rows (${structure(own)}) ENGINE = MergeTree ORDER BY tuple() SETTINGS fsync_after_insert = 1`
    : readFileSync(join(rows, 'create.sql'), 'utf8').replace(/^CREATE TABLE [^\n(]+/, 'CREATE TABLE rows ');

// Beside the bench, not in /tmp: it has to be a disk for fsync to mean something.
mkdirSync(cacheFolder, { recursive: true });
const folder = mkdtempSync(join(cacheFolder, 'chdb-'));
const session = new Session(folder);
await session.queryAsync('CREATE DATABASE IF NOT EXISTS bench');
await session.queryAsync('USE bench');
await session.queryAsync(create);
const names = into.map(({ name }) => quoted(name)).join(', ');
await measureSelf(async () => {
  for (const file of files) {
    const source = `file(${literal(join(rows, file))}, JSONEachRow, ${literal(structure(into))})`;
    await session.queryAsync(
      `INSERT INTO rows (${names}) SELECT ${names} FROM ${source}
       SETTINGS input_format_skip_unknown_fields = 1, insert_deduplicate = 0, async_insert = 0`,
    );
  }
  const counted = await session.queryAsync('SELECT count() FROM rows', { format: 'TSV' });
  return { events: Number(counted.text()), bytes: Number(rawBytes) };
});
session.close();
rmSync(folder, { recursive: true, force: true });
