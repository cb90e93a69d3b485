// ThreatFox of abuse.ch: indicators of malware, most of them command-and-control servers.
// https://threatfox.abuse.ch/api/

import type { Observable } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import { abuseChHeaders, abuseChRefusal, abuseChTerms } from './abuse-ch.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { dayMs, hourMs } from './duration.ts';
import { at, list, number, text, union } from './fields.ts';
import { recordedName } from './request.ts';

/** Addresses are listed with their port, so that an exact search would miss them. */
function question({ kind, value }: Observable): Readonly<Record<string, string | boolean>> {
  if (kind === 'md5' || kind === 'sha256') return { query: 'search_hash', hash: value };
  return { query: 'search_ioc', search_term: value, exact_match: kind !== 'ip' };
}

export const threatfox: AnalyzerKind = {
  id: 'threatfox',
  title: 'ThreatFox',
  kinds: ['ip', 'domain', 'url', 'md5', 'sha256'],
  key: 'required',
  limits: [{ requests: 1, seconds: 1 }],
  keepMs: { hit: dayMs, miss: 12 * hourMs },
  terms: abuseChTerms,
  fixture: ({ value }) => recordedName('threatfox', value),
  request: (observable, { key }) => ({
    method: 'POST',
    url: 'https://threatfox-api.abuse.ch/api/v1/',
    headers: { ...abuseChHeaders(key), 'content-type': 'application/json' },
    body: JSON.stringify(question(observable)),
  }),
  read(answer, observable) {
    const refused = abuseChRefusal(answer);
    if (refused !== undefined) return refused;
    const found = list(at(answer.body, 'data')).filter((each) => isAbout(observable, at(each, 'ioc')));
    if (found.length === 0) return { state: 'miss' };
    const all = (name: string): readonly string[] => union(found.map((each) => at(each, name)));
    const confidence = found.flatMap((each) => number(at(each, 'confidence_level')) ?? []);
    return {
      state: 'hit',
      facts: {
        malware: all('malware_printable'),
        threat_types: all('threat_type'),
        iocs: all('ioc'),
        confidence: confidence.length === 0 ? undefined : confidence.reduce((a, b) => Math.max(a, b)),
        // `2026-08-01 10:00:00 UTC`: sorted as text is sorted in time.
        first_seen: all('first_seen')[0],
        last_seen: all('last_seen').at(-1),
        tags: union(found.flatMap((each) => list(at(each, 'tags')))),
        references: all('reference'),
        reporters: all('reporter'),
      },
    };
  },
};

/** A search for 1.1.1.1 finds 11.1.1.1 and 1.1.1.10, too. */
function isAbout({ kind, value }: Observable, ioc: Json | undefined): boolean {
  if (kind !== 'ip') return true;
  const address = text(ioc) ?? '';
  return address === value || address.startsWith(`${value}:`) || address.startsWith(`[${value}]`);
}
