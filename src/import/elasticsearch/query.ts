// Elasticsearch's queries as a small tree: from the DSL's JSON to what is meant, whatever spelling it has. Nothing here
// knows SQL or which fields there are. A clause that is not known is Unsupported, with its path: never left out.
// https://www.elastic.co/docs/reference/query-languages/querydsl

import type { Path } from '../../core/document-text.ts';
import { isObject } from '../../core/object.ts';
import { Unsupported } from '../import.ts';
import { parseQueryString } from './query-string.ts';

export type Scalar = string | number | boolean;

/** `*` of a field: any of the event. */
export type Query =
  | { readonly kind: 'all' | 'none' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Query[] }
  | { readonly kind: 'not'; readonly of: Query }
  | { readonly kind: 'least'; readonly count: number; readonly of: readonly Query[] }
  /** One of these, exactly. */
  | { readonly kind: 'equals'; readonly field: string; readonly values: readonly Scalar[]; readonly caseless: boolean }
  /** Every one of the words, or any; the whole value where the field is not of running text. */
  | { readonly kind: 'words'; readonly field: string; readonly text: string; readonly every: boolean }
  | { readonly kind: 'phrase'; readonly field: string; readonly text: string }
  | { readonly kind: 'range'; readonly field: string; readonly bounds: readonly Bound[] }
  | { readonly kind: 'exists'; readonly field: string }
  /** With `*` and `?`, which a backslash makes plain. */
  | { readonly kind: 'wildcard'; readonly field: string; readonly pattern: string; readonly caseless: boolean }
  /** Of the whole value, as Lucene writes it. */
  | { readonly kind: 'regexp'; readonly field: string; readonly source: string; readonly caseless: boolean };

export interface Bound {
  readonly operator: 'gt' | 'gte' | 'lt' | 'lte';
  /** A number, a text or date math. */
  readonly value: Scalar;
}

type Members = Readonly<Record<string, unknown>>;

const deepest = 50;

export function parseQuery(value: unknown, path: Path, depth = 0): Query {
  if (depth > deepest) throw new Unsupported(path, 'is nested too deeply');
  if (Array.isArray(value))
    return { kind: 'and', of: value.map((each, i) => parseQuery(each, [...path, i], depth + 1)) };
  const clauses = Object.entries(members(value, path));
  if (clauses.length === 0) return { kind: 'all' };
  return and(clauses.map(([name, body]) => clause(name, body, [...path, name], depth + 1)));
}

function and(of: readonly Query[]): Query {
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { kind: 'and', of };
}

function clause(name: string, body: unknown, path: Path, depth: number): Query {
  switch (name) {
    case 'match_all':
      return { kind: 'all' };
    case 'match_none':
      return { kind: 'none' };
    case 'bool':
      return bool(members(body, path), path, depth);
    case 'constant_score':
    case 'nested':
    case 'filtered': {
      const inner = members(body, path);
      const parts = (['query', 'filter'] as const).filter((key) => inner[key] !== undefined);
      return and(parts.map((key) => parseQuery(inner[key], [...path, key], depth)));
    }
    case 'query':
    case 'filter':
    case 'must':
      return parseQuery(body, path, depth);
    case 'and':
    case 'or':
      return { kind: name, of: list(body).map((each, i) => parseQuery(each, [...path, i], depth)) };
    case 'not':
      return { kind: 'not', of: parseQuery(body, path, depth) };
    case 'exists':
      return { kind: 'exists', field: text(members(body, path)['field'], [...path, 'field']) };
    case 'missing':
      return { kind: 'not', of: { kind: 'exists', field: text(members(body, path)['field'], [...path, 'field']) } };
    case 'ids':
      return { kind: 'equals', field: '_id', values: scalars(members(body, path)['values'], path), caseless: false };
    case 'type':
      return { kind: 'equals', field: '_type', values: scalars(members(body, path)['value'], path), caseless: false };
    case 'query_string':
    case 'simple_query_string':
      return queryString(members(body, path), path);
    case 'multi_match': {
      const { query, fields } = members(body, path);
      const names = scalars(fields ?? ['*'], path).map((field) => String(field).replace(/\^[\d.]+$/, ''));
      return { kind: 'or', of: names.map((field) => words(field, { query }, path)) };
    }
    default:
      return ofField(name, body, path);
  }
}

function bool(body: Members, path: Path, depth: number): Query {
  const of: Query[] = [];
  for (const [key, value] of Object.entries(body)) {
    if (key === 'must' || key === 'filter') of.push(parseQuery(value, [...path, key], depth));
    else if (key === 'must_not') {
      for (const [i, each] of list(value).entries())
        of.push({
          kind: 'not',
          of: parseQuery(each, Array.isArray(value) ? [...path, key, i] : [...path, key], depth),
        });
    } else if (!['should', 'minimum_should_match', 'boost', 'adjust_pure_negative', '_name'].includes(key))
      throw new Unsupported([...path, key], 'is no part of a bool query that is known');
  }
  const should = list(body['should'] ?? []).map((each, i) =>
    parseQuery(each, Array.isArray(body['should']) ? [...path, 'should', i] : [...path, 'should'], depth),
  );
  if (should.length === 0) return and(of);
  // Beside must and filter it only adds to the score.
  const wanted = body['minimum_should_match'] ?? (body['must'] === undefined && body['filter'] === undefined ? 1 : 0);
  const percent = /^(\d{1,3})%$/.exec(typeof wanted === 'string' ? wanted : '')?.[1];
  const count = percent === undefined ? Number(wanted) : Math.floor((should.length * Number(percent)) / 100);
  if (!Number.isInteger(count) || count < 0)
    throw new Unsupported([...path, 'minimum_should_match'], 'expected a whole number or a percentage');
  if (count === 1) of.push({ kind: 'or', of: should });
  else if (count > 1) of.push({ kind: 'least', count, of: should });
  return and(of);
}

function ofField(name: string, body: unknown, path: Path): Query {
  const named = Object.entries(members(body, path)).filter(([key]) => !['boost', '_name'].includes(key));
  const [field = '', value] = named[0] ?? [];
  if (named.length !== 1 || field === '') throw new Unsupported(path, `a query \`${name}\` is not taken here`);
  const at = [...path, field];
  const options: Members = isObject(value) ? value : {};
  const caseless = options['case_insensitive'] === true;
  const plain = (key: string): string => text(isObject(value) ? (value[key] ?? value['value']) : value, at);
  switch (name) {
    case 'term':
      return { kind: 'equals', field, values: scalars(isObject(value) ? value['value'] : value, at), caseless };
    case 'terms':
      return { kind: 'equals', field, values: scalars(value, at), caseless: false };
    case 'match':
      return words(field, isObject(value) ? value : { query: value }, at);
    case 'match_phrase':
      return { kind: 'phrase', field, text: plain('query') };
    case 'match_phrase_prefix':
    case 'prefix':
      return {
        kind: 'wildcard',
        field,
        pattern: `${escapeWildcards(plain(name === 'prefix' ? 'value' : 'query'))}*`,
        caseless,
      };
    case 'wildcard':
      return { kind: 'wildcard', field, pattern: plain('wildcard'), caseless };
    case 'regexp':
      return { kind: 'regexp', field, source: plain('value'), caseless };
    case 'range':
      return { kind: 'range', field, bounds: bounds(options, at) };
    default:
      throw new Unsupported(path, `a query \`${name}\` is not taken`);
  }
}

export function escapeWildcards(pattern: string): string {
  return pattern.replaceAll(/[\\*?]/g, (character) => `\\${character}`);
}

function words(field: string, { query, operator }: Members, path: Path): Query {
  const [value = ''] = scalars(query, path);
  if (typeof value !== 'string') return { kind: 'equals', field, values: [value], caseless: false };
  return { kind: 'words', field, text: value, every: String(operator).toLowerCase() === 'and' };
}

const boundNames = new Map<string, Bound['operator']>([
  ['gt', 'gt'],
  ['gte', 'gte'],
  ['lt', 'lt'],
  ['lte', 'lte'],
  ['from', 'gte'],
  ['to', 'lte'],
]);

function bounds(options: Members, path: Path): Bound[] {
  const found: Bound[] = [];
  for (const [key, value] of Object.entries(options)) {
    if (['format', 'boost', 'include_lower', 'include_upper', 'relation'].includes(key) || value === null) continue;
    if (key === 'time_zone') {
      if (!/^(?:UTC|Z|[+-]00:?00)$/.test(typeof value === 'string' ? value : ''))
        throw new Unsupported([...path, key], 'times are taken in UTC only');
      continue;
    }
    const [scalar] = scalars(value, [...path, key]);
    const operator = boundNames.get(key);
    if (operator === undefined || scalar === undefined) throw new Unsupported([...path, key], 'is no bound of a range');
    found.push({ operator, value: scalar });
  }
  return found;
}

function queryString(body: Members, path: Path): Query {
  const fields = body['fields'] === undefined ? [body['default_field'] ?? '*'] : scalars(body['fields'], path);
  return parseQueryString(text(body['query'], [...path, 'query']), {
    fields: fields.map(String),
    every: String(body['default_operator']).toLowerCase() === 'and',
    path: [...path, 'query'],
  });
}

/** All fields that it names; `*` is any. */
export function fieldsOf(query: Query): ReadonlySet<string> {
  switch (query.kind) {
    case 'all':
    case 'none':
      return new Set();
    case 'not':
      return fieldsOf(query.of);
    case 'and':
    case 'or':
    case 'least':
      return new Set(query.of.flatMap((each) => [...fieldsOf(each)]));
    default:
      return new Set([query.field]);
  }
}

export function members(value: unknown, path: Path): Members {
  if (!isObject(value)) throw new Unsupported(path, 'expected a map of keys');
  return value;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function text(value: unknown, path: Path): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Unsupported(path, 'expected a text');
}

function scalars(value: unknown, path: Path): Scalar[] {
  return list(value).map((each) => {
    if (typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean') return each;
    throw new Unsupported(path, 'expected a text or a number');
  });
}
