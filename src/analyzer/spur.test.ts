import { expect, test } from 'vitest';
import { factsOf, reads } from './kind.suite.ts';
import { spur } from './spur.ts';

const ip = { kind: 'ip', value: '192.0.2.1' } as const;

test('asks with its token', () => {
  expect(spur.fixture(ip)).toBe('spur_192.0.2.1');
  expect(spur.request(ip, { key: 'k', contact: '' })).toEqual({
    method: 'GET',
    url: 'https://api.spur.us/v2/context/192.0.2.1',
    headers: { token: 'k' },
  });
});

test('the facts are the answer, with words that nobody knows yet', () => {
  const answer = { ip: '192.0.2.1', tunnels: [{ type: 'NEW', operator: 'X' }], future: { a: 1 } };
  expect(factsOf(reads(spur, answer))).toEqual(answer);
});

test.each([
  [200, { ip: '192.0.2.1' }, { state: 'miss' }],
  [404, { message: 'not found' }, { state: 'miss' }],
  [200, { message: 'hello' }, { state: 'error', message: 'the answer is not what the service documents' }],
  [403, { message: 'out of queries' }, { state: 'error', message: 'HTTP 403: out of queries' }],
])('%d %j: %j', (status, body, wanted) => expect(reads(spur, body, status)).toEqual(wanted));
