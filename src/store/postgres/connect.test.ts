import fs from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../core/problem.ts';
import { connectPostgres } from './connect.ts';
import { clusterTimeoutMs, temporaryDatabaseFolder } from './temporary-database.suite.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryDatabaseFolder();
  await (await connectPostgres({ path: folder })).close();
}, clusterTimeoutMs);
afterAll(() => rm(folder, { recursive: true }));

/** A database of its own for one test. */
async function copy(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tocsin-database-'));
  await cp(folder, path, { recursive: true });
  return path;
}

test('a commit reaches the disk before it is acknowledged', async () => {
  const path = await copy();
  let syncs = 0;
  const { fdatasyncSync } = fs;
  fs.fdatasyncSync = (descriptor) => {
    syncs++;
    fdatasyncSync(descriptor);
  };
  syncBuiltinESMExports();
  try {
    const { db, close } = await connectPostgres({ path });
    for (let index = 1; index <= 5; index++) {
      const before = syncs;
      await db
        .insertInto('positions')
        .values({ source: 's', key: `${index}`, value: index })
        .execute();
      expect(syncs).toBeGreaterThan(before);
    }
    await close();
  } finally {
    fs.fdatasyncSync = fdatasyncSync;
    syncBuiltinESMExports();
    await rm(path, { recursive: true });
  }
});

async function problem(where: Parameters<typeof connectPostgres>[0]): Promise<string> {
  const error: unknown = await connectPostgres(where).then(
    () => 'it opened',
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return String(error);
}

test('a damaged folder is told in a sentence', async () => {
  const path = await copy();
  await writeFile(join(path, 'cluster', 'global', 'pg_control'), 'x'.repeat(8192));
  expect(await problem({ path })).toMatch(/^UserError: cannot open the database in \S+: .*FATAL|PANIC/);
  await rm(path, { recursive: true });
});

test('a path that is a file', async () => {
  const path = await copy();
  expect(await problem({ path: join(path, 'cluster', 'PG_VERSION') })).toMatch(/cannot open the database in .*EEXIST/);
  await rm(path, { recursive: true });
});

test('a database of a newer version', async () => {
  const path = await copy();
  const { db, close } = await connectPostgres({ path });
  await sql`insert into migrations (number, name, sha256) values (9999, '9999_future.sql', '')`.execute(db);
  await close();
  expect(await problem({ path })).toContain(
    'the database was made by a newer tocsin (it has the migration 9999_future.sql)',
  );
  await rm(path, { recursive: true });
});

test('a server that is not there; the password is not shown', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const address = closed.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await new Promise((resolve) => closed.close(resolve));
  const message = await problem({ url: `postgres://tocsin:hunter2@127.0.0.1:${port}/siem` });
  expect(message).toMatch(/^UserError: cannot use PostgreSQL at 127\.0\.0\.1:\d+\/siem: connect ECONNREFUSED/);
  expect(message).not.toContain('hunter2');
});

test('no URL', async () => {
  expect(await problem({ url: 'hunter2' })).toBe(
    'UserError: the address of PostgreSQL is no URL such as postgres://user@host/database',
  );
});
