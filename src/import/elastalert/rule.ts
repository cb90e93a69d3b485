// What every rule of ElastAlert 2 says, whatever its type: what it looks at, how often it tells and whom.
// https://elastalert2.readthedocs.io/en/latest/ruletypes.html

import type { Path } from '../../core/document-text.ts';
import { isObject } from '../../core/object.ts';
import { durationText, type Siem, titleText } from '../document.ts';
import { createFields, type Fields } from '../elasticsearch/field.ts';
import { tableName, tableOfIndex } from '../elasticsearch/index-pattern.ts';
import { fieldsOf, list, parseQuery, type Query } from '../elasticsearch/query.ts';
import { isOfTheIndex, ofTheIndexText } from '../elasticsearch/sql.ts';
import { type Findings, type ImportOptions, Unsupported } from '../import.ts';

export type Members = Readonly<Record<string, unknown>>;

export interface ElastAlertRule {
  readonly whole: Members;
  readonly name: string;
  readonly type: string;
  readonly logType: string;
  readonly table: string;
  readonly isKnown: boolean;
  readonly fields: Fields;
  readonly timeField: string;
  readonly query: Query;
  /** Without `.keyword`. */
  readonly queryKey: readonly string[];
  readonly siem: Siem;
  readonly findings: Findings;
}

export function readRule(whole: Members, findings: Findings, options: ImportOptions): ElastAlertRule {
  const name = text(whole, 'name', 'imported');
  const timeField = text(whole, 'timestamp_field', '@timestamp');
  const indices = list(whole['index'] ?? '*')
    .flatMap((each) => String(each).split(','))
    .map((each) => each.trim());
  const { logType, table, guess } = tableOfIndex(indices, options.tables, options.indexes);
  if (guess !== undefined) findings.tell(['index'], `${guess} (--index '${indices.join(', ')}=LOG.TYPE' says another)`);
  const queryKey = list(whole['query_key'] ?? []).map((each) => strip(String(each)));
  const query = filterQuery(whole['filter']);
  if ([...fieldsOf(query)].some(isOfTheIndex)) findings.tell(['filter'], ofTheIndexText);
  return {
    whole,
    name,
    type: text(whole, 'type', ''),
    logType,
    table: tableName(logType),
    isKnown: table !== undefined,
    fields: createFields(table, timeField),
    timeField,
    query,
    queryKey,
    siem: siemOf(whole, name, queryKey, findings),
    findings,
  };
}

function filterQuery(value: unknown): Query {
  const of = list(value ?? []).map((each, i): Query => {
    const path: Path = ['filter', i];
    for (const language of ['eql', 'esql']) {
      if (isObject(each) && each[language] !== undefined)
        throw new Unsupported([...path, language], `a filter in ${language} is not taken`);
    }
    return parseQuery(each, path);
  });
  return { kind: 'and', of };
}

function siemOf(whole: Members, name: string, queryKey: readonly string[], findings: Findings): Siem {
  const realert = whole['realert'] === undefined ? 60 : seconds(whole, 'realert');
  const most = whole['exponential_realert'] === undefined ? undefined : seconds(whole, 'exponential_realert');
  const destinations = alerters(whole, findings);
  if (whole['aggregation'] !== undefined)
    findings.lose(['aggregation'], 'alerts are not gathered into one message: each is sent on its own');
  return {
    ...(whole['is_enabled'] === false && { enabled: false }),
    alert: {
      title: title(whole, name),
      ...(queryKey.length > 0 && { key: queryKey }),
      ...included(whole),
    },
    ...(realert > 0 &&
      whole['aggregation'] === undefined && {
        suppress: { for: durationText(realert), ...(most !== undefined && { backoff_max: durationText(most) }) },
      }),
    ...(destinations.length > 0 && { destinations }),
  };
}

function included(whole: Members): { context?: readonly string[] } {
  const names = list(whole['include'] ?? [])
    .map(String)
    .filter((field) => field !== '*');
  return names.length === 0 ? {} : { context: names.slice(0, 20) };
}

/** Python's `{}` and `{0}` with the fields that fill them. */
function title(whole: Members, name: string): string {
  const subject = whole['alert_subject'];
  if (typeof subject !== 'string') return titleText(name);
  const fields = list(whole['alert_subject_args'] ?? []).map((field) => strip(String(field)));
  let next = 0;
  const filled = subject.replaceAll(/\{(\d*)(?::[^{}]*)?\}/g, (_, at: string) => {
    const field = fields[at === '' ? next++ : Number(at)];
    return field === undefined ? '' : `{{${field}}}`;
  });
  return titleText(filled);
}

/** By which of our kinds each is told. */
const destinationTypes = new Map([
  ['email', 'email'],
  ['ses', 'email'],
  ['slack', 'slack'],
  ['mattermost', 'slack'],
  ['rocketchat', 'slack'],
  ...[
    'post',
    'post2',
    'discord',
    'telegram',
    'ms_power_automate',
    'ms_teams',
    'pagerduty',
    'opsgenie',
    'jira',
    'alertmanager',
    'hivealerter',
    'iris',
    'googlechat',
  ].map((each): [string, string] => [each, 'webhook']),
]);
/** What they do is done with every alert here. */
const none = new Set(['debug', 'indexer']);

function alerters(whole: Members, findings: Findings): readonly string[] {
  const found = list(whole['alert'] ?? []).flatMap((each, i): string[] => {
    const name = isObject(each) ? (Object.keys(each)[0] ?? '') : String(each);
    if (none.has(name)) return [];
    const type = destinationTypes.get(name);
    const path: Path = Array.isArray(whole['alert']) ? ['alert', i] : ['alert'];
    if (type === undefined) {
      findings.lose(path, `the alerter \`${name}\` has no counterpart: nobody is told by it`);
      return [];
    }
    findings.tell(path, `needs a destination \`${name}\` of type ${type} in tocsin.yml`);
    return [name];
  });
  return [...new Set(found)].slice(0, 10);
}

const units = new Map([
  ['weeks', 604_800],
  ['days', 86_400],
  ['hours', 3600],
  ['minutes', 60],
  ['seconds', 1],
  ['milliseconds', 0.001],
]);

/** Of a timedelta: `{hours: 1, minutes: 30}`; 0 where it is. */
export function seconds(whole: Members, key: string, otherwise?: number): number {
  const value = whole[key];
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (value === undefined) throw new Unsupported([], `\`${key}\` is missing: it may be in config.yaml`);
  if (!isObject(value)) throw new Unsupported([key], 'expected a time such as {minutes: 5}');
  let sum = 0;
  for (const [unit, count] of Object.entries(value)) {
    const length = units.get(unit);
    if (length === undefined || !Number.isFinite(Number(count)))
      throw new Unsupported([key, unit], 'expected weeks, days, hours, minutes or seconds');
    sum += Number(count) * length;
  }
  return Math.round(sum);
}

/** Of a time that is longer than nothing. */
export function span(whole: Members, key: string): string {
  const length = seconds(whole, key);
  if (length < 1) throw new Unsupported([key], 'expected at least a second');
  return durationText(length);
}

export function number(whole: Members, key: string): number | undefined {
  const value = whole[key];
  if (value === undefined || value === null) return undefined;
  const found = Number(value);
  if (typeof value === 'boolean' || !Number.isFinite(found)) throw new Unsupported([key], 'expected a number');
  return found;
}

export function required<T>(value: T | undefined, key: string): T {
  if (value === undefined) throw new Unsupported([], `\`${key}\` is missing`);
  return value;
}

export function text(whole: Members, key: string, otherwise?: string): string {
  const value = whole[key] ?? otherwise;
  if (typeof value === 'string') return value;
  throw new Unsupported([key], value === undefined ? `\`${key}\` is missing` : 'expected a text');
}

export function strip(field: string): string {
  return field.replace(/\.(?:keyword|raw)$/, '');
}
