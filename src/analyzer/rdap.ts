// RDAP, the successor of WHOIS: to whom an address, a domain or an autonomous system is registered, and since when.
// rdap.org redirects to the registry that knows. RFC 9082 (questions), RFC 9083 (answers), RFC 7095 (contacts).

import type { Json } from '../core/event.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { dayMs } from './duration.ts';
import { at, list, number, text, texts, union } from './fields.ts';
import { refusal, unexpected } from './refusal.ts';
import { recordedName, segment } from './request.ts';

const objectClasses = ['ip network', 'domain', 'autnum'];

export const rdap: AnalyzerKind = {
  id: 'rdap',
  title: 'WHOIS (RDAP)',
  kinds: ['ip', 'domain', 'asn'],
  key: 'none',
  limits: [{ requests: 1, seconds: 1 }],
  keepMs: { hit: 30 * dayMs, miss: dayMs },
  terms: 'https://about.rdap.org/, and those of the registries, which forbid bulk queries',
  fixture: ({ kind, value }) => recordedName(`rdap_${kind}`, value),
  request({ kind, value }) {
    const path = kind === 'asn' ? `autnum/${segment(value.replace(/^AS/i, ''))}` : `${kind}/${segment(value)}`;
    return {
      method: 'GET',
      url: `https://rdap.org/${path}`,
      headers: { accept: 'application/rdap+json' },
      follows: true,
    };
  },
  read(answer) {
    const { status, body } = answer;
    // Registries say it with a body of any form, or with none. rdap.org says it of top-level domains without RDAP.
    if (status === 404) return { state: 'miss' };
    const refused = refusal(answer, text(at(body, 'title')));
    if (refused !== undefined) return refused;
    if (!objectClasses.includes(text(at(body, 'objectClassName')) ?? '')) return unexpected;
    const entities = entitiesOf(body, 0);
    const event = (action: string): string | undefined =>
      text(
        at(
          list(at(body, 'events')).find((each) => at(each, 'eventAction') === action),
          'eventDate',
        ),
      );
    return {
      state: 'hit',
      facts: {
        name: text(at(body, 'name')) ?? text(at(body, 'ldhName'))?.toLowerCase(),
        handle: text(at(body, 'handle')),
        type: text(at(body, 'type')),
        country: text(at(body, 'country')),
        start: text(at(body, 'startAddress')) ?? number(at(body, 'startAutnum')),
        end: text(at(body, 'endAddress')) ?? number(at(body, 'endAutnum')),
        networks: networks(at(body, 'cidr0_cidrs')),
        org: contact(entities, 'registrant', 'fn'),
        registrar: contact(entities, 'registrar', 'fn'),
        abuse: contact(entities, 'abuse', 'email'),
        nameservers: nameservers(at(body, 'nameservers')),
        status: texts(at(body, 'status')),
        registered: event('registration'),
        expires: event('expiration'),
        changed: event('last changed'),
      },
    };
  },
};

/** Entities may have entities: the abuse contact is often the registrant's. */
function entitiesOf(value: Json, depth: number): readonly Json[] {
  if (depth === 3) return [];
  return list(at(value, 'entities'))
    .slice(0, 50)
    .flatMap((entity) => [entity, ...entitiesOf(entity, depth + 1)]);
}

/** A property of the first contact with the role. A jCard is `["vcard", [["fn", {}, "text", "Example Ltd"], ...]]`. */
function contact(entities: readonly Json[], role: string, property: string): string | undefined {
  for (const entity of entities) {
    if (!list(at(entity, 'roles')).includes(role)) continue;
    const properties = list(list(at(entity, 'vcardArray'))[1]);
    const found = text(list(properties.find((each) => list(each)[0] === property))[3]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `[{ "v4prefix": "192.0.2.0", "length": 24 }]` (the cidr0 extension). */
function networks(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const found = list(value).map((each) => {
    const [prefix, length] = [text(at(each, 'v4prefix')) ?? text(at(each, 'v6prefix')), number(at(each, 'length'))];
    return prefix === undefined || length === undefined ? undefined : `${prefix}/${length}`;
  });
  return union(found);
}

function nameservers(value: Json | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return union(list(value).map((each) => text(at(each, 'ldhName'))?.toLowerCase()));
}
