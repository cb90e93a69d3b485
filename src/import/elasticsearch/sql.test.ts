import { expect, test } from 'vitest';
import type { Table } from '../../core/table.ts';
import { Unsupported } from '../import.ts';
import { createFields } from './field.ts';
import { parseQuery } from './query.ts';
import { querySql } from './sql.ts';

const table: Table = {
  name: 'test_log',
  logType: 'Test.Log',
  columns: [
    { name: 'user', kind: 'string', nullable: true },
    { name: 'port', kind: 'int', nullable: true },
    { name: 'ok', kind: 'boolean', nullable: true },
    { name: 'tags', kind: 'strings', nullable: false },
    { name: 'message', kind: 'string', nullable: true },
    { name: 'http', kind: 'object', nullable: false },
  ],
  aliases: [{ name: 'p_ecs.user.name', column: 'user' }],
};

const sql = (query: unknown): string => querySql(parseQuery(query, []), createFields(table), []);
const refusal = (query: unknown): string => {
  try {
    return sql(query);
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    return `${error.path.join('.')}: ${error.message}`;
  }
};
const text = (query: string): string => sql({ query_string: { query } });

test.each<[unknown, string]>([
  [{ term: { user: 'ada' } }, "`user` = 'ada'"],
  [{ term: { 'user.keyword': { value: 'ada' } } }, "`user` = 'ada'"],
  [{ term: { 'user.name': 'ada' } }, "`p_ecs.user.name` = 'ada'"],
  [{ term: { port: '22' } }, '`port` = 22'],
  [{ term: { port: 'ssh' } }, '0'],
  [{ term: { ok: true } }, '`ok` = true'],
  [{ term: { tags: 'a' } }, "has(`tags`, 'a')"],
  [{ terms: { tags: ['a', 'b'] } }, "hasAny(`tags`, ['a', 'b'])"],
  [{ terms: { port: [1, 2] } }, '(`port` = 1 OR `port` = 2)'],
  [{ term: { 'http.status': 200 } }, 'toFloat64OrNull(CAST(`http`.`status` AS Nullable(String))) = 200'],
  [
    { match: { message: 'log in' } },
    "(match(`message`, '(?i)(?:^|\\\\W)log(?:\\\\W|$)') OR match(`message`, '(?i)(?:^|\\\\W)in(?:\\\\W|$)'))",
  ],
  [{ match_phrase: { message: 'log in' } }, "match(`message`, '(?i)(?:^|\\\\W)log\\\\W+in(?:\\\\W|$)')"],
  [{ match: { user: 'a b' } }, "`user` = 'a b'"],
  [{ range: { port: { gte: 1, lt: '1024' } } }, '(`port` >= 1 AND `port` < 1024)'],
  [{ range: { '@timestamp': { gte: 'now-30s' } } }, '`p_event_time` >= {to:DateTime64(6)} - INTERVAL 30 SECOND'],
  [
    { range: { '@timestamp': { lte: 'now/d' } } },
    "`p_event_time` < toStartOfDay({to:DateTime64(6)}, 'UTC') + INTERVAL 1 DAY",
  ],
  [
    { range: { '@timestamp': { lt: '2026-01-01||+1M/d' } } },
    "`p_event_time` < toStartOfDay(parseDateTime64BestEffort('2026-01-01', 6, 'UTC') + INTERVAL 1 MONTH, 'UTC')",
  ],
  [{ exists: { field: 'user' } }, 'isNotNull(`user`)'],
  [{ exists: { field: 'tags' } }, 'notEmpty(`tags`)'],
  [{ wildcard: { user: 'a_*%?' } }, "`user` LIKE 'a\\\\_%\\\\%_'"],
  [{ prefix: { user: 'a*' } }, "`user` LIKE 'a*%'"],
  [{ regexp: { user: 'a.+|b' } }, "match(`user`, '(?s)^(?:a.+|b)$')"],
  [{ match_all: {} }, '1'],
  [{ bool: { must_not: { term: { user: 'x' } } } }, "NOT ifNull(`user` = 'x', 0)"],
  [{ bool: { should: [{ term: { port: 1 } }, { term: { port: 2 } }] } }, '(`port` = 1 OR `port` = 2)'],
  [{ bool: { filter: { term: { port: 1 } }, should: { term: { port: 2 } } } }, '`port` = 1'],
  [
    { bool: { should: [{ term: { port: 1 } }, { term: { port: 2 } }], minimum_should_match: 2 } },
    '(ifNull(`port` = 1, 0) + ifNull(`port` = 2, 0)) >= 2',
  ],
])('%j', (query, expected) => {
  expect(sql(query)).toBe(expected);
});

test.each([
  ['user:ada AND NOT port:22', "(`user` = 'ada' AND NOT ifNull(`port` = 22, 0))"],
  ['user:(ada OR bob)', "(`user` = 'ada' OR `user` = 'bob')"],
  ['user:ada port:22', "(`user` = 'ada' OR `port` = 22)"],
  ['user:ada && port:[1 TO 9}', "(`user` = 'ada' AND (`port` >= 1 AND `port` < 9))"],
  ['port:>=10 || port:{* TO 3}', '(`port` >= 10 OR `port` < 3)'],
  ['_exists_:user', 'isNotNull(`user`)'],
  ['!_exists_:user', 'NOT ifNull(isNotNull(`user`), 0)'],
  ['user:*', 'isNotNull(`user`)'],
  ['user:a*', "`user` LIKE 'a%'"],
  ['user:/a.b/', "match(`user`, '(?s)^(?:a.b)$')"],
  [String.raw`user:a\:b\*`, "`user` = 'a:b*'"],
  ['user:"a b"', "`user` = 'a b'"],
  ['user:ada +port:1 -ok:true', "(`user` = 'ada' AND `port` = 1 AND NOT ifNull(`ok` = true, 0))"],
  ['message:*err*', "`message` ILIKE '%err%'"],
])('query_string %j', (query, expected) => {
  expect(text(query)).toBe(expected);
});

test.each<[unknown, string]>([
  [
    { bool: { must: [{ term: { user: 'a' } }, { script: { script: 'x' } }] } },
    'bool.must.1.script: a query `script` is not taken',
  ],
  [{ geo_distance: { location: 1 } }, 'geo_distance: a query `geo_distance` is not taken'],
  [{ range: { user: { near: 1 } } }, 'range.user.near: is no bound of a range'],
  [{ range: { '@timestamp': { gte: 'soon' } } }, ': `soon` is no date that is taken'],
  [{ regexp: { user: '<1-9>' } }, ': a regular expression with ~ & # @ " or <1-9> is not taken'],
  [{ regexp: { user: '(?=x)' } }, ': a regular expression with ~ & # @ " or <1-9> is not taken'],
  [{ query_string: { query: '(a' } }, 'query_string.query: expected ) at character 3 of the query string'],
  [{ query_string: { query: 'a)' } }, 'query_string.query: there is a ) too many at character 2 of the query string'],
  [
    { query_string: { query: 'a~2' } },
    'query_string.query: a fuzzy word is not taken at character 4 of the query string',
  ],
  [{ term: { user: { constructor: 'x' } } }, 'term.user: expected a text or a number'],
])('%j is refused', (query, expected) => {
  expect(refusal(query)).toBe(expected);
});

test('names and values that would be SQL stay names and values', () => {
  expect(sql({ term: { user: "' OR 1=1 --\\" } })).toBe("`user` = '\\' OR 1=1 --\\\\'");
  expect(sql({ term: { user: '{to:String}' } })).toBe("`user` = '\\x7Bto:String}'");
  const fields = createFields(table);
  expect(querySql(parseQuery({ exists: { field: 'x` OR 1=1' } }, []), fields, [])).toBe('isNotNull(`x\\` OR 1=1`)');
  expect([...fields.missing]).toEqual(['x` OR 1=1']);
});

test('a query that is nested too deeply is refused', () => {
  let query: unknown = { match_all: {} };
  for (let i = 0; i < 100; i++) query = { bool: { must: [query] } };
  expect(refusal(query)).toContain('is nested too deeply');
  expect(refusal({ query_string: { query: '('.repeat(1000) } })).toContain('is nested too deeply');
  expect(refusal({ query_string: { query: '!'.repeat(1000) } })).toContain('is nested too deeply');
});
