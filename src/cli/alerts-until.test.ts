import { afterAll, expect, test, vi } from 'vitest';
import { parseUntil } from './alerts-until.ts';

vi.stubEnv('TZ', 'Asia/Tokyo');
afterAll(() => {
  vi.unstubAllEnvs();
});

const now = Date.parse('2026-11-30T10:00:00Z');

test.each([
  ['90s', '2026-11-30T10:01:30.000Z'],
  ['2h', '2026-11-30T12:00:00.000Z'],
  ['3d', '2026-12-03T10:00:00.000Z'],
  ['2026-12-01T08:00Z', '2026-12-01T08:00:00.000Z'],
  ['2026-12-01T08:00', '2026-12-01T08:00:00.000Z'],
  ['2026-12-01 08:00:30+02:00', '2026-12-01T06:00:30.000Z'],
  ['2026-12-31', '2026-12-31T23:59:59.999Z'],
  ['2026-11-30', '2026-11-30T23:59:59.999Z'],
])('%s', (text, expected) => {
  expect(new Date(parseUntil(text, now)).toISOString()).toBe(expected);
});

test.each(['2026-11-29', '2026-11-30T10:00Z', '0h', '-1h', 'tomorrow', '2026-13-01', '', '1y'])(
  '%j is refused',
  (text) => {
    expect(() => parseUntil(text, now)).toThrow(/^expected /);
  },
);
