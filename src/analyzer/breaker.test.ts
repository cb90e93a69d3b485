import { expect, test } from 'vitest';
import type { Account } from '../core/analysis-store.ts';
import { afterAnswer, afterFailure, afterRefusal, enter, isProbe, opensAt, retryTime } from './breaker.ts';

const now = 1_700_000_000_000;
const fresh: Account = { failures: 0, openUntil: 0, retryAfter: 0 };
const minute = 60_000;

function failed(times: number): Account {
  return Array.from({ length: times }).reduce<Account>(
    (account) => afterFailure(account, now, isProbe(account)),
    fresh,
  );
}

test('four failures are borne, the fifth closes for a minute', () => {
  expect(enter(failed(4), now, now + 1)).toEqual(failed(4));
  expect(enter(failed(5), now, now + 1)).toBeUndefined();
  expect(opensAt(failed(5))).toBe(now + minute);
});

test('each failed probe doubles the pause, up to an hour', () => {
  const pauses = [5, 6, 7, 8, 9, 10, 11, 12, 99].map((times) => (opensAt(failed(times)) - now) / minute);
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test('one probe at a time', () => {
  const later = now + minute;
  const probing = enter(failed(5), later, later + 20_000);
  expect(probing).toEqual({ failures: 5, openUntil: later + 20_000, retryAfter: 0 });
  expect(enter(probing ?? fresh, later, later + 20_000)).toBeUndefined();
  expect(enter(probing ?? fresh, later + 20_000, later + 40_000)).toBeDefined();
});

test('a probe that is answered opens; requests from before it closed do not prolong the pause', () => {
  expect(afterAnswer(failed(7))).toEqual(fresh);
  expect(afterFailure(failed(5), now + 9, false)).toEqual(failed(5));
});

test('a pause that was asked for outlives an answer to another request', () => {
  const paused = afterRefusal(failed(2), now, now + 7000);
  expect(afterAnswer(paused)).toEqual({ failures: 0, openUntil: 0, retryAfter: now + 7000 });
  expect(enter(paused, now + 6999, 0)).toBeUndefined();
  expect(enter(paused, now + 7000, 0)).toBeDefined();
  expect(opensAt(afterRefusal(paused, now, now + 1))).toBe(now + 7000);
});

test('a pause of unknown length is five minutes, and each is from a second to a day', () => {
  expect(opensAt(afterRefusal(fresh, now, now - 5))).toBe(now + 1000);
  expect(opensAt(afterRefusal(fresh, now, undefined))).toBe(now + 5 * minute);
  expect(opensAt(afterRefusal(fresh, now, now + 1e12))).toBe(now + 24 * 60 * minute);
});

test.each<[string | null, number | undefined]>([
  ['0', now],
  ['120', now + 120_000],
  [' 7 ', now + 7000],
  ['Tue, 14 Nov 2023 22:13:30 GMT', now + 10_000],
  ['Tuesday, 14-Nov-23 22:13:30 GMT', now + 10_000],
  ['Tue, 14 Nov 2000 22:13:30 GMT', 974_240_010_000],
  [null, undefined],
  ['', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['Sometime', undefined],
  ['99999999999', undefined],
  ['2026-01-01', undefined],
])('Retry-After %j', (header, time) => {
  expect(retryTime(header, now)).toBe(time);
});
