// When a watch runs, as `every` or `cron` of a query. Quartz' cron has seconds in front, a year behind, days of the week
// that begin with 1 for Sunday, and `?`. https://www.elastic.co/docs/reference/elasticsearch/rest-apis/watcher-schedule

import type { Path } from '../../core/document-text.ts';
import { durationText } from '../document.ts';
import { durationSeconds } from '../elasticsearch/aggregation.ts';
import { list, members } from '../elasticsearch/query.ts';
import { Unsupported } from '../import.ts';

export interface WatchSchedule {
  readonly every?: string;
  readonly cron?: string;
  readonly timezone?: string;
}

export function watchSchedule(value: unknown, path: Path): WatchSchedule {
  const { timezone, ...forms } = members(value, path);
  const [kind = '', form] = Object.entries(forms)[0] ?? [];
  const at = [...path, kind];
  const zone = typeof timezone === 'string' ? { timezone } : {};
  if (kind === 'interval') {
    const seconds = durationSeconds(form);
    if (seconds === undefined || seconds < 1) throw new Unsupported(at, 'expected a time such as 10s');
    return { every: durationText(seconds) };
  }
  if (kind === 'cron') {
    const [only] = list(form);
    if (typeof only !== 'string' || list(form).length !== 1)
      throw new Unsupported(at, 'expected one cron expression; make one query of each');
    return { cron: quartzCron(only, at), ...zone };
  }
  return {
    cron: namedTimes(
      kind,
      list(form).map((each) => members(each, at)),
      at,
    ),
    ...zone,
  };
}

const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;

export function quartzCron(expression: string, path: Path): string {
  const fields = expression.trim().split(/\s+/);
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = '', year = '*'] = fields;
  if (fields.length < 6 || fields.length > 7 || year !== '*')
    throw new Unsupported(path, 'expected six fields of cron, and no year but *');
  if (/W|[LC]-|C/.test(day) || !/^[\w*/,?#-]+$/.test(weekday))
    throw new Unsupported(path, `\`${expression}\` is not taken: W and C are unknown`);
  const numbered = weekday.replaceAll(
    /(?<![#/\dA-Za-z])([1-7])(?!\d)/g,
    (_, count: string) => days[Number(count) - 1] ?? count,
  );
  return [second, minute, hour, day === '?' ? '*' : day, month, numbered === '?' ? '*' : numbered].join(' ');
}

type Form = Readonly<Record<string, unknown>>;

/** `hourly`, `daily`, `weekly`, `monthly`, `yearly`. */
function namedTimes(kind: string, forms: readonly Form[], path: Path): string {
  const [form, ...more] = forms;
  if (form === undefined || more.length > 0)
    throw new Unsupported(path, 'expected one of them; make one query of each');
  if (kind === 'hourly') return `${numbers(form['minute'] ?? 0, path).join(',')} * * * *`;
  const times = list(form['at'] ?? 'midnight').flatMap((each) => timesOf(each, path));
  const [first] = times;
  if (first === undefined || times.some(({ minute }) => minute !== first.minute))
    throw new Unsupported([...path, 'at'], 'times with different minutes are not taken; make one query of each');
  const at = `${first.minute} ${[...new Set(times.map(({ hour }) => hour))].join(',')}`;
  const on = list(form['on'] ?? form['day'] ?? '*').map((each) => String(each).slice(0, 3).toUpperCase());
  switch (kind) {
    case 'daily':
      return `${at} * * *`;
    case 'weekly':
      if (on.some((day) => !(days as readonly string[]).includes(day)))
        throw new Unsupported([...path, 'on'], 'expected names of days');
      return `${at} * * ${on.join(',')}`;
    case 'monthly':
      return `${at} ${numbers(form['on'] ?? 1, path).join(',')} * *`;
    case 'yearly': {
      const months = list(form['in'] ?? 'JAN').map((month) =>
        typeof month === 'number' ? String(month) : String(month).slice(0, 3).toUpperCase(),
      );
      return `${at} ${numbers(form['on'] ?? 1, path).join(',')} ${months.join(',')} *`;
    }
    default:
      throw new Unsupported(path, `a schedule \`${kind}\` is not known`);
  }
}

function timesOf(value: unknown, path: Path): { readonly hour: number; readonly minute: number }[] {
  if (value === 'noon') return [{ hour: 12, minute: 0 }];
  if (value === 'midnight') return [{ hour: 0, minute: 0 }];
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(String(value)) ?? [];
  if (hour !== undefined) return [{ hour: Number(hour), minute: Number(minute) }];
  const form = members(value, [...path, 'at']);
  const minutes = numbers(form['minute'] ?? 0, path);
  return numbers(form['hour'] ?? 0, path).flatMap((each) => minutes.map((at) => ({ hour: each, minute: at })));
}

function numbers(value: unknown, path: Path): number[] {
  return list(value).map((each) => {
    const number = Number(each);
    if (Number.isInteger(number) && number >= 0 && number < 60) return number;
    throw new Unsupported(path, 'expected numbers');
  });
}
