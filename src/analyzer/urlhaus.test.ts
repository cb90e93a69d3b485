import { expect, test } from 'vitest';
import type { Observable } from '../core/analysis.ts';
import { factsOf, reads } from './kind.suite.ts';
import { urlhaus } from './urlhaus.ts';

test.each<[Observable, string, string, string]>([
  [{ kind: 'ip', value: '192.0.2.1' }, 'host/', 'host=192.0.2.1', 'urlhaus_host_192.0.2.1'],
  [{ kind: 'domain', value: 'bad.tocsin.dev' }, 'host/', 'host=bad.tocsin.dev', 'urlhaus_host_bad.tocsin.dev'],
  [{ kind: 'url', value: 'http://a/?b' }, 'url/', 'url=http%3A%2F%2Fa%2F%3Fb', 'urlhaus_url_http___a__b'],
  [{ kind: 'md5', value: 'abc' }, 'payload/', 'md5_hash=abc', 'urlhaus_payload_abc'],
  [{ kind: 'sha256', value: 'abc' }, 'payload/', 'sha256_hash=abc', 'urlhaus_payload_abc'],
])('%j is asked at %s with %s', (observable, path, body, recording) => {
  const headers = { 'auth-key': 'k', 'content-type': 'application/x-www-form-urlencoded' };
  const url = `https://urlhaus-api.abuse.ch/v1/${path}`;
  expect(urlhaus.request(observable, { key: 'k', contact: '' })).toEqual({ method: 'POST', url, headers, body });
  expect(urlhaus.fixture(observable)).toBe(recording);
});

test('tags are those of all URLs, each once, in order', () => {
  const urls = [
    { url_status: 'online', tags: ['mirai', 'elf'], date_added: '2026-01-02 00:00:00 UTC', threat: 'malware_download' },
    { url_status: 'offline', tags: null, date_added: '2025-01-02 00:00:00 UTC' },
    { url_status: 'unknown', tags: ['elf', 'Mozi', 7] },
  ];
  expect(factsOf(reads(urlhaus, { query_status: 'ok', url_count: '300', urls }))).toEqual({
    tags: ['Mozi', 'elf', 'mirai'],
    online: 1,
    url_count: 300,
    newest: '2026-01-02 00:00:00 UTC',
    threats: ['malware_download'],
  });
});

test('a URL has its own state and what it served', () => {
  const payloads = [
    { filename: 'a.sh', file_type: 'sh', response_sha256: 'abc', signature: 'Mirai', virustotal: null },
  ];
  const body = { query_status: 'ok', url_status: 'offline', last_online: '2026-01-02 00:00:00 UTC', payloads };
  expect(factsOf(reads(urlhaus, body))).toMatchObject({
    url_status: 'offline',
    online: 0,
    last_online: '2026-01-02 00:00:00 UTC',
    payloads: [{ filename: 'a.sh', file_type: 'sh', sha256: 'abc', signature: 'Mirai' }],
  });
});

test('what it does not know is a miss', () => {
  expect(reads(urlhaus, { query_status: 'no_results' })).toEqual({ state: 'miss' });
});
