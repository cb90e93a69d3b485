// What there is in an answer of Elasticsearch, as SQL: the members of buckets, aggregations and hits. Its form is that of
// the search API: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search

import type { Aggregation, Interval, Metric, Script, Sort } from '../elasticsearch/aggregation.ts';
import { windowEnd } from '../elasticsearch/date-math.ts';
import { asNumber, asText, type Fields } from '../elasticsearch/field.ts';
import { quoteNumber } from '../elasticsearch/quote.ts';
import { querySql } from '../elasticsearch/sql.ts';
import { Unsupported } from '../import.ts';
import type { Levels } from './level.ts';
import { absent, type Group, type Place, type SqlSymbol, type Symbol } from './symbol.ts';

export interface Answers {
  readonly levels: Levels;
  readonly fields: Fields;
  /** Of a script within the search, with these names bound. */
  readonly compute: (script: Script, names: ReadonlyMap<string, Symbol>) => SqlSymbol;
  /** The group of an aggregation at a place: the same one each time. */
  readonly groups: Map<Aggregation, Group>;
}

/** A member by its name; also the position in a list where templates write it as a name. */
export function memberOf(of: Symbol, name: string, answers: Answers): Symbol {
  switch (of.kind) {
    case 'value':
      return isMap(of.value) && Object.hasOwn(of.value, name) ? { kind: 'value', value: of.value[name] } : absent;
    case 'map':
      return of.entries.get(name) ?? absent;
    case 'list':
      return of.items[Number(name)] ?? absent;
    case 'bucket':
      return memberOfBucket(of.place, of.inside, name, answers);
    case 'newest':
      return memberOfNewest(of, name, answers);
    case 'answer':
      return memberOfAnswer(of, name, answers);
    case 'percentiles':
      return percentile(of.answer, name, answers);
    case 'stream':
      return name === 'length' ? { kind: 'size', of } : name === '0' ? of.item : absent;
    case 'hits':
      if (name === 'total' || name === 'value') return total(of.place, answers);
      return name === 'hits' ? { ...of, kind: 'hitlist' } : absent;
    case 'hitlist':
      return name === 'length' ? total(of.place, answers) : /^\d+$/.test(name) ? { ...of, kind: 'hit' } : absent;
    case 'hit':
      if (name === '_id') return { ...of, kind: 'source', field: '_id' };
      return name === '_source' || name === 'fields' ? { ...of, kind: 'source', field: '' } : absent;
    case 'source':
      return { ...of, field: of.field === '' ? name : `${of.field}.${name}` };
    case 'document':
      return { kind: 'sql', sql: asNumber(answers.fields.resolve(name)), type: 'number' };
    case 'sql':
      return of.type === 'list' && name === 'length' ? { ...of, sql: `length(${of.sql})`, type: 'number' } : of;
    default:
      return { kind: 'unknown', why: `\`${name}\` of what is not known` };
  }
}

export function memberOfBucket(place: Place, inside: readonly Aggregation[], name: string, answers: Answers): Symbol {
  const aggregation = inside.find((each) => each.name === name);
  if (aggregation !== undefined) return answerOf(place, aggregation, inside, answers);
  const group = place.groups.at(-1);
  if (name === 'doc_count') return total(place, answers);
  if (group !== undefined && (name === 'key' || name === 'key_as_string')) return keyOf(place, group);
  return absent;
}

function answerOf(place: Place, aggregation: Aggregation, beside: readonly Aggregation[], answers: Answers): Symbol {
  if (aggregation.kind !== 'filter') return { kind: 'answer', place, aggregation, beside };
  const condition = querySql(aggregation.query, answers.fields, aggregation.path);
  return {
    kind: 'bucket',
    place: { ...place, conditions: [...place.conditions, condition] },
    inside: aggregation.inside,
  };
}

function memberOfAnswer(of: Symbol & { kind: 'answer' }, name: string, answers: Answers): Symbol {
  const { aggregation, place } = of;
  switch (aggregation.kind) {
    case 'terms':
    case 'histogram':
      return name === 'buckets' ? bucketsOf(place, aggregation, answers) : absent;
    case 'filters': {
      if (name === 'buckets') return of;
      const query = aggregation.queries.get(name);
      if (query === undefined) return absent;
      const condition = querySql(query, answers.fields, aggregation.path);
      return {
        kind: 'bucket',
        place: { ...place, conditions: [...place.conditions, condition] },
        inside: aggregation.inside,
      };
    }
    case 'metric':
      return name === 'value' ? metric(place, aggregation.metric, aggregation, answers) : absent;
    case 'stats':
      return statistic(of, name, answers);
    case 'percentiles':
      return name === 'values' ? { kind: 'percentiles', answer: of } : absent;
    case 'top':
      if (name === 'hits')
        return { kind: 'hits', place, ...(aggregation.sort !== undefined && { sort: aggregation.sort }) };
      return absent;
    case 'across':
      if (aggregation.summary === 'percentiles')
        return name === 'values' ? { kind: 'percentiles', answer: of } : absent;
      return across(of, name === 'value' ? aggregation.summary : name, answers);
    case 'computed': {
      const { paths, path } = aggregation;
      const names = [...paths].map(([key, each]) => [key, numberAt(place, of.beside, [each], answers, path)] as const);
      const { sql } = answers.compute(aggregation.script, new Map(names));
      return answers.levels.column(aggregation.name, sql, { type: 'number', groups: place.groups });
    }
    case 'derivative':
      return { kind: 'unknown', why: `\`${aggregation.name}\` of a bucket that is not the newest` };
    default:
      return absent;
  }
}

export function groupOf(aggregation: Aggregation & { kind: 'terms' | 'histogram' }, answers: Answers): Group {
  const known = answers.groups.get(aggregation);
  if (known !== undefined) return known;
  const field = answers.fields.resolve(aggregation.field);
  const isList = field.kind === 'list';
  const plain =
    field.kind === 'number' || field.kind === 'boolean' || field.kind === 'text' ? field.sql : asText(field);
  const terms = isList ? `arrayJoin(${field.sql})` : plain;
  const sql =
    aggregation.kind === 'terms' ? terms : bucketStart(aggregation.interval, aggregation.field, answers.fields);
  // A column that stands for itself needs no other name.
  const isColumn = aggregation.kind === 'terms' && !isList && sql === field.sql && /^`\w+`$/.test(sql);
  const hint = aggregation.kind === 'terms' ? aggregation.field.replace(/\.(?:keyword|raw)$/, '') : aggregation.name;
  const group: Group = {
    aggregation,
    alias: isColumn ? sql.slice(1, -1) : answers.levels.name(hint),
    sql,
    ...(field.optional === true && { present: `isNotNull(${plain})` }),
    type: aggregation.kind === 'histogram' ? 'time' : field.kind === 'number' ? 'number' : 'text',
  };
  answers.groups.set(aggregation, group);
  return group;
}

function bucketStart(interval: Interval, name: string, fields: Fields): string {
  const field = fields.resolve(name);
  if ('width' in interval)
    return `floor(${asNumber(field)} / ${quoteNumber(interval.width)}) * ${quoteNumber(interval.width)}`;
  const time = field.kind === 'time' ? field.sql : `parseDateTime64BestEffortOrNull(${asText(field)}, 6, 'UTC')`;
  const length = 'seconds' in interval ? `${interval.seconds} SECOND` : `1 ${interval.calendar}`;
  return `toStartOfInterval(${time}, INTERVAL ${length})`;
}

function bucketsOf(place: Place, aggregation: Aggregation & { kind: 'terms' | 'histogram' }, answers: Answers): Symbol {
  const group = groupOf(aggregation, answers);
  const item: Symbol = {
    kind: 'bucket',
    place: { ...place, groups: [...place.groups, group] },
    inside: aggregation.inside,
  };
  return { kind: 'stream', place, group, item };
}

function keyOf(place: Place, group: Group): SqlSymbol {
  return { kind: 'sql', sql: `\`${group.alias}\``, type: group.type, groups: place.groups, isKey: true };
}

function total(place: Place, { levels }: Answers): SqlSymbol {
  return levels.column('events', call('count', [], place), { type: 'number', groups: place.groups });
}

/** `name(a, b)`, or `nameIf(a, b, condition)` where the place has conditions. */
export function call(name: string, of: readonly string[], { conditions }: Place): string {
  if (conditions.length === 0) return `${name}(${of.join(', ')})`;
  const [, base = name, parameters = ''] = /^(\w+)(\(.*\))?$/.exec(name) ?? [];
  return `${base}If${parameters}(${[...of, conditions.map((each) => `ifNull(${each}, 0)`).join(' AND ')].join(', ')})`;
}

const functions: Readonly<Record<Metric, string>> = {
  cardinality: 'uniqExact',
  min: 'min',
  max: 'max',
  avg: 'avg',
  sum: 'sum',
  value_count: 'count',
};

type Measured = Aggregation & { kind: 'metric' | 'stats' | 'percentiles' };

function metric(place: Place, kind: Metric, aggregation: Measured, answers: Answers): SqlSymbol {
  const of = measured(aggregation, kind === 'cardinality' || kind === 'value_count', answers);
  return answers.levels.column(aggregation.name, call(functions[kind], [of], place), {
    type: 'number',
    groups: place.groups,
  });
}

function measured({ of }: Measured, asItIs: boolean, { fields, compute }: Answers): string {
  if ('script' in of) return compute(of.script, new Map([['doc', { kind: 'document' }]])).sql;
  const field = fields.resolve(of.field);
  if (!asItIs) return asNumber(field);
  return field.kind === 'any' ? asText(field) : field.sql;
}

function statistic({ place, aggregation }: Symbol & { kind: 'answer' }, name: string, answers: Answers): Symbol {
  if (aggregation.kind !== 'stats') return absent;
  const known = summaryFunctions.get(name);
  if (known === undefined) return absent;
  const sql = call(known, [measured(aggregation, false, answers)], place);
  return answers.levels.column(`${aggregation.name}_${name}`, sql, { type: 'number', groups: place.groups });
}

const summaryFunctions = new Map([
  ['count', 'count'],
  ['min', 'min'],
  ['max', 'max'],
  ['avg', 'avg'],
  ['sum', 'sum'],
  ['std_deviation', 'stddevPop'],
  ['variance', 'varPop'],
]);

function percentile(
  { place, aggregation, beside }: Symbol & { kind: 'answer' },
  name: string,
  answers: Answers,
): Symbol {
  const percent = Number(name);
  if (!(percent >= 0 && percent <= 100)) return absent;
  const quantile = `quantileExact(${percent / 100})`;
  const about = { type: 'number', groups: place.groups } as const;
  if (aggregation.kind === 'percentiles') {
    const sql = call(quantile, [measured(aggregation, false, answers)], place);
    return answers.levels.column(`${aggregation.name}_${percent}`, sql, about);
  }
  if (aggregation.kind !== 'across') return absent;
  const { group, sql } = below(place, aggregation, beside, answers);
  return answers.levels.column(`${aggregation.name}_${percent}`, `${quantile}(${sql})`, { ...about, over: group });
}

function across({ place, aggregation, beside }: Symbol & { kind: 'answer' }, name: string, answers: Answers): Symbol {
  const known = summaryFunctions.get(name);
  if (aggregation.kind !== 'across' || known === undefined) return absent;
  const { group, sql } = below(place, aggregation, beside, answers);
  return answers.levels.column(`${aggregation.name}_${name}`, `${known}(${sql})`, {
    type: 'number',
    groups: place.groups,
    over: group,
  });
}

/** What `series>ports` or `series._count` names: a number of each bucket of the series. */
function below(
  place: Place,
  { of, path }: Aggregation & { kind: 'across' },
  beside: readonly Aggregation[],
  answers: Answers,
): { group: Group; sql: string } {
  const [first = '', ...rest] = of.flatMap((part) => part.split('.'));
  const series = beside.find((each) => each.name === first);
  if (series === undefined || (series.kind !== 'histogram' && series.kind !== 'terms'))
    throw new Unsupported(path, `\`${first}\` is no aggregation beside it that has buckets`);
  const group = groupOf(series, answers);
  const inner: Place = { ...place, groups: [...place.groups, group] };
  const number = numberAt(inner, series.inside, rest, answers, path);
  return { group, sql: number.sql };
}

/** A number of a bucket by the path that pipelines use: `ports`, `ports.value`, `_count`. */
export function numberAt(
  place: Place,
  inside: readonly Aggregation[],
  names: readonly string[],
  answers: Answers,
  path: readonly (string | number)[],
): SqlSymbol {
  const [name = '_count', ...rest] = names.flatMap((each) => each.split(/[>.]/));
  if (name === '_count') return total(place, answers);
  let found = memberOfBucket(place, inside, name, answers);
  for (const each of rest.length > 0 ? rest : ['value']) found = memberOf(found, each, answers);
  if (found.kind !== 'sql') throw new Unsupported(path, `\`${name}\` is no number of the bucket`);
  return found;
}

function memberOfNewest({ place, group, inside }: Symbol & { kind: 'newest' }, name: string, answers: Answers): Symbol {
  const inner: Place = { ...place, groups: [...place.groups, group] };
  const newest = (hint: string, of: SqlSymbol): SqlSymbol =>
    answers.levels.column(`last_${hint}`, `argMax(${of.sql}, \`${group.alias}\`)`, {
      type: of.type,
      groups: place.groups,
      over: group,
    });
  if (name === 'doc_count') return newest('events', total(inner, answers));
  if (name === 'key' || name === 'key_as_string')
    return answers.levels.column('newest', `max(\`${group.alias}\`)`, {
      type: 'time',
      groups: place.groups,
      over: group,
    });
  const aggregation = inside.find((each) => each.name === name);
  if (aggregation === undefined) return absent;
  if (aggregation.kind === 'derivative') {
    const of = numberAt(inner, inside, [aggregation.of], answers, aggregation.path);
    const ordered = `arrayMap(each -> each.2, arraySort(each -> each.1, groupArray((\`${group.alias}\`, ${of.sql}))))`;
    const sql = `if(count() < 2, NULL, ${ordered}[-1] - ${ordered}[-2])`;
    const column = answers.levels.column(aggregation.name, sql, { type: 'number', groups: place.groups, over: group });
    return { kind: 'map', entries: new Map([['value', column]]) };
  }
  const of = numberAt(inner, inside, [name], answers, aggregation.path);
  return { kind: 'map', entries: new Map([['value', newest(name, of)]]) };
}

/** A field of the first hit, in the order of the sort. */
export function fieldOfHit({ place, sort, each, field }: Symbol & { kind: 'source' }, answers: Answers): SqlSymbol {
  const { fields, levels } = answers;
  const found = fields.resolve(field);
  const type = found.kind === 'number' ? 'number' : 'text';
  const value = type === 'number' ? found.sql : asText(found);
  if (each === true) return { kind: 'sql', sql: value, type };
  const hint = field.split('.').at(-1) ?? field;
  const name = sort?.descending === false ? 'argMin' : 'argMax';
  const sql = sort === undefined ? call('any', [value], place) : call(name, [value, orderOf(sort, fields)], place);
  return levels.column(hint, sql, { type, groups: place.groups });
}

export function orderOf(sort: Sort, fields: Fields): string {
  const field = fields.resolve(sort.field === '_doc' || sort.field === '_score' ? '@timestamp' : sort.field);
  // Numbers in their order, all others as text.
  return field.kind === 'any' ? `(ifNull(${asNumber(field)}, 0), ifNull(${asText(field)}, ''))` : field.sql;
}

export const now: SqlSymbol = {
  kind: 'sql',
  sql: `formatDateTime(${windowEnd}, '%Y-%m-%dT%H:%i:%SZ', 'UTC')`,
  type: 'text',
};

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
