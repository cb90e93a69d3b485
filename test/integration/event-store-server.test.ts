// The event store by URL. No package of npm, PyPI or Debian 12 has a ClickHouse server of this decade, so the far side is
// test/clickhouse-http.ts; TOCSIN_TEST_CLICKHOUSE_URL names a real server's empty database instead.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEventStore } from '../../src/store/clickhouse/event-store.ts';
import { eventStoreSuite, type Place } from '../../src/store/clickhouse/event-store.suite.ts';
import { keepForever } from '../../src/store/clickhouse/native.suite.ts';

const program = new URL('../clickhouse-http.ts', import.meta.url).pathname;

async function startServer(): Promise<Place> {
  const given = process.env['TOCSIN_TEST_CLICKHOUSE_URL'];
  if (given !== undefined) return { open: () => createEventStore({ url: given }, keepForever), remove: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-clickhouse-'));
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line]: Buffer[] = await once(child.stdout, 'data');
  const url = String(line).trim();
  return {
    open: () => createEventStore({ url }, keepForever),
    async remove() {
      child.kill();
      await once(child, 'close');
      await rm(folder, { recursive: true });
    },
  };
}

describe('server', () => {
  eventStoreSuite(startServer);

  it('says that nobody answers, with a code to wait and try again', async () => {
    const opening = createEventStore({ url: 'http://127.0.0.1:1' }, keepForever);
    await expect(opening).rejects.toMatchObject({
      name: 'UserError',
      code: 'unreachable',
      message: expect.stringMatching(/^cannot open the event store: .*ECONNREFUSED/),
    });
  });

  it('refuses a server that is too old', async () => {
    const old = createServer((_request, response) => response.end('{"version":"24.8.1.1"}\n'));
    await once(old.listen(0, '127.0.0.1'), 'listening');
    const address = old.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    await expect(createEventStore({ url }, keepForever)).rejects.toThrow(
      /version 24\.8\.1\.1; 25\.3 or later is needed/,
    );
    old.close();
  });
});
