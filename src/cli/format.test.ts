import { expect, test } from 'vitest';
import { formatBytes, formatDuration, listOption, parseSince, plural } from './format.ts';
import { progressText } from './progress.ts';
import { displayWidth } from './width.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [999_950, '1.0 MB'],
  [123_456_789, '123 MB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [12, '12 ms'],
  [1234, '1.2 s'],
  [59_960, '1 m 00 s'],
  [245_000, '4 m 05 s'],
  [11_220_000, '3 h 07 m'],
])('%i ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('plural', () => {
  expect([plural(1, 'event'), plural(2000, 'event')]).toEqual(['1 event', '2,000 events']);
});

test('since', () => {
  const now = Date.UTC(2026, 0, 2);
  expect(parseSince('15m', now)).toBe(now - 900_000);
  expect(parseSince('1d', now)).toBe(Date.UTC(2026, 0, 1));
  expect(parseSince('2026-01-01', now)).toBe(Date.UTC(2026, 0, 1));
  expect(parseSince('2026-01-01 10:00', now)).toBe(Date.UTC(2026, 0, 1, 10));
  expect(parseSince('2026-01-01T10:00:00+02:00', now)).toBe(Date.UTC(2026, 0, 1, 8));
  for (const bad of ['', '15', '15y', 'now', '2026-99-01']) expect(() => parseSince(bad, now)).toThrow('expected 15m');
});

test('a list option may be given again', () => {
  expect(listOption('c', listOption('a, b,'))).toEqual(['a', 'b', 'c']);
});

test('progress fits the terminal', () => {
  const progress = { doneBytes: 25e6, totalBytes: 100e6, events: 500_000, file: 'logs/a\u001B[2J.log' };
  expect(progressText(progress, 2000, 120)).toBe(
    '████░░░░░░░░░░░░  25%  500,000 events  250,000/s  12.5 MB/s  eta 6.0 s  logs/a\\x1b[2J.log',
  );
  for (const columns of [20, 40, 79]) {
    expect(displayWidth(progressText(progress, 2000, columns))).toBeLessThanOrEqual(columns);
  }
  expect(progressText({ doneBytes: 5e6, events: 10 }, 1000, 79)).toBe('5.0 MB  10 events  10/s  5.0 MB/s');
});
