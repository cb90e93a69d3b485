// For tests: test/clickhouse-http.ts as a server that can be killed and started again at the same address.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './postgres-server.ts';

const program = fileURLToPath(new URL('clickhouse-http.ts', import.meta.url));

export interface ClickhouseServer {
  readonly url: string;
  /** SIGKILL. */
  crash(): Promise<void>;
  /** Again, where it was. Resolves when it takes connections. */
  start(): Promise<void>;
  /** Ends it, and removes what it stored. */
  remove(): Promise<void>;
}

export async function startClickhouse(): Promise<ClickhouseServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-clickhouse-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const server: ClickhouseServer = {
    url: `http://127.0.0.1:${port}`,
    async crash() {
      const running = child;
      child = undefined;
      if (running === undefined) return;
      running.kill('SIGKILL');
      await once(running, 'close');
    },
    async start() {
      const started = spawn(process.execPath, [program, folder, `${port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
      child = started;
      await once(started.stdout, 'data');
    },
    async remove() {
      await server.crash();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
