// What the kinds read in answers that were really given: those of the honeypot's reports, and one or more of most services.

import { describe, expect, test } from 'vitest';
import type { Observable } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import type { AnalyzerKind } from './analyzer.ts';
import { analyzerKinds } from './index.ts';
import { factsOf, recorded, recordings, recordingsMissing, whyMissing } from './kind.suite.ts';

const { abuseipdb, greynoise, internetdb, isc, otx, shodan, spur, threatfox, urlhaus, virustotal } = analyzerKinds;
const ip = { kind: 'ip', value: '203.0.113.9' } as const;
const hash = { kind: 'sha256', value: '0'.repeat(64) } as const;
const domain = { kind: 'domain', value: 'vektorex.com' } as const;
const url = { kind: 'url', value: 'http://a.tocsin.dev/' } as const;

type Case = readonly [name: string, kind: AnalyzerKind, observable: Observable, status: number, expected: object];
function hit(name: string, kind: AnalyzerKind, observable: Observable, facts: Readonly<Record<string, Json>>): Case {
  return [name, kind, observable, 200, { state: 'hit', facts }];
}

const miss = { state: 'miss' };

const cases: readonly Case[] = [
  hit('isc_ip_1.1.1.1.recorded', isc, ip, {
    as: 13335,
    asname: 'CLOUDFLARENET',
    ascountry: 'US',
    network: '1.1.1.0/24',
    count: null,
    attacks: null,
    asabusecontact: 'abuse@cloudflare.com',
    threatfeeds: ['mastodon', 'openresolver', 'rosti'],
  }),
  hit('isc_ip_185.162.131.25.from-cortex', isc, ip, { threatfeeds: ['ciarmy'], count: null }),
  hit('isc_ip_203.0.113.5.attacker.synthetic', isc, ip, {
    count: 1200,
    attacks: 57,
    maxrisk: 10,
    mindate: '2026-07-01',
    maxdate: '2026-08-12',
    threatfeeds: ['blocklistde22', 'tor'],
  }),
  hit('vt_v3_file', virustotal, hash, {
    malicious: 47,
    suspicious: 0,
    undetected: 18,
    harmless: 0,
    total: 65,
    reputation: -7,
    votes_malicious: 1,
    votes_harmless: 0,
    magic: 'PE32 executable for MS Windows (DLL) (GUI) Intel 80386 32-bit',
    type_description: 'Win32 DLL',
    type_tag: 'pedll',
    size: 87_040,
    names: ['.'],
    times_submitted: 2,
    suggested_threat_label: 'trojan.dllhijacker/cometer',
    first_submission_date: 1_534_967_629,
    threat_categories: ['downloader', 'trojan'],
    yara_rules: ['win_kerrdown_auto'],
    tags: ['pedll'],
    md5: '546bb6ef89bebfb053999777f6930d7e',
    sha1: '44392b16e2db656104579e83d603b363bf91ccb2',
    sha256: '4bc00f7d638e042da764e8648c03c0db46700599dd4f08d117e3e9e8b538519b',
    last_submission_date: 1_593_126_451,
    last_analysis_date: 1_636_440_506,
    link: 'https://www.virustotal.com/gui/file/4bc00f7d638e042da764e8648c03c0db46700599dd4f08d117e3e9e8b538519b',
  }),
  hit('vt_v3_ipv4', virustotal, ip, {
    malicious: 4,
    total: 93,
    asn: 13_886,
    as_owner: 'CLOUD-SOUTH',
    country: 'GB',
    continent: 'EU',
    network: '138.128.150.0/24',
    regional_internet_registry: 'RIPE NCC',
    link: 'https://www.virustotal.com/gui/ip-address/138.128.150.133',
  }),
  hit('vt_v3_domain', virustotal, domain, {
    malicious: 6,
    total: 93,
    reputation: -37,
    registrar: 'CommuniGal Communication Ltd.',
    creation_date: 1_483_018_099,
    jarm: '29d29d00029d29d21c41d41d00041d49101d6002693c68bb11aceec119f3e8',
    link: 'https://www.virustotal.com/gui/domain/tawuhoju.com',
    categories: ['Malicious', 'Malware Sites', 'malicious web sites', 'mobile communications'],
  }),
  hit('vt_v3_url', virustotal, url, {
    malicious: 11,
    threat_names: ['C2/Generic-A'],
    last_http_response_code: 200,
    times_submitted: 456,
    url: 'http://soclosebutyetqq.com/69.exe',
    last_final_url: 'http://soclosebutyetqq.com/69.exe',
  }),
  ['vt_404_file', virustotal, hash, 404, miss],
  ['vt_404_file', virustotal, hash, 200, miss],
  ['vt_401', virustotal, hash, 401, { state: 'error', message: 'HTTP 401: Wrong API key' }],
  ['vt_429_quota', virustotal, hash, 429, { state: 'limited', message: 'Quota exceeded' }],
  hit('urlhaus_host.recorded', urlhaus, domain, {
    tags: ['AZORult', 'Loki', 'exe'],
    online: 2,
    url_count: 120,
    firstseen: '2019-01-15 07:09:01 UTC',
    newest: '2019-02-11 07:45:05 UTC',
    threats: ['malware_download'],
    blacklists: { spamhaus_dbl: 'spamhaus_dbl', surbl: 'not listed' },
    reference: 'https://urlhaus.abuse.ch/host/vektorex.com/',
  }),
  hit('urlhaus_url.recorded', urlhaus, url, {
    tags: ['emotet', 'epoch2', 'heodo'],
    online: 1,
    url_status: 'online',
    threats: ['malware_download'],
    payloads: [
      {
        filename: '5616769081079106.doc',
        file_type: 'doc',
        sha256: 'dc9f3b226bccb2f1fd4810cde541e5a10d59a1fe683f4a9462293b6ade8d8403',
      },
    ],
  }),
  hit('urlhaus_payload.recorded', urlhaus, hash, {
    signature: 'test_sig',
    md5: '1585ad28f7d1e0ca696e6c6c2f1d008a',
    sha256: '35e304d10d53834e3e41035d12122773c9a4d183a24e03f980ad3e6b2ecde7fa',
    file_type: 'exe',
    file_size: 241_664,
    url_count: 2,
    online: 0,
    tags: [],
    firstseen: '2019-01-19 13:59:06',
    lastseen: '2019-01-19 14:48:08',
  }),
  ['urlhaus_host_no_results', urlhaus, ip, 200, miss],
  ['urlhaus_unknown_auth_key', urlhaus, ip, 200, { state: 'error', message: 'unknown_auth_key' }],
  hit('spur_v2_full.recorded', spur, ip, {
    as: { number: 30_083, organization: 'AS-30083-GO-DADDY-COM-LLC' },
    infrastructure: 'DATACENTER',
    risks: ['WEB_SCRAPING', 'TUNNEL'],
    services: ['IPSEC', 'OPENVPN'],
    location: { city: 'St Louis', state: 'Missouri', country: 'US' },
  }),
  hit('shodan_host_8.8.8.8', shodan, ip, {
    ports: [53, 443],
    hostnames: ['dns.google'],
    domains: ['dns.google'],
    tags: [],
    org: 'Google LLC',
    isp: 'Google LLC',
    latitude: 37.4056,
    longitude: -122.0775,
    asn: 'AS15169',
    country_code: 'US',
    city: 'Mountain View',
    last_update: '2022-06-22T09:06:45.680165',
  }),
  ['shodan_host_404', shodan, ip, 404, miss],
  ['shodan_host_404', shodan, ip, 200, miss],
  hit('shodan_internetdb_1.1.1.1.recorded', internetdb, ip, {
    ports: [53, 80, 443, 2052, 2053, 2082, 2083, 2086, 2087, 8080, 8443],
    hostnames: ['wlc.inp-e.com', 'one.one.one.one', 'materguest.mater.org.au'],
    cpes: ['cpe:/a:cloudflare:cloudflare'],
    tags: [],
    vulns: [],
  }),
  ['shodan_internetdb_404', internetdb, ip, 404, miss],
  ['shodan_internetdb_404', internetdb, ip, 200, miss],
  hit('greynoise_community_malicious.recorded', greynoise, ip, {
    noise: true,
    riot: false,
    classification: 'malicious',
    last_seen: '2021-06-23',
    name: 'unknown',
  }),
  hit('greynoise_community_benign.recorded', greynoise, ip, {
    noise: false,
    riot: true,
    classification: 'benign',
    name: 'Google Public DNS',
    link: 'https://viz.greynoise.io/riot/8.8.8.8',
  }),
  ['greynoise_community_404.recorded', greynoise, ip, 404, miss],
  ['greynoise_429', greynoise, ip, 429, { state: 'limited', message: 'You have hit your daily rate limit' }],
  hit('greynoise_v2_context.recorded', greynoise, ip, {
    noise: true,
    classification: 'malicious',
    actor: 'unknown',
    vpn: true,
    vpn_service: 'dummy vpn',
    tags: ['MSSQL Bruteforcer', 'MSSQL Scanner', 'RDP Scanner'],
    tor: false,
    asn: 'AS4134',
    country: 'China',
    country_code: 'CN',
    city: 'Kunshan',
    organization: 'CHINANET jiangsu province network',
    os: 'Windows 7/8',
    first_seen: '2019-04-04',
  }),
  hit('greynoise_v3_ip.from-docs', greynoise, ip, {
    noise: true,
    riot: false,
    classification: 'malicious',
    vpn_service: 'NordVPN',
    tor: false,
    bot: false,
    tags: ['MSSQL Login Attempt'],
    cves: ['CVE-2021-44228'],
    asn: 'AS14061',
    category: 'hosting',
    country: 'United States',
    country_code: 'US',
    sensor_hits: 38_303,
    sensor_count: 5,
    spoofable: false,
    datacenter: 'DigitalOcean',
    last_seen: '2025-08-07',
  }),
  hit('greynoise_v3_riot.from-docs', greynoise, ip, {
    noise: false,
    riot: true,
    name: 'Google Public DNS',
    service_category: 'public_dns',
    trust_level: 1,
  }),
  hit('abuseipdb_check.from-docs', abuseipdb, ip, {
    abuseConfidenceScore: 100,
    totalReports: 1,
    numDistinctUsers: 1,
    isWhitelisted: false,
    isTor: false,
    countryCode: 'CN',
    domain: 'tencent.com',
    isp: 'Tencent Cloud Computing (Beijing) Co. Ltd',
    usageType: 'Data Center/Web Hosting/Transit',
    hostnames: [],
    lastReportedAt: '2018-12-20T20:55:14+00:00',
  }),
  [
    'abuseipdb_429.from-docs',
    abuseipdb,
    ip,
    429,
    { state: 'limited', message: expect.stringMatching(/^Daily rate limit of 1000 requests exceeded/) },
  ],
  hit('otx_general.shape', otx, ip, {
    pulse_count: 1,
    pulses: ['SSH honeypot brute force'],
    tags: ['bruteforce', 'ssh'],
    attack_ids: ['T1110'],
    adversaries: [],
    validation: [],
    asn: 'AS64500 EVIL-AS',
    country_code: 'RU',
    reputation: 0,
  }),
  hit('threatfox_search_ioc.shape', threatfox, ip, {
    malware: ['Cobalt Strike'],
    threat_types: ['botnet_cc'],
    iocs: ['203.0.113.9:443'],
    confidence: 75,
    first_seen: '2026-08-01 10:00:00 UTC',
    tags: ['CobaltStrike'],
    references: [],
    reporters: ['abuse_ch'],
  }),
];

test.skipIf(recordingsMissing).each(cases)(`%s is read${whyMissing}`, (name, kind, observable, status, expected) => {
  expect(kind.read({ status, body: recorded(name) }, observable)).toMatchObject(expected);
});

describe.skipIf(recordingsMissing)(`the answers for the honeypot's reports${whyMissing}`, () => {
  const folder = 'seed-cowrie/enrichment';
  const known: readonly AnalyzerKind[] = Object.values(analyzerKinds);

  /** By the name alone, as the folder of recorded answers is used. */
  function owners(name: string): readonly [AnalyzerKind, Observable][] {
    const value = name.slice(name.lastIndexOf('_') + 1);
    return known.flatMap((kind) =>
      kind.kinds
        .filter((each) => each === 'ip' || each === 'sha256')
        .flatMap((each): [AnalyzerKind, Observable][] => {
          const observable: Observable = { kind: each, value };
          return kind.fixture(observable) === name ? [[kind, observable]] : [];
        }),
    );
  }

  test.each(recordings(folder))('%s is the answer of one analyzer', (name) => {
    const [owner, ...others] = owners(name);
    expect(others).toEqual([]);
    if (owner === undefined) throw new Error('nobody would read it');
    const [kind, observable] = owner;
    expect(kind.read({ status: 200, body: recorded(name, folder) }, observable).state).toBe(
      kind === urlhaus ? 'miss' : 'hit',
    );
  });

  test('they have the facts that the reports print', () => {
    const facts = (name: string): Readonly<Record<string, unknown>> => {
      const [owner] = owners(name);
      if (owner === undefined) throw new Error(name);
      return factsOf(owner[0].read({ status: 200, body: recorded(name, folder) }, owner[1]));
    };
    expect(facts('isc_ip_45.79.54.105')).toEqual({
      asname: 'LINODE-AP Linode, LLC',
      ascountry: 'US',
      as: 63_949,
      network: '45.79.32.0/19',
      count: null,
      attacks: null,
      threatfeeds: [],
    });
    expect(facts('vt_file_bb4c8ee23103cd57741a1008552dae1038c17c505dd16f80571d795d91892cad')).toMatchObject({
      type_description: 'Perl',
      suggested_threat_label: 'trojan.perl/shellbot',
      first_submission_date: 1_684_135_689,
      malicious: 39,
      total: 61,
    });
    expect(facts('spur_43.154.116.34')).toEqual(recorded('spur_43.154.116.34', folder));
  });
});
