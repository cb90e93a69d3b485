// ClickHouse inside this process (chDB). It must not be opened twice: the engine binds one folder per process, and one
// process per folder. Queries run beside inserts, each on a connection of its own.

import { access, constants, mkdir, readFile, realpath, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClickHouseClient, type ClickHouseClientConfigOptions, createClient } from '@clickhouse/client';
import { UserError } from '../../core/problem.ts';
import { quoteName, quoteText } from '../../core/quote.ts';
import { findLostTokens, forgetTokens, syncDeduplicationLog } from './deduplication-log.ts';
import type { Engine, Insert, Read } from './engine.ts';
import { storeError } from './failure.ts';
import { createQueue } from './queue.ts';
import { createStaging } from './staging.ts';

/** Each running query holds a thread of Node's pool, which file access needs too. */
const queriesAtOnce = 2;
const queriesWaiting = 64;

/** A folder that cannot be opened is a UserError that says why. */
export async function createEmbeddedEngine(folder: string): Promise<Engine> {
  const path = await prepareFolder(folder);
  const open = await loadEngine(path);
  const client = await openFirst(open, path);
  const staging = await createStaging(path);
  const writing = createQueue(1);
  const reading = createQueue(
    queriesAtOnce,
    queriesWaiting,
    () => new UserError(`too many queries at once: ${queriesAtOnce} run and ${queriesWaiting} wait; try again later`),
  );

  async function rows<Row>(query: string): Promise<readonly Row[]> {
    const result = await client.query({ query, format: 'JSONEachRow' });
    return await result.json<Row>();
  }

  async function tableFolders(): Promise<ReadonlyMap<string, string>> {
    const tables = await rows<{ name: string; folder: string }>(`
      SELECT name, data_paths[1] AS folder FROM system.tables
      WHERE database = currentDatabase() AND engine LIKE '%MergeTree'`);
    return new Map(tables.map((table) => [table.name, table.folder]));
  }

  let folders = await tableFolders();
  async function folderOf(table: string): Promise<string> {
    if (!folders.has(table)) folders = await tableFolders();
    const found = folders.get(table);
    if (found === undefined) throw new Error(`bug: no table ${table}`);
    return found;
  }

  for (const [table, tableFolder] of folders) {
    const lost = await findLostTokens(tableFolder);
    if (lost.length === 0) continue;
    await client.command({ query: `DETACH TABLE ${quoteName(table)} SYNC` });
    await forgetTokens(tableFolder, lost);
    await client.command({ query: `ATTACH TABLE ${quoteName(table)}` });
  }

  return {
    rows,

    command: (query) =>
      writing(async () => {
        await client.command({ query });
      }),

    read: ({ sql, parameters, settings }: Read) =>
      reading(async () => {
        // Settings stick to a connection, read-only mode above all.
        const reader = open();
        try {
          const result = await reader.query({
            query: sql,
            format: 'JSONCompact',
            query_params: { ...parameters },
            clickhouse_settings: { ...settings, readonly: '1' },
          });
          return await result.text();
        } finally {
          await reader.close();
        }
      }),

    insert: ({ table, statement, structure, blocks }: Insert) =>
      writing(() =>
        staging.hold(blocks, async (file) => {
          await client.command({
            query: `${statement} file(${quoteText(file)}, Native, ${quoteText(structure)})`,
          });
          await syncDeduplicationLog(await folderOf(table));
        }),
      ),

    async close() {
      await writing(async () => {
        await client.close();
        await staging.close();
      });
      const { drainPending } = await import('chdb');
      await drainPending();
    },
  };
}

interface ConnectionModule {
  readonly createChdbConnection: (options: {
    readonly path: string;
  }) => NonNullable<ClickHouseClientConfigOptions['connection']>;
}

/** Named by a variable because its types do not fit: chdb's connection is written against `@clickhouse/client-common`,
 *  and the client brings a copy of that with a class that differs in name only. */
const connectionModule: string = 'chdb/connection';

/** The function that opens a connection; loading it takes the engine's 500 MB library. */
async function loadEngine(path: string): Promise<() => ClickHouseClient> {
  try {
    const { createChdbConnection }: ConnectionModule = await import(connectionModule);
    return () => createClient({ connection: createChdbConnection({ path }) });
  } catch (error) {
    throw storeError('load the embedded event store (package chdb)', error);
  }
}

async function prepareFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(folder);
  } catch (error) {
    throw storeError(`open the event store in ${folder}`, error);
  }
}

async function openFirst(open: () => ClickHouseClient, path: string): Promise<ClickHouseClient> {
  try {
    return open();
  } catch (error) {
    throw new UserError(`cannot open the event store in ${path}: ${await whyClosed(path)}`, { cause: error });
  }
}

/** The engine writes its reason to stderr and throws a sentence without one: the usual reasons are found here. */
async function whyClosed(path: string): Promise<string> {
  const status = await readFile(join(path, 'status'), 'utf8').catch(() => '');
  const pid = Number(/^PID: (\d+)/m.exec(status)?.[1] ?? Number.NaN);
  if (pid !== process.pid && isAlive(pid)) return `it is in use by process ${pid}`;
  const { bavail, bsize } = await statfs(path);
  if (bavail * bsize < 1024 * 1024) return 'the disk is full';
  return 'the engine refuses it; it may be damaged, or written by a newer version';
}

function isAlive(pid: number): boolean {
  if (Number.isNaN(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else may not be signalled, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
