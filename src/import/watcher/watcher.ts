// A watch of Elasticsearch's Watcher as a scheduled query: its search and condition become SQL whose rows each are an
// alert. https://www.elastic.co/docs/explore-analyze/alerts-cases/watcher/how-watcher-works

import type { Path } from '../../core/document-text.ts';
import { isObject } from '../../core/object.ts';
import { durationText, fileName, idOf, type Siem, titleText, yamlFile } from '../document.ts';
import { durationSeconds, parseAggregations, parseSort } from '../elasticsearch/aggregation.ts';
import { windowEnd } from '../elasticsearch/date-math.ts';
import { createFields, type Fields } from '../elasticsearch/field.ts';
import { tableName, tableOfIndex } from '../elasticsearch/index-pattern.ts';
import { fieldsOf, members, parseQuery } from '../elasticsearch/query.ts';
import { isOfTheIndex, ofTheIndexText, querySql } from '../elasticsearch/sql.ts';
import { collectFindings, type Findings, type Imported, type ImportOptions, type ImportSource } from '../import.ts';
import { readRelaxedJson } from '../relaxed-json.ts';
import { type WatchAction, watchActions } from './action.ts';
import { alertTitle } from './alert-title.ts';
import { watchCondition } from './condition.ts';
import { fillIn } from './fill-in.ts';
import { createLevels } from './level.ts';
import { watchSchedule } from './schedule.ts';
import { type Search, searchOf } from './search.ts';
import { computed, transformed, type WatchScope } from './watch-scope.ts';

type Members = Readonly<Record<string, unknown>>;

const parts = [
  'trigger',
  'input',
  'condition',
  'transform',
  'actions',
  'metadata',
  'throttle_period',
  'throttle_period_in_millis',
  'status',
  'version',
  'active',
];

/** `name`: of the watch, where the file does not say it. */
export function importWatcher(source: ImportSource, name: string, options: ImportOptions): Imported {
  const document = readRelaxedJson(source.text, source.file);
  if (document.syntax.length > 0) return { files: [], refused: document.syntax, told: [] };
  const findings = collectFindings(document);
  const title = /^\s*(?:PUT|POST)\s+\S*watch\/([\w.-]+)/.exec(source.text)?.[1] ?? name;
  const files = findings.attempt(() => {
    const whole = members(document.value, []);
    const isWrapped = isObject(whole['watch']);
    const watch = isWrapped ? members(whole['watch'], []) : whole;
    return [watchFile(watch, isWrapped ? ['watch'] : [], { title, file: source.file }, findings, options)];
  });
  return { files: files ?? [], refused: findings.refused, told: findings.told };
}

function watchFile(
  watch: Members,
  path: Path,
  about: { readonly title: string; readonly file: string },
  findings: Findings,
  options: ImportOptions,
) {
  for (const key of Object.keys(watch)) {
    if (!parts.includes(key)) findings.refuse([...path, key], 'is no part of a watch that is known');
  }
  const metadata = isObject(watch['metadata']) ? watch['metadata'] : {};
  const search = searchOf(watch['input'], [...path, 'input'], metadata, findings);
  const { logType, table, guess } = tableOfIndex(search.indices, options.tables, options.indexes);
  if (guess !== undefined)
    findings.tell(search.path, `${guess} (--index '${search.indices.join(', ')}=LOG.TYPE' says another)`);
  const fields = createFields(table);
  const { where, aggregations } = searchSql(search, fields, findings);
  const scope = createScope({ search, aggregations, fields, metadata, where, options, findings });
  const condition = findings.attempt(() =>
    watchCondition(fillIn(watch['condition'], metadata, [...path, 'condition']), [...path, 'condition'], scope),
  );
  const after = findings.attempt(() => transformed(watch['transform'], [...path, 'transform'], scope)) ?? scope;
  const actions = watchActions(watch['actions'], [...path, 'actions'], findings);
  const level = condition ?? { groups: [] };
  const alert = alertTitle(about.title, actions, level, after, findings);
  for (const missing of fields.missing)
    findings.refuse(search.path, `the log type ${logType} has no field \`${missing}\``);
  const query = scope.answers.levels.select(level, tableName(logType), where);
  const enabled = condition !== undefined && condition.isNever !== true && !findings.isBroken() && table !== undefined;
  if (!enabled) findings.tell(path, 'the query is written switched off (siem.enabled: false)');
  return yamlFile(`queries/${fileName(about.title)}.yml`, [
    {
      title: titleText(about.title),
      id: idOf('Watcher', about.title),
      status: 'experimental',
      description: `Imported from a watch of Elasticsearch.`,
      level: 'medium',
      import: {
        format: 'watcher',
        file: about.file.split(/[\\/]/).at(-1),
        ...(condition === undefined && { condition: conditionText(watch['condition'], options) }),
      },
      query: `${query}\n`,
      siem: {
        ...(!enabled && { enabled: false }),
        schedule: watchSchedule(
          watch['trigger'] === undefined ? {} : members(watch['trigger'], [...path, 'trigger'])['schedule'],
          [...path, 'trigger', 'schedule'],
        ),
        alert: {
          title: alert,
          ...(level.groups.length > 0 && { key: level.groups.map(({ alias }) => alias) }),
          ...contextOf(scope.answers.levels.names(level)),
        },
        ...throttle(watch, actions),
        ...destinations(actions),
      } satisfies Siem,
    },
  ]);
}

function contextOf(names: readonly string[]): { context?: readonly string[] } {
  return names.length === 0 ? {} : { context: names.slice(0, 20) };
}

function conditionText(condition: unknown, { scripts }: ImportOptions): unknown {
  if (!isObject(condition) || !isObject(condition['script'])) return condition;
  return scripts.get(String(condition['script']['id'])) ?? condition['script'];
}

function searchSql(search: Search, fields: Fields, findings: Findings) {
  const { body, path } = search;
  const query = parseQuery(body['query'] ?? {}, [...path, 'body', 'query']);
  if ([...fieldsOf(query)].some(isOfTheIndex)) findings.tell([...path, 'body', 'query'], ofTheIndexText);
  const conditions = (query.kind === 'and' ? query.of : [query])
    .map((each) => querySql(each, fields, [...path, 'body', 'query']))
    .filter((sql) => sql !== '1');
  if (!conditions.some((sql) => sql.includes(windowEnd)))
    findings.tell([...path, 'body'], 'looks at all events that there are: a range of @timestamp would bound it');
  const key = body['aggs'] === undefined ? 'aggregations' : 'aggs';
  const aggregations = parseAggregations(body[key], [...path, 'body', key]);
  return { where: [...conditions, `p_parse_time < ${windowEnd}`], aggregations };
}

function createScope({
  search,
  aggregations,
  fields,
  metadata,
  where,
  options,
  findings,
}: {
  readonly search: Search;
  readonly aggregations: ReturnType<typeof parseAggregations>;
  readonly fields: Fields;
  readonly metadata: Members;
  readonly where: readonly string[];
  readonly options: ImportOptions;
  readonly findings: Findings;
}): WatchScope {
  const taken = new Set([...where.join(' ').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  const levels = createLevels(new Set([...taken, 'first_seen', 'last_seen', 'p_event_time', 'p_parse_time']));
  const place = { groups: [], conditions: [] };
  const sort = parseSort(search.body['sort']);
  const scope: WatchScope = {
    answers: {
      levels,
      fields,
      groups: new Map(),
      compute: (script, names) => computed(script, names, search.path, scope),
    },
    payload: {
      kind: 'map',
      entries: new Map([
        ['aggregations', { kind: 'bucket', place, inside: aggregations }],
        ['hits', { kind: 'hits', place, ...(sort !== undefined && { sort }) }],
      ]),
    },
    metadata,
    scripts: options.scripts,
    tell: (message) => findings.tell([...search.path], message),
  };
  return scope;
}

/** Where actions have other ones, the shortest holds: an alert is told to all of its destinations. */
function throttle(watch: Members, actions: readonly WatchAction[]): Pick<Siem, 'suppress'> {
  const whole = durationSeconds(watch['throttle_period'] ?? `${Number(watch['throttle_period_in_millis'] ?? 0)}ms`);
  const own = actions.flatMap(({ throttleSeconds }) => throttleSeconds ?? []);
  const seconds =
    own.length > 0
      ? Math.min(...own)
      : watch['throttle_period'] === undefined && watch['throttle_period_in_millis'] === undefined
        ? 0
        : (whole ?? 0);
  return seconds > 0 ? { suppress: { for: durationText(seconds) } } : {};
}

function destinations(actions: readonly WatchAction[]): Pick<Siem, 'destinations'> {
  const names = actions.flatMap(({ destination }) => destination ?? []);
  return names.length === 0 ? {} : { destinations: names.slice(0, 10) };
}
