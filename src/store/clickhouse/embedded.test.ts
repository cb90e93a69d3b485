import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventStore } from '../../core/event-store.ts';
import { createEventStore } from './event-store.ts';
import { eventStoreSuite } from './event-store.suite.ts';
import { killedAppend, killedTable } from './killed.suite.ts';
import { event, eventColumns, keepForever, now, rowsOf, table } from './native.suite.ts';

async function count(store: EventStore, name: string): Promise<unknown> {
  return (await store.query(`SELECT count() AS n, uniqExact(p_row_id) AS distinct FROM ${name}`)).rows[0];
}

const refusal = async (place: string): Promise<string> =>
  await createEventStore({ path: place }, keepForever).then(
    () => 'opened',
    (error: unknown) => String(error),
  );

describe('embedded', () => {
  eventStoreSuite(async () => {
    const path = await mkdtemp(join(tmpdir(), 'tocsin-store-'));
    return {
      open: () => createEventStore({ path }, keepForever),
      remove: () => rm(path, { recursive: true }),
    };
  });
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'tocsin-store-'));
  });
  afterEach(async () => {
    await rm(path, { recursive: true, force: true });
  });

  async function withStore<T>(use: (store: EventStore) => Promise<T>, settings = keepForever): Promise<T> {
    const store = await createEventStore({ path }, settings);
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  }
  async function folderOf(name: string): Promise<string> {
    const sql = 'SELECT data_paths[1] AS folder FROM system.tables WHERE name = {name:String}';
    return await withStore(async (store) => String((await store.query(sql, { name })).rows[0]?.['folder']));
  }
  const startKilled = (first: number): ChildProcess =>
    spawn(process.execPath, [new URL('killed.suite.ts', import.meta.url).pathname, path, String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  it('loses and repeats nothing when it is killed while it appends', async () => {
    let appended = 0;
    for (const delay of [0, 7, 20]) {
      const child = startKilled(appended);
      child.stdout?.on('data', (lines: Buffer) => {
        appended = Number(lines.toString().trim().split('\n').at(-1)) + 1;
      });
      while (child.stdout !== null && child.exitCode === null) {
        await once(child.stdout, 'data');
        if (appended % 10 > 5) break;
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      await once(child, 'close');
      // Whoever appends takes the last batches for unfinished, as the journal does.
      appended = Math.max(0, appended - 3);
    }
    const batches = appended + 10;
    await withStore(async (store) => {
      for (let batch = 0; batch < batches; batch += 1) await store.append(killedAppend(batch));
      expect(await count(store, killedTable.name)).toEqual({ n: batches * 10, distinct: batches * 10 });
    });
  }, 60_000);

  it('appends rows whose token a killed process had noted but not stored', async () => {
    const torn = table('torn', eventColumns);
    const rows = [event('1'), event('2', { p_parse_time: now + 604_800_000 })];
    await withStore(async (store) => {
      await store.ensureTable(torn);
      await store.append({ token: 'a', tables: [rowsOf(torn, rows)] });
      await store.append({ token: 'b', tables: [rowsOf(torn, rows)] });
    });
    const folder = await folderOf('torn');
    const parts = (await readdir(folder)).filter((name) => /^\d+_\d+_\d+_\d+$/.test(name));
    const lost = parts.toSorted((a, b) => Number(a.split('_')[1]) - Number(b.split('_')[1])).at(-1) ?? '';
    await rm(join(folder, lost), { recursive: true });
    await appendFile(join(folder, 'deduplication_logs', 'deduplication_log_1.txt'), '1\t20260');
    for (const reopening of [1, 2]) {
      await withStore(async (store) => {
        for (const token of ['a', 'b']) await store.append({ token, tables: [rowsOf(torn, rows)] });
        expect({ reopening, ...Object(await count(store, 'torn')) }).toEqual({ reopening, n: 4, distinct: 2 });
      });
    }
  });

  it('follows the retention that is asked for', async () => {
    const kept = table('kept', eventColumns);
    const rows = [
      event('old', { p_parse_time: now - 365 * 86_400_000 * 20 }),
      event('new', { p_parse_time: Date.now() }),
    ];
    const days = async (): Promise<unknown> =>
      await withStore(async (store) => {
        const sql =
          "SELECT name, extract(engine_full, 'toIntervalDay.(\\\\d+)') AS days FROM system.tables WHERE database = 'default' ORDER BY name";
        return Object.fromEntries((await store.query(sql)).rows.map((row) => [row['name'], row['days']]));
      }, settings);
    let settings = { retentionDays: { events: 30, signals: 60, deadLetters: 90 } };
    await withStore(async (store) => {
      await store.ensureTable(kept);
      await store.append({ token: 'a', tables: [rowsOf(kept, rows)] });
      await expect.poll(() => count(store, 'kept'), { timeout: 20_000 }).toMatchObject({ n: 1 });
    }, settings);
    expect(await days()).toMatchObject({ kept: '30', signals: '60', dead_letters: '90' });
    settings = { retentionDays: { events: 0, signals: 7, deadLetters: 0 } };
    await withStore((store) => store.ensureTable(kept), settings);
    expect(await days()).toMatchObject({ kept: '', signals: '7', dead_letters: '' });
  });

  it('says in a sentence why it does not open', async () => {
    const file = join(path, 'file');
    await writeFile(file, '');
    expect(await refusal(file)).toMatch(/^UserError: cannot open the event store in .*: .*exist/);
    const other = startKilled(0);
    if (other.stdout !== null) await once(other.stdout, 'data');
    expect(await refusal(path)).toBe(
      `UserError: cannot open the event store in ${path}: it is in use by process ${other.pid}`,
    );
    other.kill('SIGKILL');
    await once(other, 'close');
    expect(await withStore(async (store) => await store.query('SELECT 1 AS n'))).toMatchObject({ rows: [{ n: 1 }] });
    await withStore(async () => undefined);
  });

  it.skipIf(process.getuid?.() === 0)('says that it may not write (skipped for root, who may)', async () => {
    await chmod(path, 0o500);
    await expect(createEventStore({ path }, keepForever)).rejects.toThrow(/permission denied/);
  });

  it('refuses a folder that a newer version has migrated', async () => {
    await withStore(async () => undefined);
    const { createEmbeddedEngine } = await import('./embedded.ts');
    const engine = await createEmbeddedEngine(path);
    await engine.command("INSERT INTO schema_migrations (number, name) VALUES (9999, '9999_later.sql')");
    await engine.close();
    await expect(withStore(async () => undefined)).rejects.toThrow(/newer version .*9999_later/);
  });
});
