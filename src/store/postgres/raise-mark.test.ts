import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectPostgres, type Database } from './connect.ts';
import { markRaise } from './raise-mark.ts';
import { clusterTimeoutMs, temporaryDatabaseFolder } from './temporary-database.suite.ts';

let database: Database;
let path = '';

beforeAll(async () => {
  path = await temporaryDatabaseFolder();
  database = await connectPostgres({ path });
}, clusterTimeoutMs);
afterAll(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

const mark = (id: string, now: number) => database.db.transaction().execute((trx) => markRaise(trx, id, now));

test('a mark is new once, for 30 days', async () => {
  const month = 30 * 24 * 60 * 60 * 1000;
  expect(await mark('a', 0)).toBe(true);
  expect(await mark('a', 1)).toBe(false);
  expect(await mark('b', month)).toBe(true);
  expect(await mark('a', month)).toBe(false);
  expect(await mark('c', month + 1)).toBe(true);
  expect(await mark('a', month + 1)).toBe(true);
});

test('what is rolled back is not marked', async () => {
  const broken = database.db.transaction().execute(async (trx) => {
    await markRaise(trx, 'd', 0);
    throw new Error('broken');
  });
  await expect(broken).rejects.toThrow('broken');
  expect(await mark('d', 0)).toBe(true);
});
