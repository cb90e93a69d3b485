import { expect, test } from 'vitest';
import { greynoise } from './greynoise.ts';
import { factsOf, reads } from './kind.suite.ts';

const ip = { kind: 'ip', value: '192.0.2.1' } as const;

test('asks with a key or without', () => {
  const url = 'https://api.greynoise.io/v3/community/192.0.2.1';
  expect(greynoise.fixture(ip)).toBe('greynoise_192.0.2.1');
  expect(greynoise.request(ip, { key: 'k', contact: '' })).toEqual({ method: 'GET', url, headers: { key: 'k' } });
  expect(greynoise.request(ip, { key: '', contact: '' })).toEqual({ method: 'GET', url, headers: {} });
});

test('reads the answers of three versions alike', () => {
  const classification = 'malicious';
  const wanted = { noise: true, classification };
  expect(factsOf(reads(greynoise, { noise: true, riot: false, classification }))).toMatchObject(wanted);
  expect(factsOf(reads(greynoise, { seen: true, classification, tags: ['a'] }))).toMatchObject({
    ...wanted,
    tags: ['a'],
  });
  const scanner = {
    found: true,
    classification,
    tags: [{ name: 'a' }],
    metadata: { source_country_code: 'DE', rdns: 'a.tocsin.dev' },
  };
  expect(factsOf(reads(greynoise, { internet_scanner_intelligence: scanner }))).toMatchObject({
    ...wanted,
    tags: ['a'],
    country_code: 'DE',
    rdns: 'a.tocsin.dev',
  });
});

test.each([
  [404, { ip: '192.0.2.1', noise: false, riot: false }, { state: 'miss' }],
  [200, { seen: false }, { state: 'miss' }],
  [
    200,
    { internet_scanner_intelligence: { found: false }, business_service_intelligence: { found: false } },
    { state: 'miss' },
  ],
  [404, 'not found', { state: 'error', message: 'HTTP 404: there is no such address' }],
  [
    400,
    { message: 'not a routable IPv4 address' },
    { state: 'error', message: 'HTTP 400: not a routable IPv4 address' },
  ],
  [200, { ip: '192.0.2.1' }, { state: 'error', message: 'the answer is not what the service documents' }],
])('%d %j: %j', (status, body, wanted) => expect(reads(greynoise, body, status)).toEqual(wanted));
