import { expect, test } from 'vitest';
import type { Observable } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import { factsOf, reads } from './kind.suite.ts';
import { rdap } from './rdap.ts';

test.each<[Observable, string, string]>([
  [{ kind: 'ip', value: '2001:db8::1' }, 'ip/2001%3Adb8%3A%3A1', 'rdap_ip_2001_db8__1'],
  [{ kind: 'domain', value: 'tocsin.dev' }, 'domain/tocsin.dev', 'rdap_domain_tocsin.dev'],
  [{ kind: 'asn', value: 'AS64500' }, 'autnum/64500', 'rdap_asn_AS64500'],
])('%j is asked at %s', (observable, path, recording) => {
  expect(rdap.request(observable, { key: '', contact: '' })).toEqual({
    method: 'GET',
    url: `https://rdap.org/${path}`,
    headers: { accept: 'application/rdap+json' },
    follows: true,
  });
  expect(rdap.fixture(observable)).toBe(recording);
});

const entity = (role: string, properties: Json, entities: Json = []): Json => ({
  roles: ['technical', role],
  vcardArray: ['vcard', properties],
  entities,
});
const abuse = entity('abuse', [
  ['fn', {}, 'text', 'Abuse'],
  ['email', {}, 'text', 'abuse@tocsin.dev'],
]);

test('a network, with the abuse contact of its registrant', () => {
  const body = {
    objectClassName: 'ip network',
    name: 'EXAMPLE-NET',
    handle: 'NET-1',
    type: 'ALLOCATION',
    country: 'DE',
    startAddress: '192.0.2.0',
    endAddress: '192.0.2.255',
    cidr0_cidrs: [{ v4prefix: '192.0.2.0', length: 24 }, { v4prefix: 'x' }],
    events: [{ eventAction: 'registration', eventDate: '2014-03-14T00:00:00Z' }],
    entities: [
      entity(
        'registrant',
        [
          ['version', {}, 'text', '4.0'],
          ['fn', {}, 'text', 'Example Ltd'],
        ],
        [abuse],
      ),
    ],
  };
  expect(factsOf(reads(rdap, body))).toEqual({
    name: 'EXAMPLE-NET',
    handle: 'NET-1',
    type: 'ALLOCATION',
    country: 'DE',
    start: '192.0.2.0',
    end: '192.0.2.255',
    networks: ['192.0.2.0/24'],
    org: 'Example Ltd',
    abuse: 'abuse@tocsin.dev',
    registered: '2014-03-14T00:00:00Z',
  });
});

test('a domain', () => {
  const body = {
    objectClassName: 'domain',
    ldhName: 'TOCSIN.DEV',
    status: ['active'],
    nameservers: [{ ldhName: 'NS2.TOCSIN.DEV' }, { ldhName: 'NS1.TOCSIN.DEV' }],
    events: [
      { eventAction: 'registration', eventDate: '2020-01-01T00:00:00Z' },
      { eventAction: 'expiration', eventDate: '2030-01-01T00:00:00Z' },
      { eventAction: 'last changed', eventDate: '2025-01-01T00:00:00Z' },
    ],
    entities: [entity('registrar', [['fn', {}, 'text', 'Registrar Inc.']])],
  };
  expect(factsOf(reads(rdap, body))).toEqual({
    name: 'tocsin.dev',
    status: ['active'],
    nameservers: ['ns1.tocsin.dev', 'ns2.tocsin.dev'],
    registrar: 'Registrar Inc.',
    registered: '2020-01-01T00:00:00Z',
    expires: '2030-01-01T00:00:00Z',
    changed: '2025-01-01T00:00:00Z',
  });
});

test('an autonomous system', () => {
  const body = { objectClassName: 'autnum', name: 'EVIL-AS', startAutnum: 64_500, endAutnum: 64_500 };
  expect(factsOf(reads(rdap, body))).toEqual({ name: 'EVIL-AS', start: 64_500, end: 64_500 });
});

test('entities in entities end', () => {
  let nested: Json = abuse;
  for (let depth = 0; depth < 5; depth++) nested = { entities: [nested] };
  expect(factsOf(reads(rdap, { objectClassName: 'domain', entities: [nested] }))).toEqual({});
});

test.each([
  [404, '', { state: 'miss' }],
  [404, { errorCode: 404, title: 'Object not found' }, { state: 'miss' }],
  [302, '', { state: 'error', message: 'HTTP 302: redirects are not followed' }],
  [400, { errorCode: 400, title: 'Bad' }, { state: 'error', message: 'HTTP 400: Bad' }],
  [200, { objectClassName: 'entity' }, { state: 'error', message: 'the answer is not what the service documents' }],
])('%d %j: %j', (status, body, wanted) => expect(reads(rdap, body, status)).toEqual(wanted));
