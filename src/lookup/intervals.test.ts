import { expect, test } from 'vitest';
import { type FoldOptions, foldList, holds, type Intervals, intervalRows, noIntervals } from './intervals.ts';
import { type LookupRow, packTable } from './pack.ts';
import { openTable } from './table.ts';

const base = { primaryKey: 'ip', match: 'exact' } as const;
const fold = (former: Intervals, time: number, rows: readonly LookupRow[], more: Partial<FoldOptions> = {}) =>
  foldList(former, rows, { ...base, time, ...more });

/** Folds lists of keys, fetched at times 1, 2, 3, ... */
const lists = (...all: readonly string[]) =>
  all.reduce(
    (former, keys, index) =>
      fold(
        former,
        index + 1,
        keys.split(' ').flatMap((ip) => (ip === '' ? [] : [{ ip }])),
      ).intervals,
    noIntervals,
  );

const spans = ({ values }: Intervals) => Object.fromEntries([...values].map(([key, listed]) => [key, listed.spans]));

test('a value is listed from the first list that has it to the first that has not', () => {
  const intervals = lists('a b', 'b', 'b c');
  expect(spans(intervals)).toStrictEqual({ a: [1, 2], b: [1, Infinity], c: [3, Infinity] });
  expect([0, 1, 1.5, 2, 3].map((time) => holds(intervals, 'a', time))).toStrictEqual([false, true, true, false, false]);
  expect([holds(intervals, 'b', 0), holds(intervals, 'b', 1e15), holds(intervals, 'd', 1)]).toStrictEqual([
    false,
    true,
    false,
  ]);
});

test('one that leaves and comes back has two intervals', () => {
  const intervals = lists('a', '', 'a', 'a', '');
  expect(spans(intervals)).toStrictEqual({ a: [1, 2, 3, 5] });
  expect([1, 2, 3, 4, 5].map((time) => holds(intervals, 'a', time))).toStrictEqual([true, false, true, true, false]);
});

test('what is new is told; a list that is not newer changes nothing', () => {
  const first = fold(noIntervals, 5, [{ ip: 'a' }]);
  expect(first.added).toStrictEqual(['a']);
  const same = fold(first.intervals, 5, [{ ip: 'b' }]);
  expect([same.added, same.intervals === first.intervals]).toStrictEqual([[], true]);
  const second = fold(first.intervals, 6, [{ ip: 'b' }]);
  expect(second.added).toStrictEqual(['b']);
  expect(fold(second.intervals, 7, [{ ip: 'a' }, { ip: 'b' }]).added).toStrictEqual(['a']);
});

const since = ({ since: date }: LookupRow) => (typeof date === 'number' ? date : undefined);

const dated = (former: Intervals, time: number, date: number | undefined) =>
  fold(former, time, date === undefined ? [] : [{ ip: 'a', since: date }], { since }).intervals;

test("a list's own dates hold, but not in the future, nor while the value was seen to be gone", () => {
  const first = dated(noIntervals, 100, 20);
  expect(spans(first)).toStrictEqual({ a: [20, Infinity] });
  expect(spans(dated(first, 101, 10))).toStrictEqual({ a: [10, Infinity] });
  expect(spans(dated(first, 101, 30))).toStrictEqual({ a: [20, Infinity] });
  const gone = dated(first, 110, undefined);
  expect(spans(dated(gone, 120, 20))).toStrictEqual({ a: [20, 110, 120, Infinity] });
  expect(spans(dated(dated(gone, 120, 20), 121, 20))).toStrictEqual({ a: [20, 110, 120, Infinity] });
  expect(spans(dated(gone, 120, 115))).toStrictEqual({ a: [20, 110, 115, Infinity] });
  expect(spans(dated(noIntervals, 100, 500))).toStrictEqual({ a: [100, Infinity] });
  expect(spans(dated(noIntervals, 100, Number.NaN))).toStrictEqual({ a: [100, Infinity] });
});

test('the row is that of the last list that had it, and none where it is the key alone', () => {
  const first = fold(noIntervals, 1, [
    { ip: 'a', port: 22 },
    { ip: 'b' },
    { ip: 'a', port: 23 },
    { port: 1 },
  ]).intervals;
  const second = fold(first, 2, [{ ip: 'b', port: 80 }]).intervals;
  expect([...second.values]).toStrictEqual([
    ['a', { spans: [1, 2], row: { ip: 'a', port: 23 } }],
    ['b', { spans: [1, Infinity], row: { ip: 'b', port: 80 } }],
  ]);
  expect(first.values.get('b')).toStrictEqual({ spans: [1, Infinity] });
});

test('keys may be numbers, and hostile; case is of no matter where it is said so', () => {
  const rows = [{ ip: 5 }, { ip: '__proto__' }, { ip: 'A' }, { ip: '' }, { ip: null }];
  const { intervals } = fold(noIntervals, 1, rows, { match: 'casefold' });
  expect([...intervals.values.keys()]).toStrictEqual(['5', '__proto__', 'a']);
  expect([...intervalRows(intervals, 'ip').rows]).toStrictEqual([{ ip: 5 }, { ip: '__proto__' }, { ip: 'A' }]);
});

test('what ended too long ago is forgotten', () => {
  const former = lists('a b', 'b', 'a', '');
  expect(spans(former)).toStrictEqual({ a: [1, 2, 3, 4], b: [1, 3] });
  expect(spans(fold(former, 9, [], { forgetBefore: 3 }).intervals)).toStrictEqual({ a: [3, 4], b: [1, 3] });
  expect(spans(fold(former, 9, [{ ip: 'b' }], { forgetBefore: 9 }).intervals)).toStrictEqual({ b: [9, Infinity] });
});

test('of a feed whose values change all the time, so many ended intervals are kept, and all that is listed', () => {
  let intervals = noIntervals;
  for (let time = 1; time <= 50; time++) {
    const rows = Array.from({ length: 20 }, (_, index) => ({ ip: `${time}-${index}` }));
    ({ intervals } = fold(intervals, time, rows, { maxEnded: 100 }));
  }
  expect(intervals.values.size).toBe(120);
  expect([holds(intervals, '45-0', 45), holds(intervals, '44-0', 44), holds(intervals, '50-0', 50)]).toStrictEqual([
    true,
    false,
    true,
  ]);
});

test.each([
  ['exact', '192.0.2.1', '192.0.2.1'],
  ['cidr', '192.0.2.0/24', '192.0.2.7'],
] as const)('a packed table judges by the time, keys %s', (match, key, value) => {
  const options = { primaryKey: 'ip', match };
  const row = { ip: key, kind: 'tor' };
  let intervals = foldList(noIntervals, [row], { ...options, time: 10 }).intervals;
  intervals = foldList(intervals, [], { ...options, time: 20 }).intervals;
  intervals = foldList(intervals, [row], { ...options, time: 30 }).intervals;
  const { rows, valid } = intervalRows(intervals, 'ip');
  const table = openTable({ name: 'tor', selectors: {}, ...options }, packTable({ ...options, valid }, rows).table);
  expect([9, 10, 19, 20, 30, 99].map((time) => table.find(value, time)?.['kind'])).toStrictEqual([
    undefined,
    'tor',
    'tor',
    undefined,
    'tor',
    'tor',
  ]);
  expect(table.history(value).map(({ from, to }) => [from, to])).toStrictEqual(
    expect.arrayContaining([
      [10, 20],
      [30, Infinity],
    ]),
  );
});
