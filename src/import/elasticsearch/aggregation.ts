// Elasticsearch's aggregations as a small tree. What is not known is Unsupported, with its path. Knows no SQL.
// https://www.elastic.co/docs/explore-analyze/query-filter/aggregations

import type { Path } from '../../core/document-text.ts';
import { isObject } from '../../core/object.ts';
import { Unsupported } from '../import.ts';
import { list, members, parseQuery, type Query } from './query.ts';

export type Aggregation = { readonly name: string; readonly path: Path } & (
  | { readonly kind: 'terms'; readonly field: string; readonly inside: readonly Aggregation[] }
  /** Of time, by seconds or by a unit of the calendar; or of numbers. */
  | {
      readonly kind: 'histogram';
      readonly field: string;
      readonly interval: Interval;
      readonly inside: readonly Aggregation[];
    }
  | { readonly kind: 'filter'; readonly query: Query; readonly inside: readonly Aggregation[] }
  | { readonly kind: 'filters'; readonly queries: ReadonlyMap<string, Query>; readonly inside: readonly Aggregation[] }
  | { readonly kind: 'metric'; readonly metric: Metric; readonly of: FieldOrScript }
  | { readonly kind: 'stats'; readonly of: FieldOrScript }
  | { readonly kind: 'percentiles'; readonly of: FieldOrScript }
  | { readonly kind: 'top'; readonly sort?: Sort }
  /** Of the buckets of a histogram beside it: `series>ports`. */
  | { readonly kind: 'across'; readonly summary: 'stats' | 'percentiles' | Summary; readonly of: readonly string[] }
  | { readonly kind: 'derivative'; readonly of: string }
  | { readonly kind: 'computed'; readonly paths: ReadonlyMap<string, string>; readonly script: Script }
);

export type Metric = 'cardinality' | 'min' | 'max' | 'avg' | 'sum' | 'value_count';
export type Summary = 'min' | 'max' | 'avg' | 'sum';
export type Interval =
  | { readonly seconds: number }
  | { readonly calendar: 'MINUTE' | 'HOUR' | 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR' }
  | { readonly width: number };
export interface Script {
  readonly source?: string;
  readonly id?: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}
export interface Sort {
  readonly field: string;
  readonly descending: boolean;
}
type FieldOrScript = { readonly field: string } | { readonly script: Script };

/** What an aggregation may say; order, size and the like choose some of the buckets, of which none is left out here. */
const known = new Map<string, readonly string[]>([
  ['terms', ['field', 'size', 'order', 'shard_size', 'show_term_doc_count_error', 'execution_hint', 'collect_mode']],
  ['top_hits', ['size', 'from', 'sort', '_source']],
  ['filters', ['filters']],
  [
    'date_histogram',
    ['field', 'fixed_interval', 'calendar_interval', 'interval', 'min_doc_count', 'order', 'format', 'keyed'],
  ],
  ['histogram', ['field', 'interval', 'min_doc_count', 'order', 'keyed']],
]);
const metrics: ReadonlySet<string> = new Set(['cardinality', 'min', 'max', 'avg', 'sum', 'value_count']);
const deepest = 10;

export function parseAggregations(value: unknown, path: Path, depth = 0): readonly Aggregation[] {
  if (value === undefined) return [];
  if (depth > deepest) throw new Unsupported(path, 'is nested too deeply');
  return Object.entries(members(value, path)).map(([name, body]) => {
    const at = [...path, name];
    const all = members(body, at);
    const key = all['aggs'] === undefined ? 'aggregations' : 'aggs';
    const inside = parseAggregations(all[key], [...at, key], depth + 1);
    const types = Object.keys(all).filter((each) => !['aggs', 'aggregations', 'meta'].includes(each));
    const [type = ''] = types;
    if (types.length !== 1) throw new Unsupported(at, 'expected one aggregation');
    return aggregation(name, type, members(all[type], [...at, type]), inside, [...at, type]);
  });
}

function aggregation(
  name: string,
  type: string,
  body: Readonly<Record<string, unknown>>,
  inside: readonly Aggregation[],
  path: Path,
): Aggregation {
  const named = { name, path };
  const allowed = known.get(type);
  const strange = Object.keys(body).find((key) => allowed !== undefined && !allowed.includes(key));
  if (strange !== undefined) throw new Unsupported([...path, strange], `is not taken in an aggregation \`${type}\``);
  if (metrics.has(type)) return { ...named, kind: 'metric', metric: type as Metric, of: fieldOrScript(body, path) };
  const across = /^(extended_stats|stats|percentiles|min|max|avg|sum)_bucket$/.exec(type)?.[1];
  if (across !== undefined) {
    const summary = across.replace('extended_', '') as Summary;
    return { ...named, kind: 'across', summary, of: text(body['buckets_path'], path).split('>') };
  }
  switch (type) {
    case 'terms':
      return { ...named, kind: 'terms', field: text(body['field'], [...path, 'field']), inside };
    case 'date_histogram':
    case 'histogram':
      return { ...named, kind: 'histogram', field: text(body['field'], path), interval: interval(body, path), inside };
    case 'filter':
      return { ...named, kind: 'filter', query: parseQuery(body, path), inside };
    case 'filters': {
      const queries = members(body['filters'], [...path, 'filters']);
      const parsed = Object.entries(queries).map(
        ([key, query]) => [key, parseQuery(query, [...path, 'filters', key])] as const,
      );
      return { ...named, kind: 'filters', queries: new Map(parsed), inside };
    }
    case 'stats':
    case 'extended_stats':
      return { ...named, kind: 'stats', of: fieldOrScript(body, path) };
    case 'percentiles':
      return { ...named, kind: 'percentiles', of: fieldOrScript(body, path) };
    case 'top_hits': {
      const sort = parseSort(body['sort']);
      return { ...named, kind: 'top', ...(sort !== undefined && { sort }) };
    }
    case 'derivative':
      return { ...named, kind: 'derivative', of: text(body['buckets_path'], path) };
    case 'bucket_script': {
      const paths = isObject(body['buckets_path']) ? body['buckets_path'] : { _value: body['buckets_path'] };
      const parsed = Object.entries(paths).map(([key, each]) => [key, text(each, path)] as const);
      return {
        ...named,
        kind: 'computed',
        paths: new Map(parsed),
        script: parseScriptReference(body['script'], [...path, 'script']),
      };
    }
    default:
      throw new Unsupported(path, `an aggregation \`${type}\` is not taken`);
  }
}

function fieldOrScript(body: Readonly<Record<string, unknown>>, path: Path): FieldOrScript {
  if (body['script'] !== undefined) return { script: parseScriptReference(body['script'], [...path, 'script']) };
  return { field: text(body['field'], [...path, 'field']) };
}

/** `{source}`, `{inline}`, `{id}` or a bare text. */
export function parseScriptReference(value: unknown, path: Path): Script {
  if (typeof value === 'string') return { source: value, parameters: {} };
  const { source, inline, id, params, lang } = members(value, path);
  if (lang !== undefined && lang !== 'painless' && lang !== 'groovy')
    throw new Unsupported([...path, 'lang'], `scripts in ${JSON.stringify(lang)} are not taken`);
  const code = source ?? inline;
  const parameters = isObject(params) ? params : {};
  if (typeof code === 'string') return { source: code, parameters };
  if (typeof id === 'string') return { id, parameters };
  throw new Unsupported(path, 'expected a source or an id');
}

/** The first field of a sort; what comes after it does not decide. */
export function parseSort(value: unknown): Sort | undefined {
  const [first] = list(value);
  if (typeof first === 'string') return { field: first, descending: false };
  const [field, order] = isObject(first) ? (Object.entries(first)[0] ?? []) : [];
  if (field === undefined) return undefined;
  return { field, descending: (isObject(order) ? order['order'] : order) === 'desc' };
}

const calendar = { m: 'MINUTE', h: 'HOUR', d: 'DAY', w: 'WEEK', M: 'MONTH', q: 'QUARTER', y: 'YEAR' } as const;
const calendarNames = new Map<string, keyof typeof calendar>([
  ['minute', 'm'],
  ['hour', 'h'],
  ['day', 'd'],
  ['week', 'w'],
  ['month', 'M'],
  ['quarter', 'q'],
  ['year', 'y'],
]);

function interval(body: Readonly<Record<string, unknown>>, path: Path): Interval {
  const given = body['fixed_interval'] ?? body['calendar_interval'] ?? body['interval'];
  if (typeof given === 'number' && given > 0) return { width: given };
  const seconds = durationSeconds(given);
  const unit = calendarNames.get(String(given)) ?? /^1?([mhdwMqy])$/.exec(String(given))?.[1];
  if (body['calendar_interval'] !== undefined && unit !== undefined)
    return { calendar: calendar[unit as keyof typeof calendar] };
  if (seconds !== undefined) return { seconds };
  if (unit !== undefined) return { calendar: calendar[unit as keyof typeof calendar] };
  throw new Unsupported(path, `expected an interval such as 5m, found ${JSON.stringify(given) ?? 'none'}`);
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `30s`, `5m`; a bare number is seconds. undefined: it is no time. */
export function durationSeconds(value: unknown): number | undefined {
  const [, count, unit = 's'] = /^(\d{1,9})(ms|[smhdw])?$/.exec(String(value)) ?? [];
  if (count === undefined) return undefined;
  return unit === 'ms' ? Math.max(1, Math.round(Number(count) / 1000)) : Number(count) * (unitSeconds[unit] ?? 1);
}

function text(value: unknown, path: Path): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Unsupported(path, 'expected the name of a field');
}
