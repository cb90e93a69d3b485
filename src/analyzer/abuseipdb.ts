// AbuseIPDB: how often an address was reported as abusive in the last 90 days. The reports themselves are not asked for:
// their comments are the text of anybody, and those of a busy attacker are more than is taken.
// https://docs.abuseipdb.com/#check-endpoint

import { isObject } from '../core/object.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { dayMs, daySeconds } from './duration.ts';
import { at, flag, list, number, text, texts } from './fields.ts';
import { refusal, unexpected } from './refusal.ts';
import { recordedName } from './request.ts';

export const abuseipdb: AnalyzerKind = {
  id: 'abuseipdb',
  title: 'AbuseIPDB',
  kinds: ['ip'],
  key: 'required',
  limits: [{ requests: 1000, seconds: daySeconds }],
  keepMs: { hit: dayMs, miss: dayMs },
  terms: 'https://www.abuseipdb.com/legal: 1,000 questions a day with a free key, which is not for commercial use',
  fixture: ({ value }) => recordedName('abuseipdb', value),
  request: ({ value }, { key }) => ({
    method: 'GET',
    url: `https://api.abuseipdb.com/api/v2/check?${new URLSearchParams({ ipAddress: value, maxAgeInDays: '90' }).toString()}`,
    headers: { key, accept: 'application/json' },
  }),
  read(answer) {
    const { body } = answer;
    const refused = refusal(answer, text(at(list(at(body, 'errors'))[0], 'detail')));
    if (refused !== undefined) return refused;
    const data = at(body, 'data');
    if (!isObject(data)) return unexpected;
    const facts = {
      abuseConfidenceScore: number(at(data, 'abuseConfidenceScore')),
      totalReports: number(at(data, 'totalReports')),
      numDistinctUsers: number(at(data, 'numDistinctUsers')),
      lastReportedAt: text(at(data, 'lastReportedAt')),
      isWhitelisted: flag(at(data, 'isWhitelisted')),
      isTor: flag(at(data, 'isTor')),
      usageType: text(at(data, 'usageType')),
      isp: text(at(data, 'isp')),
      domain: text(at(data, 'domain')),
      hostnames: texts(at(data, 'hostnames')),
      countryCode: text(at(data, 'countryCode')),
    };
    // Every address has an answer; of one that nobody reported and no list has, nothing is known.
    const isKnown = (facts.totalReports ?? 0) > 0 || facts.isWhitelisted === true || facts.isTor === true;
    return isKnown ? { state: 'hit', facts } : { state: 'miss' };
  },
};
