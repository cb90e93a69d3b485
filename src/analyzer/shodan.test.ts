import { expect, test } from 'vitest';
import { factsOf, reads } from './kind.suite.ts';
import { shodan } from './shodan.ts';

const ip = { kind: 'ip', value: '192.0.2.1' } as const;

test('asks for the answer without banners', () => {
  expect(shodan.fixture(ip)).toBe('shodan_192.0.2.1');
  expect(shodan.request(ip, { key: 'a&b', contact: '' })).toEqual({
    method: 'GET',
    url: 'https://api.shodan.io/shodan/host/192.0.2.1?key=a%26b&minify=true',
  });
});

test('vulnerabilities are a list or an object', () => {
  expect(factsOf(reads(shodan, { ports: [443, 22], vulns: { 'CVE-2021-44228': {} }, org: 'X', os: 'Linux' }))).toEqual({
    ports: [22, 443],
    vulns: ['CVE-2021-44228'],
    org: 'X',
    os: 'Linux',
  });
  expect(factsOf(reads(shodan, { ports: [], vulns: ['CVE-2021-44228'] }))['vulns']).toEqual(['CVE-2021-44228']);
});

test.each([
  [404, { error: 'No information available for that IP.' }, { state: 'miss' }],
  [200, { error: 'No information available for that IP.' }, { state: 'miss' }],
  [401, 'Unauthorized', { state: 'error', message: 'HTTP 401: the key is wrong or missing' }],
  [200, { error: 'Invalid IP' }, { state: 'error', message: 'Invalid IP' }],
  [200, {}, { state: 'error', message: 'the answer is not what the service documents' }],
])('%d %j: %j', (status, body, wanted) => expect(reads(shodan, body, status)).toEqual(wanted));
