import { expect, test } from 'vitest';
import type { Json } from '../core/event.ts';
import { at, flag, list, number, numbers, text, textFields, texts, union } from './fields.ts';

const strange: Json = JSON.parse('{"__proto__":{"a":1},"constructor":"x","b":{"c":[1]}}');

test.each<[Json | undefined, readonly string[], Json | undefined]>([
  [strange, ['b', 'c'], [1]],
  [strange, ['__proto__', 'a'], 1],
  [strange, ['constructor'], 'x'],
  [{}, ['constructor'], undefined],
  [{}, ['__proto__'], undefined],
  [[1], ['length'], undefined],
  ['text', ['length'], undefined],
  [null, ['a'], undefined],
  [{ a: null }, ['a', 'b'], undefined],
  [7, [], 7],
])('at: %j %j is %j', (value, path, found) => expect(at(value, ...path)).toEqual(found));

test.each<[Json | undefined, number | undefined]>([
  [0, 0],
  ['120', 120],
  ['-7', -7],
  ['24.64', 24.64],
  ['', undefined],
  [' 1', undefined],
  ['1e9', undefined],
  ['0x10', undefined],
  ['9'.repeat(400), undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [true, undefined],
  [null, undefined],
])('number: %j is %j', (value, found) => expect(number(value)).toBe(found));

test.each<[Json | undefined, boolean | undefined]>([
  [true, true],
  ['true', true],
  [false, false],
  ['false', false],
  [1, undefined],
  [null, undefined],
])('flag: %j is %j', (value, found) => expect(flag(value)).toBe(found));

test('text that says nothing is none', () => {
  expect([text('a'), text(''), text(' \n'), text(0), text(null)]).toEqual(['a', ...Array(4).fill(undefined)]);
});

test('lists give what is of their type, and no more than a hundred', () => {
  const long = Array.from({ length: 1000 }, (_, index) => index);
  expect([list({}), list(undefined), list([1])]).toEqual([[], [], [1]]);
  expect([texts(['b', 1, '', 'a']), texts('a'), texts(long.map(String))?.length]).toEqual([['b', 'a'], undefined, 100]);
  expect([numbers(['1', 2, 'x']), numbers({}), numbers(long)?.length]).toEqual([[1, 2], undefined, 100]);
  expect([union(['b', 'a', undefined, 'b', 1, 'B']), union(long.map(String)).length]).toEqual([['B', 'a', 'b'], 100]);
});

test('of an object, the fields that are text', () => {
  const named: Json = JSON.parse('{"a":"x","b":1,"__proto__":"y"}');
  expect(JSON.stringify(textFields(named))).toBe('{"a":"x","__proto__":"y"}');
  expect(textFields([])).toBeUndefined();
});
