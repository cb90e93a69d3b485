import { expect, test } from 'vitest';
import { createTyping } from './column-types.ts';
import { createRowReport } from './row-report.ts';

const types = {
  b: 'boolean',
  i: 'int',
  big: 'bigint',
  f: 'float',
  l: 'array',
  o: 'object',
  s: 'string',
  t: 'timestamp',
} as const;

function type(row: Record<string, string | number>) {
  const report = createRowReport('f');
  return [createTyping(types, report)(row), report.problems().map(({ message }) => message)];
}

test('texts become what the schema says', () =>
  expect(
    type({
      b: 'True',
      i: '-7',
      big: '9007199254740993',
      f: '1.5e3',
      l: '[1]',
      o: '{"a":1}',
      s: '1',
      t: '2026-01-01',
      x: '1',
    }),
  ).toStrictEqual([
    { b: true, i: -7, big: '9007199254740993', f: 1500, l: [1], o: { a: 1 }, s: '1', t: '2026-01-01', x: '1' },
    [],
  ]));
test('false is a value; what has a type keeps it; an empty text is absent', () =>
  expect(type({ b: 'false', i: 1.5, f: '', l: '', s: '' })).toStrictEqual([{ b: false, i: 1.5, s: '' }, []]));
test('what is not of its type stays, and is told', () =>
  expect(type({ b: 'yes', i: '1.5', f: '1e999', l: '[' })).toStrictEqual([
    { b: 'yes', i: '1.5', f: '1e999', l: '[' },
    [
      'b: expected boolean, not "yes"',
      'i: expected int, not "1.5"',
      'f: expected float, not "1e999"',
      'l: expected array, not "["',
    ],
  ]));
