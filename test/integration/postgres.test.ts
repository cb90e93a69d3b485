// The same suites as in process, on a PostgreSQL server: Debian's, of any version from 15 on, started here in a
// temporary folder. Skipped where it is not installed (apt-get install postgresql).

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { jobsSuite } from '../../src/jobs.suite.ts';
import { alertStoreSuite } from '../../src/store/postgres/alert-store.suite.ts';
import { analysisStoreSuite } from '../../src/store/postgres/analysis-store.suite.ts';
import { connectPostgres, type Database } from '../../src/store/postgres/connect.ts';

const installed = '/usr/lib/postgresql';
const versions = existsSync(installed) ? readdirSync(installed).toSorted((a, b) => Number(b) - Number(a)) : [];
const programs = versions
  .map((version) => join(installed, version, 'bin'))
  .find((path) => existsSync(join(path, 'initdb')));

/** PostgreSQL refuses to run as root. */
const command = process.getuid?.() === 0 ? 'runuser' : 'env';
const asUser = command === 'runuser' ? ['-u', 'postgres', '--'] : [];
const folder = mkdtempSync(join(tmpdir(), 'tocsin-postgres-'));
let url: Promise<string> | undefined;
let stop = (): void => {};
afterAll(() => {
  stop();
  rmSync(folder, { recursive: true, force: true });
});

function address(): Promise<string> {
  return (url ??= start(programs ?? ''));
}

async function open(): Promise<Database> {
  return connectPostgres({ url: await address() });
}

/** Runs to its end, as a user that PostgreSQL likes. */
function runProgram(path: string, ...args: string[]): void {
  execFileSync(command, [...asUser, path, ...args], { stdio: 'ignore' });
}

async function start(path: string): Promise<string> {
  chmodSync(folder, 0o777);
  const cluster = join(folder, 'cluster');
  runProgram(join(path, 'initdb'), '-D', cluster, '-U', 'tocsin', '-A', 'trust', '-E', 'UTF8');
  const port = await freePort();
  const listen = ['-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`];
  spawn(command, [...asUser, join(path, 'postgres'), '-D', cluster, ...listen], { stdio: 'ignore' });
  stop = () => runProgram(join(path, 'pg_ctl'), 'stop', '-D', cluster, '-m', 'immediate');
  for (let tries = 0; ; tries++) {
    try {
      runProgram(join(path, 'pg_isready'), '-h', '127.0.0.1', '-p', `${port}`);
      return `postgres://tocsin@127.0.0.1:${port}/postgres`;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(100);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(programs === undefined)(`PostgreSQL server${programs === undefined ? ' (not installed)' : ''}`, () => {
  describe('alerts', () => {
    alertStoreSuite(open);
  });
  describe('analyses', () => {
    analysisStoreSuite(open);
  });
  describe('jobs', () => {
    jobsSuite(open);
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
});
