import { expect, test } from 'vitest';
import { translatePaths } from './snowflake-path.ts';

test.each([
  ['SELECT actor:user:email AS user', 'SELECT actor.user.email AS user'],
  ["WHERE event:details.page_name = 'a:b'", "WHERE event.details.page_name = 'a:b'"],
  ['ARRAY_AGG(DISTINCT assets[0]:path:contextual)', 'ARRAY_AGG(DISTINCT assets[1].path.contextual)'],
  ['a:"b c":`d`', 'a."b c".`d`'],
  ["split(x, '/')[1][0]", "split(x, '/')[2][1]"],
  ['target[2]:id', 'target[3].id'],
])('%s', (sql, expected) => {
  expect(translatePaths(sql)).toBe(expected);
});

test.each([
  'p_event_time >= {from:DateTime64(6)}',
  'x::varchar, x :: int',
  'a ? b : c',
  "'a:b[0]'",
  '-- a:b\n/* c:d */ "e:f"',
  'array[n], [1, 2], [0], m[1:2]',
  'x[1e3], 12:30',
])('%j stays as it is', (sql) => {
  expect(translatePaths(sql)).toBe(sql);
});
