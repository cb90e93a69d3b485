import { expect, test } from 'vitest';
import { compileTimeFormat, formatTime, timeFormatProblem } from './time.ts';

const received = Date.UTC(2023, 3, 16, 12);

function assert(format: string, text: string, expected: string | number | undefined, at = received): void {
  const time = compileTimeFormat(format)(text, at);
  const wanted = typeof expected === 'string' ? Date.parse(expected) : (expected ?? Number.NaN);
  expect(`${format} ${text}: ${time}`).toBe(`${format} ${text}: ${wanted}`);
}

test('rfc3339', () => {
  assert('rfc3339', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z');
  assert('rfc3339', '2020-01-01T00:00:00.5Z', '2020-01-01T00:00:00.500Z');
  assert('rfc3339', '2026-04-02T01:27:09.922682+02:00', Date.parse('2026-04-01T23:27:09Z') + 922.682);
  assert('rfc3339', '2020-02-29T23:59:59.123456789-05:30', Date.parse('2020-03-01T05:29:59Z') + 123.456);
  assert('rfc3339', '1969-12-31T23:59:59.250Z', -750);
  assert('rfc3339', '0001-01-01T00:00:00Z', -62_135_596_800_000);
  for (const text of [
    '',
    '2020-01-01',
    '2020-01-01 00:00:00Z',
    '2020-01-01T00:00:00',
    '2021-02-29T00:00:00Z',
    '2020-13-01T00:00:00Z',
    '2020-01-01T24:00:00Z',
    '2020-01-01T00:00:00.Z',
    '2020-01-01T00:00:00+0200',
    '2020-01-01T00:00:00Zx',
    '2020-1-01T000:00:00Z',
    '2020-00-10T00:00:00Z',
    '2020-01-00T00:00:00Z',
  ]) {
    assert('rfc3339', text, undefined);
  }
});

test('unix and its parts', () => {
  assert('unix', '1588200000', 1_588_200_000_000);
  assert('unix', '1588200000.123456', 1_588_200_000_123.456);
  assert('unix', '1.5882e9', 1_588_200_000_000);
  assert('unix', '-1.5', -1500);
  assert('unix_ms', '1588200000123', 1_588_200_000_123);
  assert('unix_us', '1588200000123456', 1_588_200_000_123.456);
  assert('unix_ns', '1588200000123456789', 1_588_200_000_123.457);
  assert('unix', '1588200000123', undefined); // milliseconds: the year 52298
  for (const text of ['', '-', 'x', '1 ', ' 1', '1.', '1.2.3', '0x10', '1e400', 'Infinity', '9'.repeat(400)])
    assert('unix', text, undefined);
});

test('strftime', () => {
  assert('%d/%b/%Y:%H:%M:%S %z', '10/Oct/2024:13:55:36 -0700', '2024-10-10T20:55:36Z');
  assert('%Y-%m-%d %H:%M:%S', '2023-04-16 01:02:03', '2023-04-16T01:02:03Z');
  assert('%Y-%m-%dT%H:%M:%S.%f%z', '2018-03-24T14:37:19.037299-0600', Date.parse('2018-03-24T20:37:19Z') + 37.299);
  assert('%F %T,%L', '2023-04-16 01:02:03,045', '2023-04-16T01:02:03.045Z');
  assert('%m/%d/%y %I:%M %p', '04/16/23 12:05 AM', '2023-04-16T00:05:00Z');
  assert('%m/%d/%y %I:%M %p', '04/16/69 12:05 pm', '1969-04-16T12:05:00Z');
  assert('%D %R', '04/16/23 23:59', '2023-04-16T23:59:00Z');
  assert('%A, %B %e, %Y', 'Sunday, April  6, 2023', '2023-04-06T00:00:00Z');
  assert('%a %b %d %H:%M:%S %Z %Y', 'Sun Apr 16 01:02:03 UTC 2023', '2023-04-16T01:02:03Z');
  assert('%Y%j', '2024366', '2024-12-31T00:00:00Z');
  assert('%s.%f', '1588200000.5', 1_588_200_000_500);
  assert('100%% %Y', '100% 2020', '2020-01-01T00:00:00Z');
  assert('%Y-%m-%d', '2023-04-16T', undefined);
  assert('%Y-%m-%d', '2023-04-31', undefined);
  assert('%Y-%m-%d', '2023-0x-01', undefined);
  assert('%Y%j', '2023366', undefined);
  assert('%d/%b/%Y', '10/Okt/2024', undefined);
  assert('%H:%M', '24:00', undefined);
  assert('%Z %Y', 'CET 2020', undefined);
});

test('without a year it is the latest that is at most a day ahead of the arrival', () => {
  assert('%b %d %H:%M:%S', 'Apr 16 10:00:00', '2023-04-16T10:00:00Z');
  assert('%b %d %H:%M:%S', 'Apr  6 10:00:00', '2023-04-06T10:00:00Z');
  assert('%b %e %H:%M:%S', 'Apr 17 11:59:59', '2023-04-17T11:59:59Z');
  assert('%b %d %H:%M:%S', 'Apr 17 12:00:01', '2022-04-17T12:00:01Z');
  assert('%b %d %H:%M:%S', 'Dec 31 23:59:59', '2022-12-31T23:59:59Z');
  assert('%b %d %H:%M:%S', 'Jan  1 00:00:10', '2023-01-01T00:00:10Z', Date.UTC(2022, 11, 31, 23, 59));
  assert('%b %d', 'Feb 29', '2020-02-29T00:00:00Z');
  assert('%b %d', 'Feb 30', undefined);
  assert('%j %H', '001 00', '2023-01-01T00:00:00Z');
});

test('without a date it is the nearest', () => {
  assert('%H:%M:%S', '11:59:59', '2023-04-16T11:59:59Z');
  assert('%H:%M:%S', '23:59:59', '2023-04-15T23:59:59Z', Date.UTC(2023, 3, 16, 0, 0, 5));
  assert('%H:%M:%S', '00:00:01', '2023-04-17T00:00:01Z', Date.UTC(2023, 3, 16, 23, 59, 59));
});

test('the kept answer is not given for another arrival', () => {
  const parse = compileTimeFormat('%b %d');
  expect(parse('Apr 16', Date.UTC(2020, 5))).toBe(Date.UTC(2020, 3, 16));
  expect(parse('Apr 16', Date.UTC(2021, 5))).toBe(Date.UTC(2021, 3, 16));
});

test('a bad format is told', () => {
  expect(timeFormatProblem('rfc3339')).toBeUndefined();
  expect(timeFormatProblem('%Y-%m-%d')).toBeUndefined();
  expect(timeFormatProblem('YYYY-MM-DD')).toContain('none of rfc3339, unix');
  expect(timeFormatProblem('%Y-%Q')).toContain('unknown directive %Q');
  expect(timeFormatProblem('%Y-%')).toContain('lone %');
  expect(timeFormatProblem('__proto__')).toContain('none of');
  expect(() => compileTimeFormat('%Q')).toThrow('bug');
});

test('times as text', () => {
  expect(formatTime(0)).toBe('1970-01-01 00:00:00.000');
  expect(formatTime(1_588_200_000_123.999)).toBe('2020-04-29 22:40:00.123');
  expect(formatTime(-1)).toBe('1969-12-31 23:59:59.999');
  expect(formatTime(Date.UTC(2024, 1, 29, 23, 59, 59, 7))).toBe('2024-02-29 23:59:59.007');
  expect(formatTime(Date.UTC(2024, 1, 29, 0, 0, 0, 7))).toBe('2024-02-29 00:00:00.007');
});
