// Applies migrations/NNNN_name.sql in order, each once. A file is one statement that may be repeated (IF NOT EXISTS),
// because a crash may fall between it and its record; a file that was released is never edited.

import { readdir, readFile } from 'node:fs/promises';
import { UserError } from '../../core/problem.ts';
import { quoteText } from '../../core/quote.ts';
import type { Engine } from './engine.ts';

const folder = new URL('./migrations/', import.meta.url);

const createRecord = `
  CREATE TABLE IF NOT EXISTS schema_migrations (number UInt32, name String, applied DateTime64(3, 'UTC') DEFAULT now64(3))
  ENGINE = MergeTree ORDER BY number SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`;

/** A store that a newer version of the program has migrated further is a UserError. */
export async function migrate(engine: Engine): Promise<void> {
  const migrations = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  await engine.command(createRecord);
  const applied = new Set(
    (await engine.rows<{ name: string }>('SELECT name FROM schema_migrations')).map(({ name }) => name),
  );
  const unknown = [...applied].find((name) => !migrations.includes(name));
  if (unknown !== undefined)
    throw new UserError(`the event store was written by a newer version of this program (it has ${unknown})`);
  for (const name of migrations) {
    if (applied.has(name)) continue;
    await engine.command(await readFile(new URL(name, folder), 'utf8'));
    await engine.command(
      `INSERT INTO schema_migrations (number, name) SETTINGS async_insert = 0 VALUES (${Number.parseInt(name, 10)}, ${quoteText(name)})`,
    );
  }
}
