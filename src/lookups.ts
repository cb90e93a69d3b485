// The lookup tables of a running program: those of files, which stay, and those that are fetched again and again, each in
// the last good version. Where rows come from is decided here; how they are read and matched is src/lookup's.

import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { alarm, lookupAlarm } from './alert/alarm.ts';
import type { LookupStatus } from './app-port.ts';
import type { Config } from './config.ts';
import type { WorkspaceFiles } from './content.ts';
import { type FetchedLookup, fileOf } from './content/lookup-files.ts';
import type { AlertStore } from './core/alert-store.ts';
import type { Clock } from './core/clock.ts';
import type { EventStore } from './core/event-store.ts';
import type { Problem } from './core/problem.ts';
import { type Fetched, fetchAddress, type FetchRequest } from './lookup/fetch.ts';
import { intervalPath } from './lookup/interval-file.ts';
import { type LoadedTable, loadTables } from './lookup/load.ts';
import { type LookupRow, packTable } from './lookup/pack.ts';
import { createRefresher } from './lookup/refresh.ts';
import { type LookupTable, openTable } from './lookup/table.ts';

export interface LookupsOptions {
  readonly files: Pick<WorkspaceFiles, 'lookups' | 'fetched'>;
  readonly config: Config;
  readonly events: Pick<EventStore, 'query'>;
  readonly alerts: Pick<AlertStore, 'alarm'>;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (message: string) => void;
  /** Values that a table has now and had not before: past events may have them. */
  readonly onAdded: (table: LoadedTable, values: readonly string[]) => void;
}

export interface Lookups {
  /** What is known now. A table of which nothing could be fetched yet has no rows. */
  readonly tables: readonly LoadedTable[];
  readonly problems: readonly Problem[];
  /** From now on `swap` gets each newer version. */
  attach(swap: (table: LoadedTable) => void): void;
  /** The row of the table that is in use now; undefined where there is no such table, too. */
  find(table: string, value: string, time: number): LookupRow | undefined;
  /** The store's tables have newer rows: what is made from them is made again. */
  stored(tables: readonly string[]): void;
  status(): readonly LookupStatus[];
  /** Resolves when it is done; false: there is no such table, or it is not fetched. */
  refresh(name: string): Promise<boolean>;
  stop(): Promise<void>;
}

interface Good {
  readonly rows: number;
  readonly table: LoadedTable;
  readonly added: readonly string[];
}

/** Of the result of a query. */
const maxQueryRows = 1_000_000;
const queryMs = 60_000;

export async function openLookups(options: LookupsOptions): Promise<Lookups> {
  const { files, config, alerts, clock, warn, onAdded } = options;
  const loaded = await loadTables(files.lookups);
  const problems = loaded.flatMap((each) => [...each.problems]);
  const tables = new Map(loaded.flatMap(({ table }) => (table === undefined ? [] : [[table.definition.name, table]])));
  let swap: ((table: LoadedTable) => void) | undefined;

  const fetched = new Map<string, { readonly lookup: FetchedLookup; readonly address: string }>();
  for (const lookup of files.fetched) {
    const { name } = lookup.definition;
    // A table without rows has its place, so that events are joined to what comes later.
    tables.set(name, { definition: lookup.definition, packed: packTable(lookup.definition, []).table });
    const address = addressOf(lookup, options);
    if ('problem' in address) problems.push(address.problem);
    else fetched.set(name, { lookup, ...address });
  }

  const refresher = createRefresher<Good>({
    tables: [...fetched].map(([name, { lookup, address }]) => ({ ...lookup.document.refresh, name, address })),
    folder: join(config.data, 'lookups'),
    clock,
    fetch: (request) => fetchFrom(request, options, fetched),
    async check({ name, path, time, lastRows }) {
      const { lookup } = fetched.get(name) as { lookup: FetchedLookup };
      const { definition, document, file } = lookup;
      const history = { path: intervalPath(join(config.data, 'lookups'), name), time };
      const [found] = await loadTables([
        {
          ...fileOf(definition, document, { path, file }),
          ...(lastRows === undefined ? {} : { lastRows }),
          ...(document.keepsHistory ? { history } : {}),
        },
      ]);
      if (found?.table === undefined) return { refused: found?.refused ?? 'it cannot be read' };
      for (const problem of found.problems) warn(`lookup table ${name}: ${problem.message}`);
      return { rows: found.rows ?? found.table.packed.rows, table: found.table, added: found.added ?? [] };
    },
    onVersion(name, _version, { table, added }) {
      tables.set(name, table);
      swap?.(table);
      if (added.length > 0) onAdded(table, added);
    },
    onAlarm(name, message) {
      const about = `lookup table ${name}`;
      if (message === undefined) return warn(`${about}: it is refreshed again`);
      warn(`${about}: ${message}`);
      const raise = { groups: [alarm(lookupAlarm, about, message, clock.now())], received: clock.now() };
      const detections = new Map([[lookupAlarm.id, lookupAlarm]]);
      alerts.alarm({ ...raise, detections }).catch((error: unknown) => warn(`${about}: ${(error as Error).message}`));
    },
  });
  await refresher.start();

  const open = new Map<LoadedTable, LookupTable>();
  function opened(name: string): LookupTable | undefined {
    const table = tables.get(name);
    if (table === undefined) return undefined;
    const found = open.get(table) ?? openTable(table.definition, table.packed);
    if (!open.has(table)) for (const other of open.keys()) if (other.definition.name === name) open.delete(other);
    open.set(table, found);
    return found;
  }

  return {
    tables: [...tables.values()],
    problems,
    attach(given) {
      swap = given;
      for (const table of tables.values()) given(table);
    },
    find: (name, value, time) => opened(name)?.find(value, time),
    stored(names) {
      for (const [name, { lookup }] of fetched) {
        const { document } = lookup;
        if ('query' in document && names.some((each) => document.query.text.includes(each))) {
          void refresher.refreshNow(name);
        }
      }
    },
    status() {
      const states = new Map(refresher.states().map((state) => [state.name, state]));
      return [...tables].map(([name, { packed }]) => {
        const { version, refreshed, due, message = '' } = states.get(name) ?? {};
        const rows = version?.rows ?? packed.rows;
        return {
          name,
          rows,
          message,
          ...(version !== undefined && { fetched: version.time }),
          ...(refreshed !== undefined && { refreshed }),
          ...(due !== undefined && { due }),
        };
      });
    },
    refresh: (name) => refresher.refreshNow(name),
    stop: () => refresher.stop(),
  };
}

/** Keys in addresses are references to the environment. */
function addressOf(
  { document, definition, file }: FetchedLookup,
  { config, env }: LookupsOptions,
): { readonly address: string } | { readonly problem: Problem } {
  const { name } = definition;
  const own = config.lookups[name]?.address;
  if (own !== undefined) return { address: own.startsWith('/') ? pathToFileURL(own).href : own };
  if (!('address' in document.refresh)) return { address: `query:${name}` };
  const { address: form } = document.refresh;
  // An object's key stands in its address as it is.
  const isObject = /^s3:/i.test(form);
  const absent: string[] = [];
  const address = form.replaceAll(/\$(?:\{|%7B)(\w+)(?:\}|%7D)/g, (_, variable: string) => {
    const value = env[variable];
    if (value === undefined || value === '') absent.push(variable);
    return isObject ? (value ?? '') : encodeURIComponent(value ?? '');
  });
  if (absent.length === 0) return { address };
  return { problem: { file, message: `Refresh.ObjectPath: ${absent.join(', ')} is not set in the environment` } };
}

async function fetchFrom(
  request: FetchRequest,
  { config, events }: LookupsOptions,
  fetched: ReadonlyMap<string, { readonly lookup: FetchedLookup }>,
): Promise<Fetched> {
  const [, name] = /^query:(.*)$/.exec(request.address) ?? [];
  const document = fetched.get(name ?? '')?.lookup.document;
  if (document !== undefined && 'query' in document) return runQuery(document.query.text, request.path, events);
  const isPrivate = Object.values(config.lookups).some((each) => each.address === request.address && each.allowPrivate);
  return fetchAddress(request, { allowPrivate: isPrivate });
}

async function runQuery(sql: string, path: string, events: Pick<EventStore, 'query'>): Promise<Fetched> {
  try {
    const { rows, truncated } = await events.query(sql, {}, { maxRows: maxQueryRows, timeoutMs: queryMs });
    if (truncated) return { kind: 'failed', message: `the query gives more than ${maxQueryRows} rows` };
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await writeFile(path, text, { mode: 0o600 });
    const sha256 = createHash('sha256').update(text).digest('hex');
    return { kind: 'fetched', path, bytes: Buffer.byteLength(text), sha256 };
  } catch (error) {
    return { kind: 'failed', message: (error as Error).message };
  }
}
