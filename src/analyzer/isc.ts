// SANS Internet Storm Center (DShield): who has an address, how often sensors reported it, which threat feeds list it.
// https://isc.sans.edu/api/#ip

import { isObject } from '../core/object.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { hourMs, dayMs } from './duration.ts';
import { at, number, text } from './fields.ts';
import { refusal, unexpected } from './refusal.ts';
import { recordedName, segment } from './request.ts';

export const isc: AnalyzerKind = {
  id: 'isc',
  title: 'SANS Internet Storm Center',
  kinds: ['ip'],
  key: 'none',
  limits: [{ requests: 1, seconds: 1 }],
  keepMs: { hit: dayMs, miss: 12 * hourMs },
  terms: 'https://isc.sans.edu/api/: commercial use is allowed, resale is not; requests must carry a contact address',
  fixture: ({ value }) => recordedName('isc_ip', value),
  request: ({ value }, { contact }) => ({
    method: 'GET',
    url: `https://isc.sans.edu/api/ip/${segment(value)}?json`,
    // Requests without a contact address are blocked.
    headers: { 'user-agent': contact === '' ? 'tocsin' : `tocsin (${contact})` },
  }),
  read(answer) {
    const refused = refusal(answer);
    if (refused !== undefined) return refused;
    const ip = at(answer.body, 'ip');
    if (!isObject(ip)) return unexpected;
    const error = text(at(ip, 'error'));
    if (error !== undefined) return { state: 'error', message: error };
    const feeds = at(ip, 'threatfeeds');
    const facts = {
      asname: text(at(ip, 'asname')),
      ascountry: text(at(ip, 'ascountry')),
      as: number(at(ip, 'as')),
      network: text(at(ip, 'network')),
      asabusecontact: text(at(ip, 'asabusecontact')),
      // null is the service's word for "never reported".
      count: number(at(ip, 'count')) ?? null,
      attacks: number(at(ip, 'attacks')) ?? null,
      mindate: text(at(ip, 'mindate')),
      maxdate: text(at(ip, 'maxdate')),
      maxrisk: number(at(ip, 'maxrisk')),
      comment: text(at(ip, 'comment')),
      threatfeeds: isObject(feeds) ? Object.keys(feeds).slice(0, 100) : [],
    };
    const isKnown =
      facts.threatfeeds.length > 0 ||
      [facts.asname, facts.as, facts.network, facts.count ?? undefined, facts.attacks ?? undefined].some(
        (fact) => fact !== undefined,
      );
    return isKnown ? { state: 'hit', facts } : { state: 'miss' };
  },
};
