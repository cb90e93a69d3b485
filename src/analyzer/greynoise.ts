// GreyNoise: does an address scan the whole internet (noise), and is it of a well-known service (riot)? Asks the community
// API, which every key and no key may; answers of its v2 and v3 APIs read the same.
// https://docs.greynoise.io/reference/get_v3-community-ip

import type { Json } from '../core/event.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { dayMs, daySeconds } from './duration.ts';
import { at, flag, list, number, text, union } from './fields.ts';
import { refusal, unexpected } from './refusal.ts';
import { recordedName, segment } from './request.ts';

export const greynoise: AnalyzerKind = {
  id: 'greynoise',
  title: 'GreyNoise',
  kinds: ['ip'],
  key: 'optional',
  limits: [{ requests: 50, seconds: 7 * daySeconds }],
  keepMs: { hit: dayMs, miss: dayMs },
  terms: 'https://www.greynoise.io/terms: about 50 questions a week without a contract; IPv4 only',
  fixture: ({ value }) => recordedName('greynoise', value),
  request: ({ value }, { key }) => ({
    method: 'GET',
    url: `https://api.greynoise.io/v3/community/${segment(value)}`,
    headers: key === '' ? {} : { key },
  }),
  read({ status, body }) {
    // v3 has two parts; v2 and the community's answer are flat.
    const scanner = at(body, 'internet_scanner_intelligence') ?? body;
    const business = at(body, 'business_service_intelligence');
    const noise = flag(at(scanner, 'found')) ?? flag(at(scanner, 'noise')) ?? flag(at(scanner, 'seen'));
    const riot = flag(at(business, 'found')) ?? flag(at(body, 'riot'));
    const isAnswer = noise !== undefined || riot !== undefined;
    // "Not observed" is said with 404.
    const refused = status === 404 && isAnswer ? undefined : refusal({ status, body }, text(at(body, 'message')));
    if (refused !== undefined) return refused;
    if (!isAnswer) return unexpected;
    if (noise !== true && riot !== true) return { state: 'miss' };
    return { state: 'hit', facts: { noise, riot, ...scannerFacts(scanner), ...serviceFacts(body, business) } };
  },
};

function scannerFacts(scanner: Json | undefined): { readonly [name: string]: Json | undefined } {
  const metadata = at(scanner, 'metadata');
  const tags = list(at(scanner, 'tags')).map((tag) => text(tag) ?? at(tag, 'name'));
  return {
    classification: text(at(scanner, 'classification')),
    actor: text(at(scanner, 'actor')),
    first_seen: text(at(scanner, 'first_seen')),
    last_seen: text(at(scanner, 'last_seen')),
    tags: union(tags),
    cves: union([...list(at(scanner, 'cves')), ...list(at(scanner, 'cve'))]),
    bot: flag(at(scanner, 'bot')),
    spoofable: flag(at(scanner, 'spoofable')),
    tor: flag(at(scanner, 'tor')) ?? flag(at(metadata, 'tor')),
    vpn: flag(at(scanner, 'vpn')),
    vpn_service: text(at(scanner, 'vpn_service')),
    asn: text(at(metadata, 'asn')),
    organization: text(at(metadata, 'organization')),
    category: text(at(metadata, 'category')),
    datacenter: text(at(metadata, 'datacenter')),
    rdns: text(at(metadata, 'rdns')),
    os: text(at(metadata, 'os')),
    country: text(at(metadata, 'source_country')) ?? text(at(metadata, 'country')),
    country_code: text(at(metadata, 'source_country_code')) ?? text(at(metadata, 'country_code')),
    city: text(at(metadata, 'source_city')) ?? text(at(metadata, 'city')),
    sensor_count: number(at(metadata, 'sensor_count')),
    sensor_hits: number(at(metadata, 'sensor_hits')),
  };
}

function serviceFacts(body: Json, business: Json | undefined): { readonly [name: string]: Json | undefined } {
  return {
    name: text(at(business, 'name')) ?? text(at(body, 'name')),
    service_category: text(at(business, 'category')),
    trust_level: number(at(business, 'trust_level')),
    link: text(at(body, 'link')),
  };
}
