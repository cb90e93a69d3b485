// Types of rules that compute a number or look at what came before: scheduled queries.

import { durationText, idOf, titleText, type Written } from '../document.ts';
import { windowEnd } from '../elasticsearch/date-math.ts';
import { asNumber, asText } from '../elasticsearch/field.ts';
import { parseQuery } from '../elasticsearch/query.ts';
import { quoteForeignName, quoteNumber } from '../elasticsearch/quote.ts';
import { querySql } from '../elasticsearch/sql.ts';
import { Unsupported } from '../import.ts';
import { createLevels, type Levels } from '../watcher/level.ts';
import { about, enabledIn, level } from './correlation.ts';
import { type ElastAlertRule, number, required, seconds, strip, text } from './rule.ts';

const windowStart = '{from:DateTime64(6)}';
const defaultBuffer = 15 * 60;
const defaultEvery = 5 * 60;

interface Statement {
  readonly sql: string;
  /** Columns that tell one alert from the other. */
  readonly key: readonly string[];
  readonly everySeconds: number;
}

export function queryRule(rule: ElastAlertRule): readonly Written[] {
  const { name, type, fields, findings, logType, siem } = rule;
  const { sql, key, everySeconds } =
    type === 'change' ? change(rule) : type === 'percentage_match' ? percentage(rule) : metric(rule);
  for (const missing of fields.missing) findings.refuse([], `the log type ${logType} has no field \`${missing}\``);
  const alert = siem.alert === false ? {} : siem.alert;
  return [
    {
      title: titleText(name),
      id: idOf('ElastAlert', name),
      ...about(rule),
      level: level(rule),
      query: `${sql}\n`,
      siem: enabledIn(rule, {
        schedule: { every: durationText(everySeconds) },
        ...siem,
        alert: { ...alert, title: alert?.title ?? name, ...(key.length > 0 && { key }) },
      }),
    },
  ];
}

/** Conditions of the filter over so many seconds before the end of the window. */
function where({ query, fields }: ElastAlertRule, lengthSeconds: number): string[] {
  const parts = query.kind === 'and' ? query.of : [query];
  return [
    ...parts.map((each, i) => querySql(each, fields, ['filter', i])).filter((sql) => sql !== '1'),
    `p_event_time > ${windowEnd} - INTERVAL ${lengthSeconds} SECOND`,
    `p_event_time <= ${windowEnd}`,
    `p_parse_time < ${windowEnd}`,
  ];
}

function namesOf(conditions: readonly string[]): Levels {
  const taken = [...conditions.join(' ').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  return createLevels(new Set([...taken, 'p_event_time', 'p_parse_time', 'p_row_id', 'events']));
}

interface Key {
  readonly alias: string;
  readonly selected: string;
  readonly present: string;
}

function keysOf({ queryKey, fields }: ElastAlertRule, names: Levels): Key[] {
  return queryKey.map((name) => {
    const field = fields.resolve(name);
    const isColumn = field.kind !== 'any' && field.kind !== 'list' && /^`\w+`$/.test(field.sql);
    const alias = isColumn ? field.sql.slice(1, -1) : names.name(name);
    return {
      alias,
      selected: isColumn ? field.sql : `${asText(field)} AS ${quoteForeignName(alias)}`,
      present: `isNotNull(${asText(field)})`,
    };
  });
}

const functions = new Map([
  ['min', 'min'],
  ['max', 'max'],
  ['avg', 'avg'],
  ['sum', 'sum'],
  ['cardinality', 'uniqExact'],
  ['value_count', 'count'],
]);

/** The metric over the rows of a condition, where there is one. */
function metricSql({ whole, fields }: ElastAlertRule, condition?: string): string {
  if (whole['metric_agg_script'] !== undefined) throw new Unsupported(['metric_agg_script'], 'is not taken');
  const type = text(whole, 'metric_agg_type');
  const field = fields.resolve(strip(text(whole, 'metric_agg_key')));
  const isValue = type === 'cardinality' || type === 'value_count';
  const of = isValue ? asText(field) : asNumber(field);
  const suffix = condition === undefined ? '' : 'If';
  const given = condition === undefined ? of : `${of}, ${condition}`;
  if (type === 'percentiles')
    return `quantileExact${suffix}(${required(number(whole, 'percentile_range'), 'percentile_range') / 100})(${given})`;
  const name = functions.get(type);
  if (name === undefined) throw new Unsupported(['metric_agg_type'], `a metric \`${type}\` is not taken`);
  return `${name}${suffix}(${given})`;
}

function metric(rule: ElastAlertRule): Statement {
  return rule.type === 'spike_aggregation' ? metricSpike(rule) : metricBounds(rule);
}

function metricBounds(rule: ElastAlertRule): Statement {
  const { whole, table } = rule;
  const length = seconds(whole, 'buffer_time', defaultBuffer);
  const conditions = where(rule, length);
  const bucket = whole['bucket_interval'] === undefined ? undefined : seconds(whole, 'bucket_interval');
  const names = namesOf(conditions);
  const keys = keysOf(rule, names);
  const value = names.name(`metric_${text(whole, 'metric_agg_key')}_${text(whole, 'metric_agg_type')}`);
  const start = names.name('bucket');
  const [max, min] = [number(whole, 'max_threshold'), number(whole, 'min_threshold')];
  if (max === undefined && min === undefined) throw new Unsupported([], '`max_threshold` is missing');
  const bounds = [
    ...(max === undefined ? [] : [`${quoteForeignName(value)} > ${quoteNumber(max)}`]),
    ...(min === undefined ? [] : [`${quoteForeignName(value)} < ${quoteNumber(min)}`]),
  ];
  const groups = [
    ...keys.map(({ alias, selected }) => ({ alias, selected })),
    ...(bucket === undefined
      ? []
      : [
          {
            alias: start,
            selected: `toStartOfInterval(p_event_time, INTERVAL ${bucket} SECOND) AS ${quoteForeignName(start)}`,
          },
        ]),
  ];
  const sql = statement({
    selected: [
      ...groups.map(({ selected }) => selected),
      `${metricSql(rule)} AS ${quoteForeignName(value)}`,
      'count() AS events',
    ],
    table,
    where: [...conditions, ...keys.map(({ present }) => present)],
    groups: groups.map(({ alias }) => alias),
    having: [`(${bounds.join(' OR ')})`, 'events > 0', ...enough(whole)],
  });
  return {
    sql,
    key: keys.map(({ alias }) => alias),
    everySeconds: Math.min(bucket ?? defaultEvery, defaultEvery, length),
  };
}

function enough(whole: ElastAlertRule['whole']): string[] {
  const least = number(whole, 'min_doc_count');
  return least === undefined ? [] : [`events >= ${quoteNumber(least)}`];
}

/** Two windows beside each other: `current` is the newer one. */
function metricSpike(rule: ElastAlertRule): Statement {
  const { whole, table } = rule;
  const length = seconds(whole, 'timeframe');
  const border = `${windowEnd} - INTERVAL ${length} SECOND`;
  const conditions = where(rule, 2 * length);
  const names = namesOf(conditions);
  const keys = keysOf(rule, names);
  const [current, reference] = [names.name('current'), names.name('reference')];
  const height = quoteNumber(required(number(whole, 'spike_height'), 'spike_height'));
  const type = text(whole, 'spike_type', 'both');
  const up = `${quoteForeignName(current)} >= ${quoteForeignName(reference)} * ${height}`;
  const down = `${quoteForeignName(current)} <= ${quoteForeignName(reference)} / ${height}`;
  const sides = type === 'up' ? [up] : type === 'down' ? [down] : [up, down];
  const least = (
    [
      ['threshold_cur', current],
      ['threshold_ref', reference],
    ] as const
  ).flatMap(([key, column]) => {
    const value = number(whole, key);
    return value === undefined ? [] : [`${quoteForeignName(column)} >= ${quoteNumber(value)}`];
  });
  const sql = statement({
    selected: [
      ...keys.map(({ selected }) => selected),
      `${metricSql(rule, `p_event_time > ${border}`)} AS ${quoteForeignName(current)}`,
      `${metricSql(rule, `p_event_time <= ${border}`)} AS ${quoteForeignName(reference)}`,
      'count() AS events',
    ],
    table,
    where: [...conditions, ...keys.map(({ present }) => present)],
    groups: keys.map(({ alias }) => alias),
    having: [
      `(${sides.join(' OR ')})`,
      `countIf(p_event_time > ${border}) > 0`,
      `countIf(p_event_time <= ${border}) > 0`,
      ...least,
      ...enough(whole),
    ],
  });
  return { sql, key: keys.map(({ alias }) => alias), everySeconds: Math.min(defaultEvery, length) };
}

function percentage(rule: ElastAlertRule): Statement {
  const { whole, table, fields } = rule;
  const length = seconds(whole, 'buffer_time', defaultBuffer);
  const conditions = where(rule, length);
  const bucket = querySql(parseQuery(whole['match_bucket_filter'] ?? {}, ['match_bucket_filter']), fields, [
    'match_bucket_filter',
  ]);
  const names = namesOf([...conditions, bucket]);
  const keys = keysOf(rule, names);
  const value = names.name('percentage');
  const [max, min] = [number(whole, 'max_percentage'), number(whole, 'min_percentage')];
  if (max === undefined && min === undefined) throw new Unsupported([], '`max_percentage` is missing');
  const bounds = [
    ...(max === undefined ? [] : [`${quoteForeignName(value)} > ${quoteNumber(max)}`]),
    ...(min === undefined ? [] : [`${quoteForeignName(value)} < ${quoteNumber(min)}`]),
  ];
  const sql = statement({
    selected: [
      ...keys.map(({ selected }) => selected),
      `100 * countIf(ifNull(${bucket}, 0)) / count() AS ${quoteForeignName(value)}`,
      'count() AS events',
    ],
    table,
    where: [...conditions, ...keys.map(({ present }) => present)],
    groups: keys.map(({ alias }) => alias),
    having: [
      `events >= ${quoteNumber(Math.max(1, number(whole, 'min_denominator') ?? 1))}`,
      `(${bounds.join(' OR ')})`,
    ],
  });
  return { sql, key: keys.map(({ alias }) => alias), everySeconds: Math.min(defaultEvery, length) };
}

/** Looks at the events that came in within the window, each beside the one of its key before it. */
function change(rule: ElastAlertRule): Statement {
  const { whole, table, fields, queryKey } = rule;
  if (queryKey.length === 0) throw new Unsupported([], '`query_key` is missing');
  const timeframe = whole['timeframe'] === undefined ? undefined : seconds(whole, 'timeframe');
  const back = timeframe ?? 30 * 86_400;
  if (timeframe === undefined)
    rule.findings.tell([], 'looks back 30 days for the value before; `timeframe` says another time');
  const compare = whole['compound_compare_key'] ?? whole['compare_key'];
  const compared = (Array.isArray(compare) ? compare : [compare]).map((name) =>
    asText(fields.resolve(strip(String(name)))),
  );
  if (compare === undefined) throw new Unsupported([], '`compare_key` is missing');
  const { query } = rule;
  const parts = query.kind === 'and' ? query.of : [query];
  const conditions = parts.map((each, i) => querySql(each, fields, ['filter', i])).filter((sql) => sql !== '1');
  const names = namesOf([...conditions, ...compared]);
  const keys = keysOf(rule, names);
  const [now, before, last] = [names.name('new_value'), names.name('old_value'), names.name('old_time')].map(
    quoteForeignName,
  );
  const value =
    compared.length === 1
      ? (compared[0] ?? '')
      : `concatWithSeparator(', ', ${compared.map((each) => `ifNull(${each}, '')`).join(', ')})`;
  const group = keys.map(({ alias }) => quoteForeignName(alias)).join(', ');
  const over = `OVER (PARTITION BY ${group} ORDER BY p_event_time, p_row_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`;
  const present = whole['ignore_null'] === true ? compared.map((each) => `isNotNull(${each})`) : [];
  const sql = `SELECT ${group}, ${before}, ${now}, p_event_time
FROM (
  SELECT ${keys.map(({ selected }) => selected).join(', ')}, ifNull(toString(${value}), '') AS ${now},
         lagInFrame(ifNull(toString(${value}), '')) ${over} AS ${before},
         lagInFrame(toNullable(p_event_time)) ${over} AS ${last},
         p_event_time, p_parse_time
  FROM ${quoteForeignName(table)}
  WHERE ${[...conditions, ...present, ...keys.map((key) => key.present), `p_event_time > ${windowStart} - INTERVAL ${back} SECOND`, `p_parse_time < ${windowEnd}`].join('\n    AND ')}
)
WHERE p_parse_time >= ${windowStart}
  AND isNotNull(${last})
  AND ${now} != ${before}${timeframe === undefined ? '' : `\n  AND p_event_time <= ${last} + INTERVAL ${timeframe} SECOND`}`;
  return { sql, key: keys.map(({ alias }) => alias), everySeconds: 60 };
}

function statement({
  selected,
  table,
  where: conditions,
  groups,
  having,
}: {
  readonly selected: readonly string[];
  readonly table: string;
  readonly where: readonly string[];
  readonly groups: readonly string[];
  readonly having: readonly string[];
}): string {
  return [
    `SELECT ${selected.join(',\n       ')}`,
    `FROM ${quoteForeignName(table)}`,
    `WHERE ${conditions.join('\n  AND ')}`,
    ...(groups.length > 0 ? [`GROUP BY ${groups.map(quoteForeignName).join(', ')}`] : []),
    `HAVING ${having.join('\n   AND ')}`,
  ].join('\n');
}
