// The same suites as in process, on a PostgreSQL server: Debian's, of any version from 15 on, started here in a
// temporary folder. Skipped where it is not installed (apt-get install postgresql).

import { afterAll, describe, expect, test } from 'vitest';
import { jobsSuite } from '../../src/jobs.suite.ts';
import { alertStoreSuite } from '../../src/store/postgres/alert-store.suite.ts';
import { analysisStoreSuite } from '../../src/store/postgres/analysis-store.suite.ts';
import { connectPostgres, type Database } from '../../src/store/postgres/connect.ts';
import { scheduleStoreSuite } from '../../src/store/postgres/schedule-store.suite.ts';
import { hasPostgres, type PostgresServer, startPostgres } from '../postgres-server.ts';

let server: Promise<PostgresServer> | undefined;
afterAll(async () => (await server)?.remove());

async function address(): Promise<string> {
  return (await (server ??= startPostgres())).url;
}

async function open(): Promise<Database> {
  return connectPostgres({ url: await address() });
}

describe.skipIf(!hasPostgres)(`PostgreSQL server${hasPostgres ? '' : ' (not installed)'}`, () => {
  describe('alerts', () => {
    alertStoreSuite(open);
  });
  describe('analyses', () => {
    analysisStoreSuite(open);
  });
  describe('jobs', () => {
    jobsSuite(open);
  });
  describe('schedules', () => {
    scheduleStoreSuite(open);
  });

  test('several start at once', async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, open));
    expect(databases).toHaveLength(4);
    await Promise.all(databases.map((database) => database.close()));
  });

  test('a database that is not there', async () => {
    const missing = (await address()).replace(/postgres$/, 'nothing');
    await expect(connectPostgres({ url: missing })).rejects.toThrow(
      /^cannot use PostgreSQL at 127\.0\.0\.1:\d+\/nothing: database "nothing" does not exist$/,
    );
  });

  test('while it is down it is not reached, and after that it is', async () => {
    const own = await startPostgres();
    const { db, close } = await connectPostgres({ url: own.url });
    const ask = () => db.selectFrom('alerts').select('id').execute();
    try {
      expect(await ask()).toEqual([]);
      own.crash();
      // The first one may still find a connection that ends under it.
      await ask().catch(() => undefined);
      await expect(ask()).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringMatching(/^PostgreSQL does not answer: /),
      });
      await own.start();
      expect(await ask()).toEqual([]);
    } finally {
      await close();
      own.remove();
    }
  });
});
