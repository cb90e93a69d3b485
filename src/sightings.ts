// Looks back: when a lookup table begins to list a value, past events that had it are found and noted in the table
// `lookup_sightings`. They were judged by the table of their own time, and that stays so.

import type { Clock } from './core/clock.ts';
import type { EventStore } from './core/event-store.ts';
import { sightingTable } from './core/fixed-tables.ts';
import type { Table } from './core/table.ts';
import { createSightingRows, type Sighting } from './fixed-rows.ts';
import type { LoadedTable } from './lookup/load.ts';
import { type LookupTable, openTable } from './lookup/table.ts';

export interface SightingsOptions {
  readonly events: EventStore;
  /** Of events, that there are. */
  readonly tables: readonly Table[];
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

export interface Sightings {
  /** The table lists these values now and did not before. */
  look(table: LoadedTable, values: readonly string[]): void;
  /** Resolves when what was asked for is done. */
  stop(): Promise<void>;
}

/** Of one version of a table; the rest is told and not looked for. */
const maxValues = 20_000;
const maxNetworks = 200;
const maxSightings = 10_000;
const valuesAtOnce = 2000;

export function createSightings(options: SightingsOptions): Sightings {
  let running = Promise.resolve();
  let isStopped = false;
  return {
    look(table, values) {
      running = running.then(async () => {
        if (isStopped) return;
        await lookBack(table, values, options).catch((error: unknown) => {
          options.warn(`lookup table ${table.definition.name}: past events: ${(error as Error).message}`);
        });
      });
    },
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

async function lookBack(loaded: LoadedTable, values: readonly string[], options: SightingsOptions): Promise<void> {
  const { events, clock, warn } = options;
  const { name, match } = loaded.definition;
  const table = openTable(loaded.definition, loaded.packed);
  const networks = match === 'cidr' ? values.filter((value) => value.includes('/')) : [];
  const exact = match === 'cidr' ? values.filter((value) => !value.includes('/')) : values;
  const left = Math.max(0, exact.length - maxValues) + Math.max(0, networks.length - maxNetworks);
  if (left > 0) warn(`lookup table ${name}: ${left} new values are not looked for in past events`);

  const { rows: stored } = await events.query('SHOW TABLES');
  const names = new Set(stored.map((row) => row['name']));
  const found: Sighting[] = [];
  for (const eventTable of options.tables.filter((each) => names.has(each.name))) {
    for (const condition of conditionsOf(table, eventTable)) {
      for (let start = 0; start < Math.min(exact.length, maxValues); start += valuesAtOnce) {
        const some = exact.slice(start, Math.min(start + valuesAtOnce, maxValues));
        found.push(...(await search(eventTable, condition.exact, some, table, events)));
      }
      const some = networks.slice(0, maxNetworks);
      if (some.length > 0) found.push(...(await search(eventTable, condition.network, some, table, events)));
    }
  }
  const rows = createSightingRows();
  const now = clock.now();
  for (const sighting of found.slice(0, maxSightings)) {
    rows.add(sighting, { id: '', source: '', file: '', received: now });
  }
  const taken = rows.take();
  if (taken === undefined) return;
  await events.append({
    token: `sightings:${name}:${now}`,
    tables: [{ table: sightingTable, rows: taken.rows, blocks: [taken.block] }],
  });
  warn(`lookup table ${name}: ${found.length} past events had what it lists now: see lookup_sightings`);
}

/** SQL that gives the values of an event that are among `{values:Array(String)}`. */
interface Condition {
  readonly exact: string;
  readonly network: string;
}

/** By the selectors that are columns. */
function conditionsOf({ selectors }: LookupTable, { logType, columns }: Table): readonly Condition[] {
  const names = new Set([...(selectors['*'] ?? []), ...(selectors[logType] ?? [])]);
  return [...names].flatMap((name) => {
    const column = columns.find((each) => each.name === name);
    if (column === undefined || !['string', 'low', 'strings'].includes(column.kind)) return [];
    const quoted = `\`${name}\``;
    const list = column.kind === 'strings' ? quoted : `[ifNull(${quoted}, '')]`;
    const inNetwork = 'net -> isIPAddressInRange(each, net)';
    const isAddress = 'isIPv4String(each) OR isIPv6String(each)';
    return [
      {
        exact: `arrayIntersect(${list}, {values:Array(String)})`,
        network: `arrayFilter(each -> (${isAddress}) AND arrayExists(${inNetwork}, {values:Array(String)}), ${list})`,
      },
    ];
  });
}

async function search(
  { name, logType }: Table,
  expression: string,
  values: readonly string[],
  table: LookupTable,
  events: EventStore,
): Promise<readonly Sighting[]> {
  const { rows } = await events.query(
    `SELECT arrayJoin(${expression}) AS value, p_row_id, toUnixTimestamp64Milli(p_event_time) AS time
     FROM \`${name}\` ORDER BY time DESC`,
    { values },
    { maxRows: maxSightings },
  );
  return rows.flatMap((row) => {
    const [value, time] = [String(row['value']), Number(row['time'])];
    const listed = table.history(value).map(({ from }) => from);
    // At its own time the event was judged by the table.
    if (table.find(value, time) !== undefined || listed.length === 0) return [];
    return [{ lookup: table.name, value, listed: Math.max(...listed), logType, rowId: String(row['p_row_id']), time }];
  });
}
