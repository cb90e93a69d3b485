import { expect, test } from 'vitest';
import type { Correlation, Firing } from '../detect/correlation/correlation.ts';
import { parsed } from '../detect/correlation/correlation.suite.ts';
import { createTally } from './tally.ts';

const cost = { rowsRead: 10, bytesRead: 100 };
const time = Date.UTC(2026, 2, 1);

function read(id: string, alert = ''): Correlation {
  return parsed(`title: ${id}
id: ${id}
correlation: {type: event_count, rules: [a], group-by: [user], timespan: 1m, condition: {gte: 1}}
level: high
${alert}`);
}

const firings = (count: number): readonly Firing[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(index) }) as Firing);
const nothing = { group: 0, field: 0, over: 0, excepted: 0 };

test('what the limits let pass is no overflow', () => {
  const tally = createTally();
  expect(tally.add({ items: [1, 2], truncated: false, ...cost })).toEqual([1, 2]);
  tally.add({ items: [3], truncated: false, ...cost }, read('A'));
  expect(tally.limit(read('A'), firings(500))).toHaveLength(500);
  tally.ignored(read('A'), nothing);
  expect([tally.errors(time), tally.missed()]).toEqual([[], '']);
  expect(tally.result(4)).toEqual({ rows: 3, rowsRead: 20, bytesRead: 200, signals: 4 });
});

test('each correlation that leaves something out says so once, with all that it left out', () => {
  const tally = createTally();
  const [a, b] = [read('A', 'siem: {alert: {limit: 2}}'), read('B')];
  expect(tally.limit(a, firings(5))).toHaveLength(2);
  tally.add({ items: [1], truncated: true, ...cost }, a);
  tally.add({ items: [1], truncated: true, ...cost }, a);
  tally.ignored(b, { ...nothing, over: 7 });
  const told = [
    'A: 3 more alerts than the limit of 2; the store has more than the 1 rows that are looked at in one go',
    'B: 7 signals are of more groups than are judged at once',
  ];
  expect(tally.errors(time)).toMatchObject(
    told.map((error) => ({ dedup: 'overflow', error, title: error, time, severity: 'HIGH', event: '{}' })),
  );
  expect(tally.result(1)).toMatchObject({ overflow: told.join('; ') });
});

test('new signals beyond what one answer has are missed by all', () => {
  const tally = createTally();
  tally.add({ items: [1, 2], truncated: true, ...cost });
  const missed = 'new signals: the store has more than the 2 rows that are looked at in one go';
  expect([tally.errors(time), tally.missed(), tally.result(0).overflow]).toEqual([[], missed, missed]);
});

test('signals that took no part are noted', () => {
  const tally = createTally();
  tally.ignored(read('A'), { ...nothing, group: 3, field: 1, excepted: 2 });
  tally.ignored(read('B'), { ...nothing, field: 4 });
  expect(tally.result(0)).toMatchObject({
    note: "A left out 3 without a group-by field, 1 without the condition's field, 2 by exceptions; B left out 4 without the condition's field",
  });
});
