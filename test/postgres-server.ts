// For tests: a PostgreSQL server of this machine, Debian's of any version from 15 on, in a temporary folder. It can be
// stopped as a crash would, and started again at the same address. It knows nothing of what is stored.

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const installed = '/usr/lib/postgresql';
const versions = existsSync(installed) ? readdirSync(installed).toSorted((a, b) => Number(b) - Number(a)) : [];
const programs = versions
  .map((version) => join(installed, version, 'bin'))
  .find((path) => existsSync(join(path, 'initdb')));

/** apt-get install postgresql. */
export const hasPostgres = programs !== undefined;

export interface PostgresServer {
  /** Of its database `postgres`. */
  readonly url: string;
  /** At once, without a checkpoint, as a crash ends it. */
  crash(): void;
  /** Again, where it was. Resolves when it takes connections. */
  start(): Promise<void>;
  /** Ends it, and removes what it stored. */
  remove(): void;
}

/** PostgreSQL refuses to run as root. */
const command = process.getuid?.() === 0 ? 'runuser' : 'env';
const asUser = command === 'runuser' ? ['-u', 'postgres', '--'] : [];

export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-postgres-'));
  chmodSync(folder, 0o777);
  const cluster = join(folder, 'cluster');
  runProgram('initdb', '-D', cluster, '-U', 'tocsin', '-A', 'trust', '-E', 'UTF8');
  const port = await freePort();
  let isRunning = false;
  const server: PostgresServer = {
    url: `postgres://tocsin@127.0.0.1:${port}/postgres`,
    crash() {
      if (isRunning) runProgram('pg_ctl', 'stop', '-D', cluster, '-m', 'immediate');
      isRunning = false;
    },
    async start() {
      const listen = ['-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`];
      spawn(command, [...asUser, join(programs ?? '', 'postgres'), '-D', cluster, ...listen], { stdio: 'ignore' });
      isRunning = true;
      for (let tries = 0; ; tries++) {
        try {
          runProgram('pg_isready', '-h', '127.0.0.1', '-p', `${port}`);
          return;
        } catch (error) {
          if (tries === 100) throw error;
          await sleep(100);
        }
      }
    },
    remove() {
      server.crash();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** Runs to its end, as a user that PostgreSQL likes. */
function runProgram(name: string, ...args: string[]): void {
  execFileSync(command, [...asUser, join(programs ?? '', name), ...args], { stdio: 'ignore' });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
