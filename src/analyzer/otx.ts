// AlienVault OTX: the pulses (reports of its community) in which an indicator occurs, and lists that speak for it.
// https://otx.alienvault.com/api

import type { Observable } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { dayMs, hourMs } from './duration.ts';
import { at, list, number, text, union } from './fields.ts';
import { refusal, unexpected } from './refusal.ts';
import { recordedName, segment } from './request.ts';

function section({ kind, value }: Observable): string {
  if (kind === 'ip') return value.includes(':') ? 'IPv6' : 'IPv4';
  return kind === 'domain' || kind === 'url' ? kind : 'file';
}

export const otx: AnalyzerKind = {
  id: 'otx',
  title: 'AlienVault OTX',
  kinds: ['ip', 'domain', 'url', 'md5', 'sha1', 'sha256'],
  key: 'required',
  limits: [{ requests: 10_000, seconds: 3600 }],
  keepMs: { hit: dayMs, miss: 12 * hourMs },
  terms: 'https://otx.alienvault.com/: free with an account; 10,000 questions an hour',
  fixture: ({ value }) => recordedName('otx', value),
  request: (observable, { key }) => ({
    method: 'GET',
    url: `https://otx.alienvault.com/api/v1/indicators/${section(observable)}/${segment(observable.value)}/general`,
    headers: { 'x-otx-api-key': key },
  }),
  read(answer) {
    const { body } = answer;
    const refused = refusal(answer, text(at(body, 'detail')) ?? text(at(body, 'error')));
    if (refused !== undefined) return refused;
    const info = at(body, 'pulse_info');
    if (!isObject(info)) return unexpected;
    const pulses = list(at(info, 'pulses'));
    const count = number(at(info, 'count')) ?? pulses.length;
    const validation = union(list(at(body, 'validation')).map((each) => at(each, 'name') ?? at(each, 'source')));
    if (count === 0 && validation.length === 0) return { state: 'miss' };
    const all = (name: string): Json => union(pulses.flatMap((pulse) => list(at(pulse, name)).map(nameOf)));
    return {
      state: 'hit',
      facts: {
        pulse_count: count,
        pulses: union(pulses.slice(0, 10).map((pulse) => at(pulse, 'name'))),
        tags: all('tags'),
        malware_families: all('malware_families'),
        attack_ids: all('attack_ids'),
        adversaries: union(pulses.map((pulse) => at(pulse, 'adversary'))),
        // What speaks for the indicator: `whitelist`, `akamai`, `majestic`.
        validation,
        reputation: number(at(body, 'reputation')),
        asn: text(at(body, 'asn')),
        country_code: text(at(body, 'country_code')),
      },
    };
  },
};

/** Techniques and malware families are objects or texts. */
function nameOf(value: Json): Json | undefined {
  return isObject(value) ? (at(value, 'id') ?? at(value, 'display_name')) : value;
}
