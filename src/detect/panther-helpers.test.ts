// The Python modules that read p_enrichment for public rules, each fact an assert inside a rule that real Python runs;
// and the rules of the article on enrichment, unmodified.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../core/event.ts';
import { batchOf, pythonRule } from './python-host.suite.ts';
import { type PythonRules, startPythonRules } from './python-host.ts';
import type { PythonTest } from './python-rule.ts';
import { testRules } from './test-runner.ts';

type Fields = { readonly [name: string]: Json | undefined };

/** Each line must be true for the event `e`. */
interface Facts {
  readonly imports: string;
  readonly event: Fields;
  readonly lines: string;
}

const noise = {
  ip: '142.93.204.250',
  classification: 'malicious',
  actor: 'unknown',
  bot: true,
  cve: ['CVE-2021-44228', 'CVE-2023-1'],
  first_seen: '2022-03-19',
  last_seen_timestamp: '2022-04-06 10:11:12',
  metadata: { asn: 'AS14061', city: 'North Bergen', tor: false, os: 'Linux' },
  tags: ['Mirai', 'ZMap Client'],
  vpn: false,
  vpn_service: 'N/A',
  p_match: '142.93.204.250',
};
const otherNoise = {
  ...noise,
  ip: '192.0.2.9',
  classification: 'benign',
  bot: false,
  cve: [],
  first_seen: '2021-01-01',
  last_seen_timestamp: '2022-04-01',
};
const riot = {
  ip_cidr: '142.93.204.0/24',
  provider: { name: 'Some Cloud', category: 'cloud', trust_level: '1' },
  scan_time: '2023-05-12 05:11:04.679962758',
  p_match: '142.93.204.250',
};
const scanner = {
  found: true,
  actor: 'alphastrike',
  classification: 'malicious',
  bot: false,
  cves: ['CVE-2021-44228'],
  first_seen: '2024-01-02',
  last_seen_timestamp: 'nonsense',
  metadata: { asn: 'AS14061', source_country: 'Germany', mobile: true, os: 'Linux', rdns: 'a.example' },
  tags: [{ id: 't', name: 'Log4j Scanner' }, 'plain'],
  tor: true,
  vpn: false,
  vpn_service: '',
};
const v3 = {
  ip: '142.93.204.250',
  internet_scanner_intelligence: scanner,
  business_service_intelligence: { found: false },
  p_match: '142.93.204.250',
};
const v3Business = {
  ip: '8.8.8.8',
  internet_scanner_intelligence: { found: false },
  business_service_intelligence: { found: true, name: 'Google DNS', trust_level: '1', last_updated: '2024-05-06' },
  p_match: '8.8.8.8',
};
const location = {
  city: 'Constantinople',
  country: 'Byzantium',
  lat: '41.0',
  lng: '28.97',
  postal_code: 'NA',
  region: 'Asia Minor',
  region_code: '1',
  timezone: 'GMT+03:00',
  p_match: '203.0.113.7',
};
const asn = {
  asn: 'AS0',
  domain: 'e.example',
  name: 'Empire',
  route: '203.0.113.0/24',
  type: 'isp',
  p_match: '203.0.113.7',
};

const greynoise = 'from panther_greynoise_helpers import *\n';
const ipinfo = 'from panther_ipinfo_helpers import *\n';

const facts: Readonly<Record<string, Facts>> = {
  'lookups of rows, lists, dotted selectors and values': {
    imports: 'from panther_lookuptable_helpers import LookupTableMatches\n',
    event: {
      p_enrichment: {
        t: {
          'client.ipAddress': { n: 1, deep: { er: 2 }, p_match: '10.0.0.1' },
          sourceIPs: [{ n: 3, p_match: '10.0.0.3' }, null, { n: 4, p_match: '10.0.0.4' }],
          broken: 'text',
        },
        u: { sourceIPs: [{ m: 5, p_match: '10.0.0.3' }] },
        bare: ['10.0.0.9'],
        unmarked: { a: { n: 1 } },
        p_any_ip_addresses: { a: { p_match: '10.0.0.3' } },
      },
    },
    lines: `t._lookup('client.ipAddress', 'n') == 1 and t._lookup('client.ipAddress', 'deep', 'er') == 2
t._lookup('sourceIPs', 'n') == [3, None, 4] and t._lookup('sourceIPs')[0]['n'] == 3
t._lookup('10.0.0.4', 'n') == 4 and t._lookup('10.0.0.1', 'n') == 1
t._lookup('nope') is None and table('unmarked')._lookup(None, 'n') is None and t._lookup('broken', 'n') is None
table('none')._lookup('x') is None and table('bare')._lookup('10.0.0.9') is None and table('bare').lut_matches
LookupTableMatches().p_matches(e, '10.0.0.3') == {'t': {'n': 3, 'p_match': '10.0.0.3'}, 'u': {'m': 5, 'p_match': '10.0.0.3'}}
t.p_matches(e, '10.0.0.9') == {} and t.p_matched == {}
t.p_matches(None, None) == {} and t.p_matches({}) == {} and t.p_matches({'p_enrichment': {'x': None}}, 'y') == {}`,
  },
  'Tor exit nodes': {
    imports: 'import datetime\nfrom panther_tor_helpers import TorExitNodes\n',
    event: { p_enrichment: { tor_exit_nodes: { one: { ip: '1.2.3.4' }, p_any_ip_addresses: [{ ip: '5.6.7.8' }] } } },
    lines: `TorExitNodes(e).has_exit_nodes() and not TorExitNodes({}).has_exit_nodes()
TorExitNodes(e).ip_address('one') == '1.2.3.4' and TorExitNodes(e).ip_address('p_any_ip_addresses') == ['5.6.7.8']
TorExitNodes(e).url('p_any_ip_addresses')[0].startswith('https://metrics.torproject.org/exonerator.html?ip=5.6.7.8&timestamp=20')
TorExitNodes(e).url('one').endswith('&timestamp=' + datetime.date.today().isoformat() + '&lang=en')
TorExitNodes(e).context('one') == {'IP': '1.2.3.4', 'ExoneraTorURL': TorExitNodes(e).url('one')}
TorExitNodes(e).context('nope') == {} and TorExitNodes(e).url('nope') is None
TorExitNodes({'p_enrichment': {'tor_exit_nodes': ['1.2.3.4']}}).has_exit_nodes()`,
  },
  'GreyNoise, basic': {
    imports: greynoise,
    event: { p_enrichment: { greynoise_noise_basic: { a: noise, '192.0.2.9': otherNoise }, greynoise_riot_basic: {} } },
    lines: `type(GetGreyNoiseObject(e)) is GreyNoiseBasic and type(GetGreyNoiseRiotObject(e)) is GreyNoiseRIOTBasic
GreyNoiseBasic(e).subscription_level() == 'basic' and GreyNoiseBasic({}).lut_matches is None
GreyNoiseBasic(e).classification('a') == 'malicious' and GreyNoiseBasic(e).actor('a') == 'unknown'
GreyNoiseBasic(e).classification('192.0.2.9') == 'benign' and GreyNoiseBasic(e).classification('nope') is None
GreyNoiseBasic(e).context('a') == {'IP': '142.93.204.250', 'Classification': 'malicious', 'Actor': 'unknown', 'GreyNoise_URL': 'https://www.greynoise.io/viz/ip/142.93.204.250'}
GreyNoiseBasic(e).url('nope') is None and GreyNoiseBasic({}).ip_address('a') is None
fails(PantherGreyNoiseException, lambda: GreyNoiseBasic(e).is_tor('a')) and fails(AttributeError, lambda: GreyNoiseBasic(e).nope)
fails(PantherGreyNoiseException, lambda: GreyNoiseRIOTBasic(e).trust_level('a'))
GreyNoiseSeverity(e, 'a') == 'CRITICAL' and GreyNoiseSeverity(e, '192.0.2.9') == 'LOW' and GreyNoiseSeverity(e, 'nope', 'HIGH') == 'HIGH'
not GreyNoiseRIOTBasic(e).is_riot('a') and GreyNoiseSeverity({}, 'a') == 'MEDIUM'`,
  },
  'GreyNoise, advanced': {
    imports: `${greynoise}import datetime\n`,
    event: {
      p_enrichment: {
        greynoise_noise_advanced: { a: noise, several: [otherNoise, noise] },
        greynoise_riot_advanced: { b: riot, c: [riot] },
      },
    },
    lines: `type(GetGreyNoiseObject(e)) is GreyNoiseAdvanced and type(GetGreyNoiseRiotObject(e)) is GreyNoiseRIOTAdvanced
GetGreyNoiseObject(e).subscription_level() == 'advanced'
n.is_bot('a') is True and n.is_tor('a') is False and n.is_vpn('a') is False and n.is_spoofable('a') is False
n.cve_list('a') == ['CVE-2021-44228', 'CVE-2023-1'] and n.cve_string('a', 1) == 'CVE-2021-44228' and n.cve_list('nope') == []
n.tags_list('a') == ['Mirai', 'ZMap Client'] and n.tags_string('a') == 'Mirai ZMap Client'
n.first_seen('a') == datetime.datetime(2022, 3, 19) and n.last_seen('a') == datetime.datetime(2022, 4, 6, 10, 11, 12)
n.first_seen('several') == datetime.datetime(2021, 1, 1) and n.last_seen('several') == n.last_seen('a') and n.first_seen('nope') is None
n.asn('a') == 'AS14061' and n.city('several') == ['North Bergen', 'North Bergen'] and n.operating_system('a') == 'Linux'
n.is_bot('several') is True and n.is_tor('several') is False and n.url('several')[0] == 'https://www.greynoise.io/viz/ip/192.0.2.9'
n.context('a')['Tags'] == ['Mirai', 'ZMap Client'] and n.context('a')['Metadata']['asn'] == 'AS14061' and n.context('a')['VPN'] == 'N/A'
GreyNoiseSeverity(e, 'a') == 'CRITICAL' and GreyNoiseSeverity(e, 'several') == 'CRITICAL' and GreyNoiseSeverity(e, 'b') == 'INFO'
r.is_riot('b') is True and r.is_riot('c') is True and r.is_riot('a') is False and r.ip_address('b') == '142.93.204.0/24'
r.url('b') == 'https://www.greynoise.io/viz/ip/142.93.204.0' and r.url('c') == [r.url('b')]
r.last_updated('b') == datetime.datetime(2023, 5, 12, 5, 11, 4, 679962) and r.trust_level('b') == '1' and r.category('c') == ['cloud']
r.context('b')['Provider Data']['name'] == 'Some Cloud' and r.context('b')['Is_RIOT'] is True and r.name('b') == 'Some Cloud'`,
  },
  'GreyNoise, V3': {
    imports: greynoise,
    event: {
      p_enrichment: {
        our_noise: { src: v3, p_any_ip_addresses: [v3Business, v3], dns: v3Business },
        x_noise: { y: { ip: '' } },
      },
    },
    lines: `s.classification('src') == 'malicious' and s.found('src') is True and s.actor('src') == 'alphastrike'
s.classification('142.93.204.250') == 'malicious' and s.classification('p_any_ip_addresses') == [None, 'malicious']
s.is_tor('src') is True and s.is_bot('src') is False and s.is_mobile('src') is True and s.is_tor('dns') is False
s.cve_list('src') == ['CVE-2021-44228'] and s.cve_string('p_any_ip_addresses') == 'CVE-2021-44228' and s.cve_list('nope') == []
s.tag_names('src') == ['Log4j Scanner', 'plain'] and s.tag_names_string('p_any_ip_addresses', 1) == 'Log4j Scanner'
str(s.first_seen('src')) == '2024-01-02 00:00:00' and s.last_seen('src') is None and s.first_seen('dns') is None
s.source_country('src') == 'Germany' and s.rev_dns('src') == 'a.example' and s.metadata('src')['os'] == 'Linux'
b.found('dns') is True and b.found('src') is False and b.name('dns') == 'Google DNS' and str(b.last_updated('dns'))[:10] == '2024-05-06'
b.context('dns') == {'Found': True, 'IP': '8.8.8.8', 'Name': 'Google DNS', 'Category': None, 'TrustLevel': '1', 'GreyNoise_URL': 'https://www.greynoise.io/viz/ip/8.8.8.8'}
greynoise_v3_severity(e, 'src') == 'CRITICAL' and greynoise_v3_severity(e, 'dns') == 'INFO' and greynoise_v3_severity(e, 'nope') == 'MEDIUM'
greynoise_v3_severity(e, 'p_any_ip_addresses') == 'CRITICAL' and greynoise_v3_severity({}, 'src', 'LOW') == 'LOW'
greynoise_v3_alert_context(e, 'src')['ASN'] == 'AS14061' and greynoise_v3_alert_context(e, 'src')['LastSeen'] is None and greynoise_v3_alert_context(e, 'src')['FirstSeen'] == '2024-01-02 00:00:00'
'BusinessService' not in greynoise_v3_alert_context(e, 'src') and greynoise_v3_alert_context(e, 'dns')['BusinessService']['Found']
get_greynoise_v3_object({'p_enrichment': {'z_noise': {'q': {'internet_scanner_intelligence': {'found': True}}}}}).found('q')
get_greynoise_v3_business_service_object({'p_enrichment': {'z_noise': {'q': [{'business_service_intelligence': {'found': True}}]}}}).found('q')
get_greynoise_v3_object({}) is None and get_greynoise_v3_business_service_object({}) is None and greynoise_v3_alert_context({}, 'src') == {}
GreyNoiseV3ScannerIntelligence(e, lut_name='x_noise').classification('y') is None and GreyNoiseV3ScannerIntelligence({}).url('y') is None
(GetGreyNoiseV3Object, GetGreyNoiseV3BusinessServiceObject) == (get_greynoise_v3_object, get_greynoise_v3_business_service_object)
GreyNoiseSeverityDecode('benign', 'x') == 'LOW' and SeverityGreaterThan('HIGH', 'LOW') and GreyNoiseV3Severity is greynoise_v3_severity`,
  },
  IPinfo: {
    imports: ipinfo,
    event: {
      src: '198.51.100.1',
      p_enrichment: {
        ipinfo_location: { src: location, 'client.ipAddress': location },
        ipinfo_asn: { src: asn, 'client.ipAddress': asn },
        ipinfo_privacy: { src: { vpn: true, tor: false, service: 'VPN Gate' }, ips: [{ vpn: true }, { vpn: false }] },
      },
    },
    lines: `IPInfoLocation(e).city('src') == 'Constantinople' and IPInfoLocation(e).latitude('client.ipAddress') == '41.0'
get_ipinfo_location(e).context('src') == {'City': 'Constantinople', 'Country': 'Byzantium', 'Latitude': '41.0', 'Longitude': '28.97', 'PostalCode': 'NA', 'Region': 'Asia Minor', 'RegionCode': '1', 'Timezone': 'GMT+03:00'}
get_ipinfo_asn(e).context('src') == {'ASN': 'AS0', 'Domain': 'e.example', 'Name': 'Empire', 'Route': '203.0.113.0/24', 'Type': 'isp'}
IPInfoPrivacy(e).vpn('ips') == [True, False] and get_ipinfo_privacy(e).context('src')['Service'] == 'VPN Gate'
get_ipinfo_location({}) is None and get_ipinfo_asn({}) is None and get_ipinfo_privacy({}) is None and IPInfoASN({}).type('src') is None
geoinfo_from_ip(e, 'src') == {'ip': '198.51.100.1', 'city': 'Constantinople', 'region': 'Asia Minor', 'country': 'Byzantium', 'loc': '41.0,28.97', 'org': 'AS0 Empire', 'postal': 'NA', 'timezone': 'GMT+03:00'}
geoinfo_from_ip(e, 'client.ipAddress')['ip'] == '203.0.113.7'
geoinfo_from_ip_formatted(e, 'src') == '198.51.100.1 in Constantinople, Asia Minor in Byzantium'
fails(PantherIPInfoException, lambda: geoinfo_from_ip(e, 'nope')) and fails(PantherIPInfoException, lambda: geoinfo_from_ip({}, 'src'))
fails(PantherIPInfoException, lambda: geoinfo_from_ip(e, None))
4105 < km_between_ipinfo_loc({'lat': '40.71427', 'lng': '-74.00597'}, {'lat': '37.77493', 'lng': '-122.41942'}) < 4147
km_between_ipinfo_loc({'lat': 0, 'lng': 0}, {'lat': 0, 'lng': 180}) > 20000 and km_between_ipinfo_loc(e, {'lat': 1, 'lng': 1}) is None
km_between_ipinfo_loc({'lat': 'x', 'lng': 1}, {'lat': 1, 'lng': 1}) is None`,
  },
  "MISP's warning lists": {
    imports: 'from panther_misp_helpers import MISPWarningLists, get_misp_warning_lists\n',
    event: {
      p_enrichment: {
        misp_warning_lists: {
          p_any_ip_addresses: [
            { cidr: '52.0.0.0/8', warning_lists: [{ id: 'amazon-aws', name: 'Amazon' }], p_match: '52.1.2.3' },
            { cidr: '8.8.8.0/24', p_match: '8.8.8.8' },
          ],
          src: { cidr: '1.1.1.0/24', warning_lists: [{ id: 'cloudflare' }], p_match: '1.1.1.1' },
        },
      },
    },
    lines: `get_misp_warning_lists(e).has_warning_list_id('52.1.2.3', 'amazon-aws') is True
get_misp_warning_lists(e).has_warning_list_id('8.8.8.8', 'amazon-aws') is False
MISPWarningLists(e).has_warning_list_id('1.1.1.1', 'cloudflare') is True and MISPWarningLists({}).has_warning_list_id('1.1.1.1', 'x') is False
MISPWarningLists(e).cidr('p_any_ip_addresses') == ['52.0.0.0/8', '8.8.8.0/24'] and MISPWarningLists(e).warning_lists('src')[0]['id'] == 'cloudflare'
get_misp_warning_lists({}) is None`,
  },
};

/** Short names for what many lines ask. */
const shorthands = `def fails(kind, call):
  try:
    call()
  except kind:
    return True
  return False
def named(e):
  names = globals()
  if 'LookupTableMatches' in names:
    def table(name):
      matches = LookupTableMatches()
      matches._register(e, name)
      return matches
    names.update(table=table, t=table('t'))
  if 'GreyNoiseAdvanced' in names:
    names.update(n=GreyNoiseAdvanced(e), r=GreyNoiseRIOTAdvanced(e))
    names.update(s=get_greynoise_v3_object(e), b=get_greynoise_v3_business_service_object(e))
`;

describe('Python modules for enrichment', () => {
  let rules: PythonRules;
  beforeAll(async () => {
    rules = await startPythonRules({
      rules: Object.entries(facts).map(([name, { imports, lines }]) => {
        const asserts = lines
          .split('\n')
          .map((line) => `  if not (${line}): wrong.append(${JSON.stringify(line)})\n`)
          .join('');
        const source = `${imports}${shorthands}def rule(e):\n  named(e)\n  wrong = []\n${asserts}  assert not wrong, wrong\n  return True`;
        return pythonRule(name, name, source);
      }),
      modules: [],
      models: [],
    });
  });
  afterAll(() => rules.close());

  test('load', () => expect(rules.problems).toEqual([]));
  test.each(Object.entries(facts))('%s', async (name, { event }) => {
    const signals = await rules.run(batchOf(name, event));
    expect(signals.map(({ error }) => error)).toEqual([undefined]);
  });
});

/** It matches where a title is expected. */
function testOf(name: string, log: Fields, title?: string): PythonTest {
  return { name, match: title !== undefined, log, mocks: [], ...(title && { title }) };
}

const article = new URL('../../../shared/seeds/3-enrichment.txt', import.meta.url);
const missing = existsSync(article) ? '' : ' (skipped: ../shared with the articles is missing)';

test.skipIf(missing !== '')(
  `the rules of the article run unmodified on enrichment in its shape${missing}`,
  async () => {
    const text = await readFile(article, 'utf8');
    const blocks = [...text.matchAll(/```python\n([^`]*)```/g)].map(([, code = '']) => code);
    const block = (words: string): string => blocks.find((code) => code.includes(words)) ?? '';
    const [, shown = ''] = /```json\n([^`]*)```/.exec(text) ?? [];
    // The article shows a member of the event, with its comma.
    const { p_enrichment: tor }: { p_enrichment?: Json } = JSON.parse(`{${shown.trim().replace(/,$/, '')}}`);

    const ssh = { id_orig_h: '3.86.140.74', id_resp_p: 22, conn_state: 'S0', history: 'ScADCc' };
    const said = (classification: string): Json => ({
      greynoise_noise_basic: { id_orig_h: { ip: ssh.id_orig_h, classification, p_match: ssh.id_orig_h } },
    });
    const torTitle = 'SSH Connection Established from TOR Exit Node (3.86.140.74)';
    const rules = [
      pythonRule('Tor', 'Zeek.Conn', block('connection_from_tor ='), {
        tests: [
          testOf('from an exit', { ...ssh, p_enrichment: tor }, torTitle),
          testOf('from elsewhere', ssh),
          testOf('not SSH', { ...ssh, id_resp_p: 443, p_enrichment: tor }),
        ],
      }),
      pythonRule('GreyNoise', 'Zeek.Conn', block('p_greynoise_h.GreyNoiseBasic'), {
        tests: [
          testOf(
            'malicious',
            { ...ssh, p_enrichment: said('malicious') },
            'SSH Connection Established from Malicious IP 3.86.140.74',
          ),
          testOf('benign', { ...ssh, p_enrichment: said('benign') }),
          testOf('not listed', { ...ssh, p_enrichment: tor }),
        ],
      }),
    ];
    const source = block('# zeek_helpers.py');
    const modules = [{ name: 'zeek_helpers', file: 'helpers/zeek_helpers.py', source }];
    const failed: Record<string, unknown> = {};
    const run = testRules({ typescript: [], python: { rules, modules, models: [] } });
    for await (const { rule, problems, tests } of run) {
      failed[rule] = [...problems, ...tests.filter(({ passed }) => !passed)];
    }
    expect(failed).toEqual({ Tor: [], GreyNoise: [] });
  },
);
