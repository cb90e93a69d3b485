// The embedded database and its jobs under kill -9.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { httpServer } from '../../src/destination/http/http-server.suite.ts';
import { raiseOne } from '../../src/raise-one.suite.ts';
import { createAlertStore } from '../../src/store/postgres/alert-store.ts';
import { connectPostgres } from '../../src/store/postgres/connect.ts';
import { temporaryDatabaseFolder } from '../../src/store/postgres/temporary-database.suite.ts';

/** The text of a module, run by a process of its own. */
function run(text: string, ...args: string[]): ChildProcess {
  const argv = ['--input-type=module', '-e', text, ...args];
  return spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

function source(path: string): string {
  return JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
}

const writer = `
  import { connectPostgres } from ${source('store/postgres/connect.ts')};
  const { db } = await connectPostgres({ path: process.argv[1] });
  const { value: from } = await db.selectFrom('positions').select(({ fn }) => fn.max('value').as('value')).executeTakeFirst();
  for (let value = (from ?? 0) + 1; ; value++) {
    await db.insertInto('positions').values({ source: 's', key: String(value), value }).execute();
    process.stdout.write(value + '\\n');
  }`;

test('loses no acknowledged write', async () => {
  const path = await temporaryDatabaseFolder();
  let acknowledged = 0;
  for (const wanted of [7, 40, 150, 400]) {
    const child = run(writer, path);
    const gone = ended(child);
    if (child.stdout === null) throw new Error('no output');
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (++lines === wanted) child.kill('SIGKILL');
    }
    await gone;
  }
  const { db, close } = await connectPostgres({ path });
  const { rows } = await sql<{ count: number; max: number }>`select count(*), max(value) from positions`.execute(db);
  expect(acknowledged).toBeGreaterThanOrEqual(7 + 40 + 150 + 400);
  expect(rows[0]?.max).toBeGreaterThanOrEqual(acknowledged);
  expect(rows[0]?.count).toBe(rows[0]?.max);
  await close();
  await rm(path, { recursive: true });
});

test('a cluster that was being made is made again', async () => {
  const path = await mkdtemp(join(tmpdir(), 'tocsin-database-'));
  await mkdir(join(path, 'cluster.new-killed', 'base'), { recursive: true });
  await writeFile(join(path, 'cluster.new-killed', 'PG_VERSION'), '18\n');
  const { close } = await connectPostgres({ path });
  expect(await readdir(path)).toEqual(['cluster']);
  await close();
  await rm(path, { recursive: true });
});

const deliverer = `
  import { startJobs } from ${source('jobs.ts')};
  import { webhook } from ${source('destination/webhook.ts')};
  import { createAlertStore } from ${source('store/postgres/alert-store.ts')};
  import { connectPostgres } from ${source('store/postgres/connect.ts')};
  const [, path, url] = process.argv;
  const clock = { now: () => Date.now() };
  const database = await connectPostgres({ path });
  const alerts = createAlertStore({ db: database.db, queue: database.queue, route: () => ['hook'] });
  const context = { clock, payload: ({ alert }) => ({ title: alert.title }) };
  const hook = webhook.create('hook', { url, allowPrivate: true }, context);
  await startJobs({ database, alerts, destinations: [hook], clock, link: () => '', retry: { pollSeconds: 0.5 } });`;

test('an attempt with an unknown outcome is made again with the same key, and what was delivered is not', async () => {
  const path = await temporaryDatabaseFolder();
  const first = await connectPostgres({ path });
  const alerts = createAlertStore({ db: first.db, queue: first.queue, route: () => ['hook'] });
  await raiseOne(alerts);
  await first.close();

  let child: ChildProcess | undefined;
  await using server = await httpServer((response) => {
    if (server.received.length <= 2) child?.kill('SIGKILL');
    else response.end('ok');
  });
  for (let attempt = 1; attempt <= 2; attempt++) {
    child = run(deliverer, path, server.url);
    await ended(child);
  }
  const last = run(deliverer, path, server.url);
  await expect.poll(() => server.received.length, { timeout: 60_000 }).toBe(3);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  last.kill('SIGKILL');
  await ended(last);
  const again = run(deliverer, path, server.url);
  await new Promise((resolve) => setTimeout(resolve, 8000));
  again.kill('SIGKILL');
  await ended(again);

  const keys = server.received.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  const { db, close } = await connectPostgres({ path });
  const rows = await db.selectFrom('deliveries').select(['state', 'attempts', 'message']).execute();
  expect(rows).toEqual([{ state: 'delivered', attempts: 3, message: '200: ok' }]);
  await close();
  await rm(path, { recursive: true });
});
