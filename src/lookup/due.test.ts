import { expect, test } from 'vitest';
import { createDue, type Schedule } from './due.ts';

const time = Date.parse('2026-01-31T12:10:00Z');
const minutes = (schedule: Schedule, chance = 0) => (createDue(schedule).next(time, chance) - time) / 60_000;

test('every so many minutes, an hour where nothing is said, or by cron in UTC', () => {
  expect(minutes({})).toBe(60);
  expect(minutes({ periodMinutes: 30 })).toBe(30);
  expect(minutes({ cron: '0 */6 * * *' })).toBe(350);
  expect(minutes({ cron: '15 12 * * 6', periodMinutes: 30 })).toBe(5);
});

test('chance adds a tenth of the time between two refreshes, and five minutes at most', () => {
  expect(minutes({ periodMinutes: 30 }, 1)).toBe(33);
  expect(minutes({ periodMinutes: 1440 }, 0.5)).toBe(1442.5);
  expect(minutes({ cron: '0 */6 * * *' }, 1)).toBe(355);
});

test('after a failure sooner: after a minute, two, four, and no later than the next refresh', () => {
  const due = createDue({ periodMinutes: 10 });
  expect([1, 2, 3, 4, 5, 2000].map((failures) => (due.again(time, failures) - time) / 60_000)).toStrictEqual([
    1, 2, 4, 8, 10, 10,
  ]);
});

test('a day that never comes is never due', () => {
  const due = createDue({ cron: '0 0 30 2 *' });
  expect([due.next(time, 0.5), due.gapMs(time)]).toStrictEqual([Infinity, Infinity]);
});

test('six fields are no cron expression here', () => {
  expect(() => createDue({ cron: '* * * * * *' })).toThrow('requires exactly 5 parts');
});
