import { expect, test } from 'vitest';
import { Unsupported } from '../import.ts';
import { quartzCron, watchSchedule } from './schedule.ts';

test.each<[unknown, unknown]>([
  [{ interval: '10s' }, { every: '10s' }],
  [{ interval: 300 }, { every: '5m' }],
  [{ cron: '0 0/2 * ? * MON-FRI' }, { cron: '0 0/2 * * * MON-FRI' }],
  [
    { cron: '0 0 12 ? * 2', timezone: 'Europe/Vienna' },
    { cron: '0 0 12 * * MON', timezone: 'Europe/Vienna' },
  ],
  [{ hourly: { minute: [0, 15] } }, { cron: '0,15 * * * *' }],
  [{ daily: { at: 'noon' } }, { cron: '0 12 * * *' }],
  [{ daily: { at: ['09:30', '17:30'] } }, { cron: '30 9,17 * * *' }],
  [{ weekly: { on: ['monday', 'fri'], at: '17:00' } }, { cron: '0 17 * * MON,FRI' }],
  [{ monthly: [{ on: 1, at: 'midnight' }] }, { cron: '0 0 1 * *' }],
  [{ yearly: { in: 'january', on: 10, at: { hour: 8, minute: 5 } } }, { cron: '5 8 10 JAN *' }],
])('%j', (schedule, expected) => {
  expect(watchSchedule(schedule, [])).toEqual(expected);
});

test.each<unknown>([
  { interval: 'often' },
  { interval: '0s' },
  { cron: '0 0 12 15W * ?' },
  { cron: '* * * * *' },
  { cron: ['0 0 1 * * ?', '0 0 2 * * ?'] },
  { daily: { at: ['09:30', '17:00'] } },
  { fortnightly: {} },
])('%j is refused', (schedule) => {
  expect(() => watchSchedule(schedule, [])).toThrow(Unsupported);
});

test("days of the week are Quartz' own: 1 is Sunday", () => {
  expect(quartzCron('0 0 0 ? * 1,7', [])).toBe('0 0 0 * * SUN,SAT');
});
