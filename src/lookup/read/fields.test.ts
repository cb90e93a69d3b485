import { expect, test } from 'vitest';
import { columnsOf, createPick, valueAt } from './fields.ts';

const record = {
  city: { names: { en: 'London' } },
  subdivisions: [{ iso: 'ENG' }],
  'a.b': 1,
  start: '10.0.0.0',
  bits: 8,
  no: null,
  empty: '',
};

test('columns by path, by position, by a key with dots, and by a text around values', () =>
  expect(
    createPick({
      city: 'city.names.en',
      region: 'subdivisions.0.iso',
      dotted: 'a.b',
      net: '{start}/{bits}',
      none: 'city.names.de',
      half: '{start}-{end}',
      hollow: '{start}-{empty}',
      nothing: 'no',
    })(record),
  ).toStrictEqual({ city: 'London', region: 'ENG', dotted: 1, net: '10.0.0.0/8' }));
test('only own keys and positions are found', () =>
  expect(
    ['constructor', '__proto__.x', 'city.toString', 'subdivisions.length', 'subdivisions.1'].map((path) =>
      valueAt(record, path),
    ),
  ).toStrictEqual(Array.from({ length: 5 })));
test('the columns that a text needs', () =>
  expect(['a.b', '{a}/{b.c}'].map(columnsOf)).toStrictEqual([['a'], ['a', 'b']]));
