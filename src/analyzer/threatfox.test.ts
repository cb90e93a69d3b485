import { expect, test } from 'vitest';
import type { Observable } from '../core/analysis.ts';
import { factsOf, reads } from './kind.suite.ts';
import { threatfox } from './threatfox.ts';

test.each<[Observable, object]>([
  [
    { kind: 'ip', value: '192.0.2.1' },
    { query: 'search_ioc', search_term: '192.0.2.1', exact_match: false },
  ],
  [
    { kind: 'domain', value: 'a.b' },
    { query: 'search_ioc', search_term: 'a.b', exact_match: true },
  ],
  [
    { kind: 'url', value: 'http://a/' },
    { query: 'search_ioc', search_term: 'http://a/', exact_match: true },
  ],
  [
    { kind: 'sha256', value: 'abc' },
    { query: 'search_hash', hash: 'abc' },
  ],
])('%j is asked as %j', (observable, question) => {
  const { body, ...request } = threatfox.request(observable, { key: 'k', contact: '' });
  expect(request).toEqual({
    method: 'POST',
    url: 'https://threatfox-api.abuse.ch/api/v1/',
    headers: { 'auth-key': 'k', 'content-type': 'application/json' },
  });
  expect(JSON.parse(body ?? '')).toEqual(question);
});

const found = (...data: readonly Readonly<Record<string, string | number | string[]>>[]) => ({
  query_status: 'ok',
  data,
});

test('gathers what is listed with any port', () => {
  const body = found(
    {
      ioc: '192.0.2.1:443',
      malware_printable: 'Cobalt Strike',
      confidence_level: 75,
      first_seen: '2026-08-01',
      last_seen: '2026-08-02',
    },
    {
      ioc: '192.0.2.1:80',
      malware_printable: 'Mirai',
      confidence_level: '100',
      tags: ['elf'],
      first_seen: '2026-01-01',
    },
    { ioc: '192.0.2.10:80', malware_printable: 'Other' },
    { ioc: '1192.0.2.1:80', malware_printable: 'Other' },
  );
  expect(factsOf(reads(threatfox, body, 200, { kind: 'ip', value: '192.0.2.1' }))).toMatchObject({
    malware: ['Cobalt Strike', 'Mirai'],
    iocs: ['192.0.2.1:443', '192.0.2.1:80'],
    confidence: 100,
    first_seen: '2026-01-01',
    last_seen: '2026-08-02',
    tags: ['elf'],
  });
});

test('IPv6 stands in brackets, or alone', () => {
  const ip = { kind: 'ip', value: '2001:db8::1' } as const;
  expect(reads(threatfox, found({ ioc: '[2001:db8::1]:443' }), 200, ip).state).toBe('hit');
  expect(reads(threatfox, found({ ioc: '2001:db8::1' }), 200, ip).state).toBe('hit');
  expect(reads(threatfox, found({ ioc: '[2001:db8::12]:443' }), 200, ip)).toEqual({ state: 'miss' });
});

test('what is about others only is a miss', () => {
  expect(reads(threatfox, found({ ioc: '192.0.2.10:80' }), 200, { kind: 'ip', value: '192.0.2.1' })).toEqual({
    state: 'miss',
  });
  expect(reads(threatfox, { query_status: 'no_result', data: 'none' })).toEqual({ state: 'miss' });
});
