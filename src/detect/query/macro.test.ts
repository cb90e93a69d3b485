import { expect, test } from 'vitest';
import { expandMacros } from './macro.ts';
import { findPlaceholders, tokenize } from './sql-text.ts';

const to = '{to:DateTime64(6)}';
const since = (interval: string, column = 'p_event_time'): string =>
  `(${column} >= ${to} - INTERVAL ${interval} AND ${column} < ${to})`;
const time = (text: string): string => `parseDateTime64BestEffort('${text}', 6, 'UTC')`;

test.each([
  ["p_occurs_since('1 hour')", since('1 HOUR')],
  ["P_OCCURS_SINCE ( '30 minutes' )", since('30 MINUTE')],
  ["p_occurs_since('14 days')", since('14 DAY')],
  ["p_occurs_since('5m')", since('5 MINUTE')],
  ['p_occurs_since(90m)', since('90 MINUTE')],
  ['p_occurs_since(1 hour)', since('1 HOUR')],
  ['p_occurs_since(3600)', since('3600 SECOND')],
  ['p_occurs_since(1h, , p_parse_time)', since('1 HOUR', 'p_parse_time')],
  ["p_occurs_since('12h', histogram, tend)", since('12 HOUR', 'histogram.tend')],
  ["p_occurs_since('1 day', t)", since('1 DAY', 't.p_event_time')],
  [
    "p_occurs_between('2022-01-14','2022-03-22')",
    `(p_event_time BETWEEN ${time('2022-01-14')} AND ${time('2022-03-22')})`,
  ],
  ["p_occurs_between('2024-04-14', current_timestamp)", `(p_event_time BETWEEN ${time('2024-04-14')} AND ${to})`],
  ['p_occurs_between(axes.tstart, date_trunc(1, b), data, t)', '(data.t BETWEEN (axes.tstart) AND (date_trunc(1, b)))'],
  [
    "p_occurs_around('2022-01-14 10:00', '10 m')",
    `(p_event_time BETWEEN ${time('2022-01-14 10:00')} - INTERVAL 10 MINUTE AND ${time('2022-01-14 10:00')} + INTERVAL 10 MINUTE)`,
  ],
  ["p_occurs_after('2022-01-14')", `(p_event_time >= ${time('2022-01-14')})`],
  ['p_occurs_before(p_current_timestamp())', `(p_event_time <= (${to}))`],
  ['p_current_timestamp()', to],
  ['FROM panther_logs.public.aws_cloudtrail', 'FROM aws_cloudtrail'],
  ['FROM panther_logs.okta_systemlog', 'FROM okta_systemlog'],
])('%s', (sql, expected) => {
  expect(expandMacros(`SELECT 1 ${sql} x`)).toEqual({ sql: `SELECT 1 ${expected} x`, problems: [] });
});

test.each([
  "SELECT 'p_occurs_since(''1 day'')'",
  "SELECT 1 -- p_occurs_since('1 day')\nFROM t",
  "SELECT 1 /* p_occurs_since('1 day') */ FROM t",
  'SELECT `p_occurs_since`(1), "panther_logs".x',
  'SELECT p_occurs_since FROM constructor, __proto__(1), toString(2)',
  "SELECT 'no end",
  'SELECT /* no end',
  '',
])('%j stays as it is', (sql) => {
  expect(expandMacros(sql)).toEqual({ sql, problems: [] });
});

test.each([
  ['p_occurs_since(banana)', "p_occurs_since: expected a time such as '1 hour', '30 minutes', '5m' or 3600"],
  ['p_occurs_since()', 'p_occurs_since: expected 1 argument, and a table and a column or none'],
  ["p_occurs_since('1 d', a, b, c)", 'p_occurs_since: expected 1 argument, and a table and a column or none'],
  ["p_occurs_since('1 d', a) OR (1=1", undefined],
  ["p_occurs_since('1 d', a b)", 'p_occurs_since: a b is no alias of a table'],
  ["p_occurs_since('1 d', a, b OR 1)", 'p_occurs_since: b OR 1 is no column'],
  ["p_occurs_since('1 d'", 'p_occurs_since: expected a ) at its end'],
])('%s: %s', (sql, message) => {
  expect(expandMacros(`x ${sql}`).problems).toEqual(message === undefined ? [] : [{ start: 2, message }]);
});

test('placeholders are those that the engine binds', () => {
  const sql = "{from:DateTime64(6)} '{a:String}' -- {b:String}\n{ c : Array(String) } {} {d} {e:Map(String, UInt8)}";
  expect(findPlaceholders(tokenize(sql)).map(({ name, type }) => `${name} ${type}`)).toEqual([
    'from DateTime64(6)',
    'c Array(String)',
    'e Map(String,UInt8)',
  ]);
});

test('a long text without an end takes no time', () => {
  const started = performance.now();
  for (const text of ["'", '`', '/*', '{', 'p_occurs_since(']) tokenize(text.repeat(20_000));
  expandMacros('p_occurs_since('.repeat(2000));
  expect(performance.now() - started).toBeLessThan(3000);
});
