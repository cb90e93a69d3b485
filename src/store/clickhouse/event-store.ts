// The store of events, signals and dead letters on ClickHouse, inside this process or as a server: one SQL for both.
// It must not know what an event means: it makes tables, appends blocks of rows once, and answers read-only SQL.
// Whatever goes wrong outside (engine, disk, network, the user's SQL) is a UserError of one sentence.

import type { Append, EventStore, QueryLimits } from '../../core/event-store.ts';
import {
  deadLetterTable,
  fixedTables,
  honeypotSessionTable,
  sightingTable,
  signalTable,
} from '../../core/fixed-tables.ts';
import { UserError } from '../../core/problem.ts';
import { quoteName, quoteText } from '../../core/quote.ts';
import type { Table, TableRows } from '../../core/table.ts';
import { inputExpression, inputType } from './column-type.ts';
import type { Engine } from './engine.ts';
import { createEmbeddedEngine } from './embedded.ts';
import { engineMessage, storeError } from './failure.ts';
import { migrate } from './migrate.ts';
import { createQueue } from './queue.ts';
import { readResult, resultSettings } from './result.ts';
import { createServerEngine } from './server.ts';
import { checkStatement, type OutsideFunctions, outsideFunctionsSql } from './statement.ts';
import { alterTable, createTable, type StoredColumn, ttl } from './table-definition.ts';

/** `path`: the embedded engine's folder. `url`: a server, `http://user:password@host:8123/database`. */
export type EventStorePlace = { readonly path: string } | { readonly url: string };

export interface EventStoreSettings {
  /** Days after arrival until rows are deleted, by whole weeks; 0 keeps them for ever. */
  readonly retentionDays: { readonly events: number; readonly signals: number; readonly deadLetters: number };
}

const defaultLimits: QueryLimits = { maxRows: 10_000, timeoutMs: 30_000, maxMemoryBytes: 1024 ** 3 };
/** Of the answer as text, in bytes; it is held in memory. */
const maxResultBytes = 64 * 1024 ** 2;

const oldestServer = [25, 3] as const;
const reservedNames = new Set([...fixedTables.map((table) => table.name), 'schema_migrations']);

/** Opens the store and brings its fixed tables up to date. A store that does not open is a UserError. */
export async function createEventStore(place: EventStorePlace, settings: EventStoreSettings): Promise<EventStore> {
  const engine = 'path' in place ? await createEmbeddedEngine(place.path) : createServerEngine(place.url);
  try {
    await checkVersion(engine);
    await migrate(engine);
    await retain(engine, signalTable.name, 'received', settings.retentionDays.signals);
    await retain(engine, deadLetterTable.name, 'received', settings.retentionDays.deadLetters);
    await retain(engine, sightingTable.name, 'found', settings.retentionDays.signals);
    await retain(engine, honeypotSessionTable.name, 'updated', settings.retentionDays.signals);
    const outside = new Set((await engine.rows<{ name: string }>(outsideFunctionsSql)).map(({ name }) => name));
    return eventStore(engine, settings, outside, await deduplication(engine));
  } catch (error) {
    await engine.close();
    throw storeError('open the event store', error);
  }
}

function eventStore(
  engine: Engine,
  settings: EventStoreSettings,
  outside: OutsideFunctions,
  deduplicationSettings: string,
): EventStore {
  const defining = createQueue(1);

  return {
    ensureTable: (table) =>
      defining(async () => {
        if (fixedTables.includes(table)) return;
        if (reservedNames.has(table.name))
          throw new UserError(
            `${table.logType}: the table name ${table.name} is taken; give the log type another name`,
          );
        try {
          await define(engine, table, settings.retentionDays.events);
        } catch (error) {
          throw storeError(`make the table ${table.name}`, error);
        }
      }),

    async append({ token, tables }: Append) {
      for (const rows of tables) {
        if (rows.rows === 0) continue;
        try {
          await engine.insert({
            table: rows.table.name,
            statement: insertStatement(rows, `${token}:${rows.table.name}`, deduplicationSettings),
            structure: rows.table.columns.map((column) => `${quoteName(column.name)} ${inputType(column)}`).join(', '),
            blocks: rows.blocks,
          });
        } catch (error) {
          throw storeError(`append to the table ${rows.table.name}`, error);
        }
      }
    },

    async query(sql, parameters = {}, limits = {}) {
      const { maxRows, timeoutMs, maxMemoryBytes } = { ...defaultLimits, ...limits };
      const text = await asUser(async () => {
        const canonical = await parse(engine, sql);
        checkStatement(canonical, outside);
        return await engine.read({
          sql: canonical,
          parameters,
          timeoutMs,
          settings: {
            ...resultSettings,
            // Of rows that a newer one replaces, the newest.
            final: 1,
            limit: maxRows + 1,
            max_execution_time: timeoutMs / 1_000,
            max_memory_usage: maxMemoryBytes,
            max_result_bytes: maxResultBytes,
            result_overflow_mode: 'throw',
          },
        });
      });
      return readResult(text, maxRows);
    },

    close: () => engine.close(),
  };
}

/** The engine's refusal of a user's query is the user's to mend. */
async function asUser<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(engineMessage(error), { cause: error });
  }
}

/** The statement in the engine's own words; a syntax error is the engine's. */
async function parse(engine: Engine, sql: string): Promise<string> {
  const [row] = await engine.rows<{ text: string }>(`SELECT formatQuery(${quoteText(sql)}) AS text`);
  if (row === undefined) throw new Error('bug: formatQuery gave no row');
  return row.text;
}

async function define(engine: Engine, table: Table, retentionDays: number): Promise<void> {
  const where = `database = currentDatabase() AND table = ${quoteText(table.name)}`;
  const stored = await engine.rows<StoredColumn>(
    `SELECT name, type, default_kind, default_expression FROM system.columns WHERE ${where}`,
  );
  if (stored.length === 0) {
    await engine.command(createTable(table, retentionDays));
    return;
  }
  const indexes = await engine.rows<{ name: string }>(`SELECT name FROM system.data_skipping_indices WHERE ${where}`);
  const change = alterTable(
    table,
    stored,
    indexes.map(({ name }) => name),
  );
  if (change !== undefined) await engine.command(change);
  if (stored.some((column) => column.name === 'p_parse_time'))
    await retain(engine, table.name, 'p_parse_time', retentionDays);
}

/** Sets for how long a table keeps its rows, where that differs from what it does. */
async function retain(engine: Engine, table: string, column: string, days: number): Promise<void> {
  const [row] = await engine.rows<{ engine_full: string }>(
    `SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = ${quoteText(table)}`,
  );
  const current = Number(/ TTL .*?toIntervalDay\((\d+)\)/.exec(row?.engine_full ?? '')?.[1] ?? 0);
  if (current === Math.trunc(days)) return;
  const change = days > 0 ? `MODIFY TTL ${ttl(column, days)}` : 'REMOVE TTL';
  await engine.command(`ALTER TABLE ${quoteName(table)} ${change}`);
}

/** One block, and thereby one part and one token per partition: the whole append is in one piece or is repeated. */
function insertStatement({ table }: TableRows, token: string, deduplicationSettings: string): string {
  const columns = table.columns.map((column) => quoteName(column.name)).join(', ');
  const expressions = table.columns.map(inputExpression).join(', ');
  const settings = [
    `insert_deduplication_token = ${quoteText(token)}`,
    'async_insert = 0',
    deduplicationSettings,
    'max_threads = 1',
    'max_insert_threads = 1',
    'min_insert_block_size_rows = 1000000000',
    'min_insert_block_size_bytes = 1000000000000',
    'max_partitions_per_insert_block = 0',
    'type_json_skip_duplicated_paths = 1',
    'input_format_try_infer_dates = 0',
    'input_format_try_infer_datetimes = 0',
  ];
  return `INSERT INTO ${quoteName(table.name)} (${columns}) SETTINGS ${settings.join(', ')} SELECT ${expressions} FROM`;
}

/** Settings that switch on tokens for INSERT SELECT: newer engines have their own, and refuse what they do not know. */
async function deduplication(engine: Engine): Promise<string> {
  const wanted = new Map([
    ['insert_deduplicate', '1'],
    ['deduplicate_insert', "'enable'"],
    ['insert_select_deduplicate', '1'],
    ['deduplicate_insert_select', "'force_enable'"],
  ]);
  const names = [...wanted.keys()].map(quoteText).join(', ');
  const known = await engine.rows<{ name: string }>(`SELECT name FROM system.settings WHERE name IN (${names})`);
  return known.map(({ name }) => `${name} = ${wanted.get(name) ?? ''}`).join(', ');
}

async function checkVersion(engine: Engine): Promise<void> {
  const [row] = await engine.rows<{ version: string }>('SELECT version() AS version');
  const [major = 0, minor = 0] = (row?.version ?? '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestServer;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new UserError(
      `the ClickHouse server is version ${row?.version ?? 'unknown'}; ${oldestServer.join('.')} or later is needed`,
    );
}
