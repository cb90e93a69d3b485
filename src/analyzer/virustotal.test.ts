import { expect, test } from 'vitest';
import type { Observable } from '../core/analysis.ts';
import { factsOf, reads } from './kind.suite.ts';
import { virustotal } from './virustotal.ts';

test.each<[Observable, string, string]>([
  [{ kind: 'sha256', value: 'a'.repeat(64) }, `files/${'a'.repeat(64)}`, `vt_file_${'a'.repeat(64)}`],
  [{ kind: 'md5', value: 'b'.repeat(32) }, `files/${'b'.repeat(32)}`, `vt_file_${'b'.repeat(32)}`],
  [{ kind: 'ip', value: '2001:db8::1' }, 'ip_addresses/2001%3Adb8%3A%3A1', 'vt_ip_2001_db8__1'],
  [{ kind: 'domain', value: 'bad.tocsin.dev' }, 'domains/bad.tocsin.dev', 'vt_domain_bad.tocsin.dev'],
  [{ kind: 'url', value: 'http://a.b/??>' }, 'urls/aHR0cDovL2EuYi8_Pz4', 'vt_url_http___a.b____'],
])('%j is asked at %s', (observable, path, recording) => {
  expect(virustotal.request(observable, { key: 'k', contact: '' })).toEqual({
    method: 'GET',
    url: `https://www.virustotal.com/api/v3/${path}`,
    headers: { 'x-apikey': 'k' },
  });
  expect(virustotal.fixture(observable)).toBe(recording);
});

test('engines without a verdict are not of the total', () => {
  const last_analysis_stats = { malicious: 3, undetected: 5, timeout: 7, failure: 11, 'type-unsupported': 13 };
  const attributes = { last_analysis_stats, names: ['a.sh'], meaningful_name: 'a', title: 'A' };
  const popular_threat_classification = { suggested_threat_label: 'trojan.x', popular_threat_name: [{ value: 'x' }] };
  const data = { type: 'file', id: '../..', attributes: { ...attributes, popular_threat_classification } };
  expect(factsOf(reads(virustotal, { data }))).toEqual({
    malicious: 3,
    undetected: 5,
    total: 8,
    suggested_threat_label: 'trojan.x',
    threat_categories: [],
    threat_names: ['x'],
    names: ['a.sh'],
    meaningful_name: 'a',
    title: 'A',
    link: 'https://www.virustotal.com/gui/file/..%2F..',
  });
});

test('a type that is a name of every object makes no link', () => {
  const reading = reads(virustotal, { data: { type: 'constructor', id: 'a', attributes: {} } });
  expect(factsOf(reading)).toEqual({});
});

test.each([
  [404, { error: { code: 'NotFoundError' } }, { state: 'miss' }],
  [200, { error: { code: 'NotFoundError' } }, { state: 'miss' }],
  [404, '<html>', { state: 'error', message: 'HTTP 404: there is no such address' }],
  [200, { error: { code: 'QuotaExceededError' } }, { state: 'limited', message: 'QuotaExceededError' }],
  [400, { error: { code: 'InvalidArgumentError', message: 'Bad' } }, { state: 'error', message: 'HTTP 400: Bad' }],
  [200, { error: { code: 'Other' } }, { state: 'error', message: 'Other' }],
])('%d %j: %j', (status, body, wanted) => expect(reads(virustotal, body, status)).toEqual(wanted));
