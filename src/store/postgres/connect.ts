// The small, transactional state: PostgreSQL, in this process or on a server, with the tables of this version and the
// queue of jobs. It knows how to open and close it, and nothing of what is in the tables.

import type { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { fromPglite, type PgBoss } from 'pg-boss';
import { openEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';
import { startQueue } from './queue.ts';
import { answering, openServer } from './server.ts';
import type { Tables } from './tables.ts';

export interface Database {
  /** In the embedded form it has one connection: a transaction is short and never waits for the network. */
  readonly db: Kysely<Tables>;
  readonly queue: PgBoss;
  /** true: no other process works on it. */
  readonly isEmbedded: boolean;
  readonly close: () => Promise<void>;
}

export interface ConnectOptions {
  /** Told, in a sentence, what goes wrong in the background: a lost connection, a queue that cannot be read. */
  readonly log?: (message: string) => void;
}

const vacuumMs = 10 * 60_000;

/** `path` is a folder that this process holds (src/lock.ts). A database that does not open is a UserError. */
export async function connectPostgres(
  where: { readonly path: string } | { readonly url: string },
  options: ConnectOptions = {},
): Promise<Database> {
  const log = options.log ?? (() => {});
  return 'path' in where ? connectEmbedded(where.path, log) : connectServer(where.url, log);
}

async function connectEmbedded(path: string, log: (message: string) => void): Promise<Database> {
  const pglite = await openEmbedded(path);
  try {
    await migrate(async (sql) => (await pglite.exec(sql)).at(-1)?.rows ?? []);
    const queue = await startQueue({ db: fromPglite(pglite) }, log);
    const vacuum = setInterval(() => void vacuumAll(pglite, log), vacuumMs).unref();
    return {
      db: new Kysely<Tables>({ dialect: new PGliteDialect({ pglite }) }),
      queue,
      isEmbedded: true,
      async close() {
        clearInterval(vacuum);
        await queue.stop({ graceful: false });
        await pglite.close();
      },
    };
  } catch (error) {
    await pglite.close();
    throw error;
  }
}

/** PGlite has no autovacuum. */
async function vacuumAll(pglite: PGlite, log: (message: string) => void): Promise<void> {
  await pglite.exec('vacuum (analyze)').catch((error: Error) => log(`cannot vacuum the database: ${error.message}`));
}

async function connectServer(url: string, log: (message: string) => void): Promise<Database> {
  const pool = await openServer(url, log);
  try {
    await withConnection(pool, (client) => migrate((sql) => lastRows(client, sql)));
    const queue = await startQueue({ url }, log);
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: answering(pool) }) });
    return {
      db,
      queue,
      isEmbedded: false,
      async close() {
        await queue.stop({ graceful: false });
        await db.destroy();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function withConnection(pool: pg.Pool, use: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await use(client);
  } finally {
    client.release();
  }
}

/** pg gives one result for one statement and a list for several. */
async function lastRows(client: pg.PoolClient, sql: string): Promise<readonly Record<string, unknown>[]> {
  const results: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
  return (Array.isArray(results) ? results.at(-1) : results)?.rows ?? [];
}
