import { expect, test } from 'vitest';
import { internetdb } from './internetdb.ts';
import { factsOf, reads } from './kind.suite.ts';

const ip = { kind: 'ip', value: '192.0.2.1' } as const;

test('asks without a key', () => {
  expect(internetdb.fixture(ip)).toBe('internetdb_192.0.2.1');
  expect(internetdb.request(ip, { key: 'k', contact: '' })).toEqual({
    method: 'GET',
    url: 'https://internetdb.shodan.io/192.0.2.1',
  });
});

test('reads ports, names and vulnerabilities', () => {
  const facts = { ports: [22], hostnames: ['a.tocsin.dev'], cpes: [], tags: ['vpn'], vulns: ['CVE-2021-44228'] };
  expect(factsOf(reads(internetdb, { ip: '192.0.2.1', ...facts }))).toEqual(facts);
});

test.each([
  [404, { detail: 'No information available' }, { state: 'miss' }],
  [200, { detail: 'No information available' }, { state: 'miss' }],
  [422, { detail: [] }, { state: 'error', message: 'HTTP 422' }],
])('%d %j: %j', (status, body, wanted) => expect(reads(internetdb, body, status)).toEqual(wanted));
