// The SQL that makes a table of a log type and lets it grow: columns, aliases and skip indexes are added, never taken away.
// It must not be used for the fixed tables, whose definition is in migrations/.

import { UserError } from '../../core/problem.ts';
import { quoteName, quoteText } from '../../core/quote.ts';
import type { Column, Table } from '../../core/table.ts';
import { codec, isArray, storedType } from './column-type.ts';

/** A column as `system.columns` tells it. */
export interface StoredColumn {
  readonly name: string;
  readonly type: string;
  /** '' or ALIAS. */
  readonly default_kind: string;
  readonly default_expression: string;
}

/** Partitions and retention go by the time of arrival, not by the event's own: the event's time is written by whoever
 *  writes the log, and a clock in 1970 or 2100 must neither make partitions by the hundred, nor have its events deleted
 *  at once or kept for ever. A week is dropped as a whole, so rows live up to seven days longer than the retention. */
const arrival = 'p_parse_time';
const occurrence = 'p_event_time';

/** Appends are blocks of one token each: a replay after a crash finds its tokens again if no more blocks than this
 *  were written since. */
const deduplicationWindow = 10_000;

/** A row is on disk when its append resolves, and stays there when the parts it came in are merged. New parts are
 *  compact (one data file to sync instead of two per column); merges make wide ones. */
const tableSettings = [
  `non_replicated_deduplication_window = ${deduplicationWindow}`,
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  'min_rows_to_fsync_after_merge = 1',
  'min_level_for_wide_part = 1',
  'ttl_only_drop_parts = 1',
  'materialize_ttl_recalculate_only = 1',
].join(', ');

/** `retentionDays` 0 keeps the rows for ever. */
export function createTable(table: Table, retentionDays: number): string {
  checkNames(table);
  const has = (name: string): boolean => table.columns.some((column) => column.name === name);
  const parts = [
    ...table.columns.map(columnDefinition),
    ...table.aliases.map((alias) => aliasDefinition(table, alias)),
    ...table.columns.filter(({ index }) => index !== undefined).map((column) => `INDEX ${indexDefinition(column)}`),
  ];
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteName(table.name)} (\n  ${parts.join(',\n  ')}\n)`,
    'ENGINE = MergeTree',
    has(arrival) ? `PARTITION BY toMonday(${arrival})` : '',
    `ORDER BY ${has(occurrence) ? occurrence : 'tuple()'}`,
    has(arrival) && retentionDays > 0 ? `TTL ${ttl(arrival, retentionDays)}` : '',
    `SETTINGS ${tableSettings}`,
    `COMMENT ${quoteText(table.logType)}`,
  ]
    .filter((clause) => clause !== '')
    .join('\n');
}

/** What an existing table lacks, as one ALTER TABLE; undefined when it lacks nothing. A column that became optional is
 *  widened; any other change of type is a UserError. */
export function alterTable(
  table: Table,
  stored: readonly StoredColumn[],
  indexes: readonly string[],
): string | undefined {
  checkNames(table);
  const byName = new Map(stored.map((column) => [column.name, column]));
  const changes: string[] = [];
  for (const column of table.columns) {
    const existing = byName.get(column.name);
    if (existing?.default_kind === 'ALIAS') changes.push(`DROP COLUMN ${quoteName(column.name)}`);
    if (existing === undefined || existing.default_kind === 'ALIAS') {
      changes.push(`ADD COLUMN ${columnDefinition(column)}`);
    } else if (existing.type === `Nullable(${storedType(column)})`) {
      continue;
    } else if (storedType(column) === `Nullable(${existing.type})`) {
      changes.push(`MODIFY COLUMN ${quoteName(column.name)} ${storedType(column)}`);
    } else if (existing.type !== storedType(column)) {
      throw new UserError(
        `${table.logType}: column ${column.name} of table ${table.name} is stored as ${existing.type} and cannot become ` +
          `${storedType(column)}; give the field another name`,
      );
    }
  }
  for (const column of table.columns) {
    if (column.index !== undefined && !indexes.includes(indexName(column)))
      changes.push(`ADD INDEX IF NOT EXISTS ${indexDefinition(column)}`);
  }
  changes.push(...aliasChanges(table, byName));
  return changes.length === 0 ? undefined : `ALTER TABLE ${quoteName(table.name)} ${changes.join(', ')}`;
}

/** Aliases hold no data, so they follow the schema: changed ones are made anew and dropped ones go. */
function aliasChanges(table: Table, stored: ReadonlyMap<string, StoredColumn>): string[] {
  const changes: string[] = [];
  const wanted = new Set([...table.aliases, ...table.columns].map((named) => named.name));
  for (const column of stored.values()) {
    if (column.default_kind === 'ALIAS' && !wanted.has(column.name))
      changes.push(`DROP COLUMN ${quoteName(column.name)}`);
  }
  for (const alias of table.aliases) {
    const existing = stored.get(alias.name);
    if (existing === undefined) changes.push(`ADD COLUMN ${aliasDefinition(table, alias)}`);
    else if (existing.default_kind !== 'ALIAS')
      throw new UserError(
        `${table.logType}: table ${table.name} already has a column ${alias.name}; it cannot be an alias`,
      );
    else if (existing.default_expression !== aliasExpression(table, alias))
      changes.push(`MODIFY COLUMN ${aliasDefinition(table, alias)}`);
  }
  return changes;
}

/** The expression that decides when a row is dropped; `column` is its time of arrival. */
export function ttl(column: string, days: number): string {
  return `toDateTime(${column}) + toIntervalDay(${Math.trunc(days)})`;
}

function columnDefinition(column: Column): string {
  const comment = column.comment === undefined ? '' : ` COMMENT ${quoteText(column.comment)}`;
  return `${quoteName(column.name)} ${storedType(column)}${comment} CODEC(${codec(column)})`;
}

function aliasDefinition(table: Table, alias: Table['aliases'][number]): string {
  return `${quoteName(alias.name)} ALIAS ${aliasExpression(table, alias)}`;
}

/** Spelled as the engine spells it in `system.columns`, so that the two can be compared. */
function aliasExpression(table: Table, alias: Table['aliases'][number]): string {
  if (alias.column === undefined) return quoteText(alias.constant ?? '');
  if (!table.columns.some((column) => column.name === alias.column))
    throw new Error(`bug: alias ${alias.name} of table ${table.name} is for no column: ${alias.column}`);
  const name = quoteUnlessPlain(alias.column);
  if (alias.values === undefined) return name;
  const from = Object.keys(alias.values).map(quoteText).join(', ');
  const to = Object.values(alias.values).map(quoteText).join(', ');
  return `transform(toString(${name}), [${from}], [${to}], toString(${name}))`;
}

function quoteUnlessPlain(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quoteName(name);
}

function indexDefinition(column: Column): string {
  const type = column.index === 'bloom' ? 'bloom_filter(0.01)' : 'minmax';
  return `${quoteName(indexName(column))} ${quoteName(column.name)} TYPE ${type} GRANULARITY 1`;
}

function indexName({ name, index }: Column): string {
  return `${index}_${name}`;
}

/** The engine takes arrays `a.x` and `a.y` for one nested structure and wants them of the same length. */
function checkNames(table: Table): void {
  const names = new Set<string>();
  for (const { name } of [...table.columns, ...table.aliases]) {
    if (name === '' || name.includes('\0')) throw new UserError(`${table.logType}: a field without a name`);
    if (names.has(name)) throw new UserError(`${table.logType}: two fields are named ${name}`);
    names.add(name);
  }
  const dotted = table.columns.find((column) => isArray(column) && column.name.includes('.'));
  if (dotted !== undefined)
    throw new UserError(`${table.logType}: ${dotted.name} is an array, whose name cannot have a dot; rename the field`);
}
