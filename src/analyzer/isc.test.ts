import { expect, test } from 'vitest';
import { isc } from './isc.ts';
import { factsOf, reads } from './kind.suite.ts';

const ip = { kind: 'ip', value: '192.0.2.1' } as const;

test('asks with a contact address, without which it would be blocked', () => {
  expect(isc.fixture(ip)).toBe('isc_ip_192.0.2.1');
  expect(isc.request(ip, { key: '', contact: 'soc@tocsin.dev' })).toEqual({
    method: 'GET',
    url: 'https://isc.sans.edu/api/ip/192.0.2.1?json',
    headers: { 'user-agent': 'tocsin (soc@tocsin.dev)' },
  });
  expect(isc.request(ip, { key: '', contact: '' }).headers).toEqual({ 'user-agent': 'tocsin' });
});

test('counts may be texts or null', () => {
  const facts = { as: 64_500, asname: 'EVIL-AS', ascountry: 'RU', network: '192.0.2.0/24' };
  const answer = { ip: { ...facts, number: '192.0.2.1', count: '1200', attacks: null, comment: 'scanner' } };
  expect(factsOf(reads(isc, answer))).toEqual({
    ...facts,
    count: 1200,
    attacks: null,
    comment: 'scanner',
    threatfeeds: [],
  });
});

test.each([
  [{ ip: { number: '192.0.2.1', count: null, attacks: null, as: null, asname: null } }, { state: 'miss' }],
  [{ ip: { number: '192.0.2.1', threatfeeds: { tor: {} } } }, { state: 'hit', facts: { threatfeeds: ['tor'] } }],
  [{ ip: { error: 'bad IP address' } }, { state: 'error', message: 'bad IP address' }],
  [{}, { state: 'error' }],
])('%j: %j', (body, wanted) => expect(reads(isc, body)).toMatchObject(wanted));
