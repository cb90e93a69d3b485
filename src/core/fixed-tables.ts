// Tables of the event store that do not come from a schema. Their DDL is in store/clickhouse/migrations; a test there
// holds the two together.

import type { Column, ColumnKind, Table } from './table.ts';

function table(name: string, columns: Readonly<Record<string, ColumnKind>>): Table {
  return {
    name,
    logType: name,
    columns: Object.entries(columns).map(([column, kind]): Column => ({ name: column, kind, nullable: false })),
    aliases: [],
  };
}

/** One row per match or failure of a detection. An alert's signals are those of its detection and dedup string that were
 *  received within its window. `context` and `event` are JSON text; `error` is '' for a match. */
export const signalTable = table('signals', {
  detection_id: 'low',
  dedup: 'string',
  title: 'string',
  severity: 'low',
  log_type: 'low',
  p_row_id: 'string',
  p_event_time: 'timestamp',
  received: 'timestamp',
  source_id: 'low',
  context: 'string',
  error: 'string',
  event: 'string',
});

/** Records that no schema took. `reasons` is JSON text: `[{"schema":"Zeek.Conn","reason":"..."}]`. */
export const deadLetterTable = table('dead_letters', {
  p_row_id: 'string',
  received: 'timestamp',
  source_id: 'low',
  source_file: 'low',
  reasons: 'string',
  raw: 'string',
});

/** What became of the records of each batch: one row per (log type, outcome, reason). `outcome` is event, dropped or
 *  dead_letter; `log_type` is '' for dead letters. */
export const ingestStatsTable = table('ingest_stats', {
  received: 'timestamp',
  batch_id: 'string',
  source_id: 'low',
  log_type: 'low',
  outcome: 'low',
  reason: 'string',
  records: 'bigint',
  bytes: 'bigint',
});

/** Sessions of honeypots, made from their events: see src/honeypot. A session that got more events has a newer row, told
 *  by `updated`; queries see the newest. */
export const honeypotSessionTable = table('honeypot_sessions', {
  sensor: 'low',
  session: 'string',
  source_ip: 'string',
  protocol: 'low',
  started: 'timestamp',
  ended: 'timestamp',
  duration: 'float',
  client: 'string',
  hassh: 'string',
  logged_in: 'boolean',
  usernames: 'strings',
  passwords: 'strings',
  commands: 'strings',
  files: 'strings',
  urls: 'strings',
  ssh_keys: 'strings',
  forwards: 'strings',
  recordings: 'strings',
  score: 'int',
  label: 'low',
  reasons: 'strings',
  campaign: 'string',
  updated: 'timestamp',
});

/** Events that had a value before a lookup table listed it (`listed`: since when it does). */
export const sightingTable = table('lookup_sightings', {
  lookup: 'low',
  value: 'string',
  listed: 'timestamp',
  log_type: 'low',
  p_row_id: 'string',
  p_event_time: 'timestamp',
  found: 'timestamp',
});

export const fixedTables: readonly Table[] = [
  signalTable,
  deadLetterTable,
  ingestStatsTable,
  honeypotSessionTable,
  sightingTable,
];
