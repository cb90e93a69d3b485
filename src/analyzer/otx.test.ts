import { expect, test } from 'vitest';
import type { Observable } from '../core/analysis.ts';
import { factsOf, reads } from './kind.suite.ts';
import { otx } from './otx.ts';

test.each<[Observable, string]>([
  [{ kind: 'ip', value: '192.0.2.1' }, 'IPv4/192.0.2.1'],
  [{ kind: 'ip', value: '2001:db8::1' }, 'IPv6/2001%3Adb8%3A%3A1'],
  [{ kind: 'domain', value: 'bad.tocsin.dev' }, 'domain/bad.tocsin.dev'],
  [{ kind: 'url', value: 'http://a/b' }, 'url/http%3A%2F%2Fa%2Fb'],
  [{ kind: 'sha1', value: 'abc' }, 'file/abc'],
])('%j is asked at %s', (observable, path) => {
  expect(otx.request(observable, { key: 'k', contact: '' })).toEqual({
    method: 'GET',
    url: `https://otx.alienvault.com/api/v1/indicators/${path}/general`,
    headers: { 'x-otx-api-key': 'k' },
  });
});

test('gathers what the pulses say', () => {
  const pulses = [
    {
      name: 'B',
      tags: ['ssh', 'Mirai'],
      adversary: 'X',
      malware_families: [{ id: 'Mirai' }],
      attack_ids: [{ id: 'T1110' }],
    },
    { name: 'A', tags: ['ssh'], adversary: '', malware_families: ['Gafgyt', null], attack_ids: 'none' },
  ];
  expect(factsOf(reads(otx, { pulse_info: { count: 2, pulses }, asn: 'AS64500', reputation: 0 }))).toEqual({
    pulse_count: 2,
    pulses: ['A', 'B'],
    tags: ['Mirai', 'ssh'],
    adversaries: ['X'],
    malware_families: ['Gafgyt', 'Mirai'],
    attack_ids: ['T1110'],
    validation: [],
    asn: 'AS64500',
    reputation: 0,
  });
});

test.each([
  [200, { pulse_info: { count: 0, pulses: [] }, validation: [] }, { state: 'miss' }],
  [200, { pulse_info: { count: 0 }, validation: [{ source: 'akamai' }] }, { state: 'hit' }],
  [404, { detail: 'endpoint not found' }, { state: 'error', message: 'HTTP 404: endpoint not found' }],
  [200, {}, { state: 'error', message: 'the answer is not what the service documents' }],
])('%d %j: %j', (status, body, wanted) => expect(reads(otx, body, status)).toMatchObject(wanted));
