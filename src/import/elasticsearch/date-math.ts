// Elasticsearch's date math (`now-30s`, `now/d`, `2026-01-01||+1M`) as an expression of SQL. `now` is the end of the
// window of the run, so that a run over the past gives what it gave then.
// https://www.elastic.co/docs/reference/elasticsearch/rest-apis/common-options#date-math

import { quoteForeignText } from './quote.ts';

export const windowEnd = '{to:DateTime64(6)}';

const units: Readonly<Record<string, { readonly name: string; readonly start: string }>> = {
  y: { name: 'YEAR', start: 'toStartOfYear' },
  M: { name: 'MONTH', start: 'toStartOfMonth' },
  w: { name: 'WEEK', start: 'toMonday' },
  d: { name: 'DAY', start: 'toStartOfDay' },
  h: { name: 'HOUR', start: 'toStartOfHour' },
  H: { name: 'HOUR', start: 'toStartOfHour' },
  m: { name: 'MINUTE', start: 'toStartOfMinute' },
  s: { name: 'SECOND', start: 'toStartOfSecond' },
};

export interface DateSql {
  readonly sql: string;
  /** Rounded down to the start of this; a comparison with what is meant by its end adds one. */
  readonly rounded?: string;
}

/** undefined: this is no date. */
export function dateSql(value: string | number | boolean): DateSql | undefined {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { sql: `fromUnixTimestamp64Milli(toInt64(${value}), 'UTC')` } : undefined;
  }
  const [, anchor = '', steps = ''] =
    /^(now|\d{4}(?:-\d\d){0,2}(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?(?=$|\|\|))(?:\|\|)?((?:[+-]\d{1,6}[yMwdhHms]|\/[yMwdhHms])*)$/.exec(
      String(value),
    ) ?? [];
  if (anchor === '') return undefined;
  let sql = anchor === 'now' ? windowEnd : `parseDateTime64BestEffort(${quoteForeignText(anchor)}, 6, 'UTC')`;
  let rounded: string | undefined;
  for (const [, sign, count, unit = '', floor = ''] of steps.matchAll(/([+-])(\d+)([a-zA-Z])|\/([a-zA-Z])/g)) {
    const { name, start } = units[unit || floor] ?? { name: '', start: '' };
    if (floor === '') sql = `${sql} ${sign} INTERVAL ${count} ${name}`;
    else sql = `${start}(${sql}${start === 'toStartOfSecond' ? '' : ", 'UTC'"})`;
    rounded = floor === '' ? undefined : name;
  }
  return { sql, ...(rounded !== undefined && { rounded }) };
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** What is rounded stands for all of its day, hour, ...: `lte now/d` takes the whole day, `gt now/d` none of it. */
export function compareDate(column: string, operator: keyof typeof operators, { sql, rounded }: DateSql): string {
  if (rounded === undefined || operator === 'gte' || operator === 'lt')
    return `${column} ${operators[operator]} ${sql}`;
  return `${column} ${operator === 'gt' ? '>=' : '<'} ${sql} + INTERVAL 1 ${rounded}`;
}
