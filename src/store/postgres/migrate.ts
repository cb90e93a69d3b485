// Brings the database to this version's tables. Migrations are numbered .sql files that are never edited; each is
// applied once, in a transaction with its record, by one process at a time.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { UserError } from '../../core/problem.ts';
import { reasonOf } from './reason.ts';

/** One connection, for text of many statements without parameters; gives the rows of the last one. */
export type RunScript = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const folder = new URL('./migrations/', import.meta.url);
/** Any number that no other program on the server uses for an advisory lock. */
const lockKey = 8_310_462_077;

export async function migrate(run: RunScript): Promise<void> {
  const migrations = await readMigrations();
  await run(`select pg_advisory_lock(${lockKey})`);
  try {
    await run(`create table if not exists migrations (
      number integer primary key, name text not null, sha256 text not null, applied timestamptz not null default now())`);
    const applied = await run('select number, name, sha256 from migrations order by number');
    for (const row of applied) checkApplied(row, migrations);
    const done = new Set(applied.map((row) => row['number']));
    for (const migration of migrations.filter((each) => !done.has(each.number))) await apply(run, migration);
  } finally {
    await run(`select pg_advisory_unlock(${lockKey})`);
  }
}

async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      return { number: Number.parseInt(name, 10), name, sql, sha256 };
    }),
  );
}

function checkApplied(row: Readonly<Record<string, unknown>>, migrations: readonly Migration[]): void {
  const known = migrations.find((migration) => migration.number === row['number']);
  if (known === undefined) {
    throw new UserError(`the database was made by a newer tocsin (it has the migration ${String(row['name'])})`);
  }
  if (known.sha256 !== row['sha256']) throw new Error(`bug: ${known.name} was changed after it had been applied`);
}

async function apply(run: RunScript, { number, name, sql, sha256 }: Migration): Promise<void> {
  try {
    await run(`begin;\n${sql}\n;insert into migrations (number, name, sha256) values (${number}, '${name}', '${sha256}');
      commit`);
  } catch (error) {
    await run('rollback');
    throw new Error(`cannot apply ${name}: ${reasonOf(error)}`, { cause: error });
  }
}
