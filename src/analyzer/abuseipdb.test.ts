import { expect, test } from 'vitest';
import { abuseipdb } from './abuseipdb.ts';
import { factsOf, reads } from './kind.suite.ts';

const ip = { kind: 'ip', value: '2001:db8::1' } as const;

test('asks for 90 days, without the reports', () => {
  expect(abuseipdb.fixture(ip)).toBe('abuseipdb_2001_db8__1');
  expect(abuseipdb.request(ip, { key: 'k', contact: '' })).toEqual({
    method: 'GET',
    url: 'https://api.abuseipdb.com/api/v2/check?ipAddress=2001%3Adb8%3A%3A1&maxAgeInDays=90',
    headers: { key: 'k', accept: 'application/json' },
  });
});

test('an address that somebody reported, or a list has, is known', () => {
  const quiet = { abuseConfidenceScore: 0, totalReports: 0, isWhitelisted: null, isTor: false };
  expect(reads(abuseipdb, { data: quiet })).toEqual({ state: 'miss' });
  expect(factsOf(reads(abuseipdb, { data: { ...quiet, totalReports: 1, abuseConfidenceScore: 12 } }))).toEqual({
    abuseConfidenceScore: 12,
    totalReports: 1,
    isTor: false,
  });
  expect(factsOf(reads(abuseipdb, { data: { ...quiet, isWhitelisted: true } }))['isWhitelisted']).toBe(true);
  expect(factsOf(reads(abuseipdb, { data: { ...quiet, isTor: true } }))['isTor']).toBe(true);
});

test.each([
  [429, { errors: [{ detail: 'Daily rate limit', status: 429 }] }, { state: 'limited', message: 'Daily rate limit' }],
  [422, { errors: [{ detail: 'Bad ip' }] }, { state: 'error', message: 'HTTP 422: Bad ip' }],
  [200, { data: [] }, { state: 'error', message: 'the answer is not what the service documents' }],
])('%d %j: %j', (status, body, wanted) => expect(reads(abuseipdb, body, status)).toEqual(wanted));
