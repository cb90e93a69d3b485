// Shodan: open ports, names and vulnerabilities of an address, from its own scans. The minified answer is asked for:
// banners are the text of attackers, and those of a large host are more than is taken.
// https://developer.shodan.io/api

import { isObject } from '../core/object.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { dayMs } from './duration.ts';
import { at, number, numbers, text, texts, union } from './fields.ts';
import { isUnknown, refusal, unexpected } from './refusal.ts';
import { recordedName, segment } from './request.ts';

export const shodan: AnalyzerKind = {
  id: 'shodan',
  title: 'Shodan',
  kinds: ['ip'],
  key: 'required',
  limits: [{ requests: 1, seconds: 1 }],
  keepMs: { hit: 7 * dayMs, miss: dayMs },
  terms: 'https://www.shodan.io/legal/terms: the account says how many questions a month',
  fixture: ({ value }) => recordedName('shodan', value),
  request: ({ value }, { key }) => ({
    method: 'GET',
    url: `https://api.shodan.io/shodan/host/${segment(value)}?key=${encodeURIComponent(key)}&minify=true`,
  }),
  read(answer) {
    const { body } = answer;
    const error = text(at(body, 'error'));
    if (isUnknown(answer) || error?.startsWith('No information available') === true) return { state: 'miss' };
    const refused = refusal(answer, error);
    if (refused !== undefined) return refused;
    if (error !== undefined) return { state: 'error', message: error };
    const ports = numbers(at(body, 'ports'));
    if (ports === undefined) return unexpected;
    const vulns = at(body, 'vulns');
    return {
      state: 'hit',
      facts: {
        ports: ports.toSorted((a, b) => a - b),
        hostnames: texts(at(body, 'hostnames')),
        domains: texts(at(body, 'domains')),
        tags: texts(at(body, 'tags')),
        // A list, or an object by CVE where the key may see more.
        vulns: isObject(vulns) ? union(Object.keys(vulns)) : texts(vulns),
        org: text(at(body, 'org')),
        isp: text(at(body, 'isp')),
        asn: text(at(body, 'asn')),
        os: text(at(body, 'os')),
        country_code: text(at(body, 'country_code')),
        city: text(at(body, 'city')),
        latitude: number(at(body, 'latitude')),
        longitude: number(at(body, 'longitude')),
        last_update: text(at(body, 'last_update')),
      },
    };
  },
};
