// Where a field of an Elasticsearch document is in the table of a log type: a column of the same name, an ECS name, a
// path within a column of JSON. `x.keyword` is x.

import type { ColumnKind, Table } from '../../core/table.ts';
import { quoteForeignName } from './quote.ts';

/** `any`: not known before it runs. */
export type FieldKind = 'text' | 'number' | 'boolean' | 'time' | 'list' | 'any';

export interface FieldSql {
  readonly sql: string;
  readonly kind: FieldKind;
  /** It may be NULL. */
  readonly optional?: true;
}

export interface Fields {
  resolve(name: string): FieldSql;
  /** Of the event, for a search that names no field. */
  readonly texts: () => readonly FieldSql[];
  /** Names that the log type does not have. */
  readonly missing: ReadonlySet<string>;
}

const kinds: Readonly<Record<ColumnKind, FieldKind>> = {
  string: 'text',
  low: 'text',
  smallint: 'number',
  int: 'number',
  bigint: 'number',
  float: 'number',
  boolean: 'boolean',
  timestamp: 'time',
  object: 'any',
  strings: 'list',
  ints: 'list',
  floats: 'list',
  booleans: 'list',
  timestamps: 'list',
  objects: 'list',
};

/** A search over more than these columns would help nobody. */
const mostTexts = 50;

/** `timeField` is what stands for the event's time there. Without a table every name is taken as it is. */
export function createFields(table: Table | undefined, timeField = '@timestamp'): Fields {
  const missing = new Set<string>();
  const column = (name: string): FieldSql | undefined => {
    const found = table?.columns.find((each) => each.name === name);
    if (found !== undefined && found.kind !== 'object')
      return { sql: quoteForeignName(name), kind: kinds[found.kind], ...(found.nullable && { optional: true }) };
    const alias = table?.aliases.find((each) => each.name === `p_ecs.${name}`);
    if (alias === undefined) return undefined;
    const under = table?.columns.find((each) => each.name === alias.column);
    const kind = under === undefined || alias.values !== undefined ? 'text' : kinds[under.kind];
    return { sql: quoteForeignName(alias.name), kind, optional: true };
  };
  return {
    missing,
    texts: () =>
      (table?.columns ?? [])
        .filter(
          ({ name, kind }) => !name.startsWith('p_') && (kind === 'string' || kind === 'low' || kind === 'strings'),
        )
        .slice(0, mostTexts)
        .map(({ name, kind }) => ({ sql: quoteForeignName(name), kind: kinds[kind] })),
    resolve(given) {
      const name = given.replace(/\.(?:keyword|raw)$/, '').replace(/^_source\./, '');
      if (name === timeField || name === '@timestamp') return { sql: quoteForeignName('p_event_time'), kind: 'time' };
      if (name === '_id') return { sql: quoteForeignName('p_row_id'), kind: 'text' };
      const found = column(name);
      if (found !== undefined) return found;
      const [first = '', ...below] = name.split('.').filter((part) => part !== '');
      const isThere =
        table === undefined || table.columns.some((each) => each.name === first && each.kind === 'object');
      if (!isThere) missing.add(name);
      return { sql: [first || '_', ...below].map(quoteForeignName).join('.'), kind: 'any', optional: true };
    },
  };
}

export function asText({ sql, kind }: FieldSql): string {
  if (kind === 'text') return sql;
  return kind === 'any'
    ? `CAST(${sql} AS Nullable(String))`
    : kind === 'list'
      ? `arrayStringConcat(${sql}, ', ')`
      : `toString(${sql})`;
}

export function asNumber({ sql, kind }: FieldSql): string {
  if (kind === 'number') return sql;
  if (kind === 'time') return `toUnixTimestamp64Milli(${sql})`;
  return `toFloat64OrNull(${kind === 'any' ? `CAST(${sql} AS Nullable(String))` : `toString(${sql})`})`;
}
