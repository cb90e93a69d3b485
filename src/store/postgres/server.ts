// PostgreSQL as a server of its own, by URL: a pool of connections.

import type { PostgresPool } from 'kysely';
import { Pool, TypeOverrides } from 'pg';
import { UserError } from '../../core/problem.ts';
import { reasonOf } from './reason.ts';

const bigintOid = 20;
const oldestVersion = 150_000;

/** Connects once before it gives the pool, so that what is wrong is a UserError now and not at the first query. */
export async function openServer(url: string, log: (message: string) => void): Promise<Pool> {
  const place = placeOf(url);
  const types = new TypeOverrides();
  types.setTypeParser(bigintOid, Number);
  const pool = new Pool({
    connectionString: url,
    application_name: 'tocsin',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    max: 10,
    types,
  });
  // A connection that idles in the pool was lost; the pool makes another.
  pool.on('error', (error) => log(`the connection to PostgreSQL at ${place} was lost: ${error.message}`));
  // One that is lost while somebody has it: what they ask of it next fails. Without a listener the process would end.
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    const { rows } = await pool.query<{ version: number; name: string }>(
      `select current_setting('server_version_num')::int as version, current_setting('server_version') as name`,
    );
    const [server] = rows;
    if (server === undefined || server.version < oldestVersion) {
      throw new Error(`it is version ${server?.name}, and 15 is the oldest that serves`);
    }
  } catch (error) {
    await pool.end();
    throw new UserError(`cannot use PostgreSQL at ${place}: ${reasonOf(error)}`, { cause: error });
  }
  return pool;
}

/** The pool for Kysely. That no connection can be had is a UserError: nobody's request is wrong, and later it may work. */
export function answering(pool: Pool): PostgresPool {
  return {
    connect: () =>
      pool.connect().catch((error: unknown) => {
        throw new UserError(`PostgreSQL does not answer: ${reasonOf(error)}`, { cause: error, code: 'unreachable' });
      }),
    end: () => pool.end(),
    options: pool.options,
  };
}

/** Host, port and database, without user and password. */
function placeOf(url: string): string {
  if (!URL.canParse(url))
    throw new UserError('the address of PostgreSQL is no URL such as postgres://user@host/database');
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${searchParams.get('host') ?? hostname}${port === '' ? '' : `:${port}`}${pathname}`;
}
