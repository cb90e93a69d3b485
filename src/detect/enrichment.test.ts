import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Enriched, enrichmentRows, greyNoise, ipinfo, isTorExit } from './enrichment.ts';
import { testRules } from './test-runner.ts';

const address = '192.0.2.7';
const other = '192.0.2.8';

/** An event as a test of a rule may carry it: of any shape. */
function eventWith(p_enrichment: unknown): Enriched {
  const event: Enriched = JSON.parse(JSON.stringify({ p_enrichment }));
  return event;
}

describe('rows', () => {
  const event = eventWith({
    t: {
      src: { n: 1, p_match: address },
      'client.ipAddress': { n: 2 },
      ips: [{ n: 3, p_match: other }, null, 'text', { n: 4, p_match: address }],
    },
    bare: [address],
    text: address,
    none: null,
  });
  const numbers = (table: string, selector?: string) => enrichmentRows(event, table, selector).map((row) => row['n']);

  test('of a selector', () => expect(numbers('t', 'src')).toEqual([1]));
  test('of a selector with dots', () => expect(numbers('t', 'client.ipAddress')).toEqual([2]));
  test('of a selector of many values', () => expect(numbers('t', 'ips')).toEqual([3, 4]));
  test('of a value', () => expect([numbers('t', other), numbers('t', address)]).toEqual([[3], [1]]));
  test('of all selectors', () => expect(numbers('t')).toEqual([1, 2, 3, 4]));
  test('of nothing', () => {
    for (const table of ['bare', 'text', 'none', 'nope', '__proto__', 'constructor'])
      expect(numbers(table)).toEqual([]);
    for (const selector of ['nope', '', '__proto__', 'constructor', 'toString']) {
      expect(numbers('t', selector)).toEqual([]);
    }
    for (const strange of [undefined, null, 'text', [1], 5])
      expect(enrichmentRows(eventWith(strange), 't')).toEqual([]);
    expect(enrichmentRows({}, 't', 'src')).toEqual([]);
  });
});

test('a Tor exit is one by its selector, or by any', () => {
  const event = eventWith({ tor_exit_nodes: { id_orig_h: { ip: address } }, p_any_ip_addresses: [address] });
  expect([isTorExit(event), isTorExit(event, 'id_orig_h'), isTorExit(event, 'id_resp_h'), isTorExit({})]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

describe('GreyNoise', () => {
  const nothing = { actor: '', tags: [], cves: [], bot: false, tor: false, vpn: false, spoofable: false, service: '' };

  test('of the basic table, without p_match', () => {
    const event = eventWith({ greynoise_noise_basic: { src: { ip: address, classification: 'malicious' } } });
    expect(greyNoise(event, 'src')).toEqual([{ ...nothing, address, classification: 'malicious' }]);
    expect(greyNoise(event, 'dst')).toEqual([]);
    expect(greyNoise({}, 'src')).toEqual([]);
  });
  test('of the advanced tables, by address', () => {
    const noise = { ip: address, classification: 'benign', tags: ['Mirai'], cve: 'CVE-1', bot: true, vpn: 'true' };
    const event = eventWith({
      greynoise_noise_advanced: { ips: [{ ...noise, metadata: { tor: true }, p_match: address }] },
      greynoise_riot_advanced: {
        ips: [
          { ip_cidr: '192.0.2.8/31', provider: { name: 'DNS' }, p_match: other },
          { ip_cidr: '192.0.2.0/24', provider: { name: 'Cloud' }, p_match: address },
        ],
      },
    });
    expect(greyNoise(event, 'ips')).toEqual([
      {
        ...nothing,
        address,
        classification: 'benign',
        tags: ['Mirai'],
        cves: ['CVE-1'],
        bot: true,
        tor: true,
        vpn: true,
        service: 'Cloud',
      },
      { ...nothing, address: other, classification: '', service: 'DNS' },
    ]);
    expect(greyNoise(event, other).map(({ service }) => service)).toEqual(['DNS']);
  });
  test('of the table of the third API, whatever it is called', () => {
    const scanner = {
      classification: 'suspicious',
      actor: 'a',
      cves: ['CVE-2'],
      tags: [{ name: 'SSH' }],
      spoofable: true,
    };
    const row = { ip: address, internet_scanner_intelligence: scanner, business_service_intelligence: { name: 'B' } };
    expect(greyNoise(eventWith({ our_noise: { src: { ...row, p_match: address } } }), 'src')).toEqual([
      {
        ...nothing,
        address,
        classification: 'suspicious',
        actor: 'a',
        cves: ['CVE-2'],
        tags: ['SSH'],
        spoofable: true,
        service: 'B',
      },
    ]);
  });
});

test('IPinfo puts its tables together by address', () => {
  const event = eventWith({
    ipinfo_location: {
      ips: [
        { city: 'Athens', country: 'GR', lat: '37.98', lng: 23.5, p_match: address },
        { city: 'Nowhere', lat: '', lng: 'x', p_match: other },
      ],
    },
    ipinfo_asn: { ips: [{ asn: 'AS64496', name: 'Net', domain: 'n.example', type: 'isp', p_match: other }] },
    ipinfo_privacy: { ips: [{ vpn: true, hosting: 'true', tor: 'false', service: 'V', p_match: address }] },
  });
  expect(ipinfo(event, 'ips')).toMatchObject([
    { address, city: 'Athens', country: 'GR', latitude: 37.98, longitude: 23.5, asn: '', vpn: true, hosting: true },
    { address: other, city: 'Nowhere', latitude: undefined, longitude: undefined, asn: 'AS64496', asName: 'Net' },
  ]);
  expect(ipinfo(event, address)).toMatchObject([{ address, tor: false, proxy: false, service: 'V', timezone: '' }]);
  expect(ipinfo(event, 'nope')).toEqual([]);
});

test('rules import them as `tocsin`', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-enrichment-'));
  const path = join(folder, 'ssh.ts');
  await writeFile(
    path,
    `import { enrichmentRows, greyNoise, ipinfo, isTorExit, lookup, rule } from 'tocsin';
export default rule({
  id: 'A.B',
  logTypes: ['Zeek.Conn'],
  severity: 'High',
  match: (event) => lookup(event, 'owners', 'a')?.['who'] === 'Ann' || isTorExit(event, 'id_orig_h') && greyNoise(event, 'id_orig_h').length === 0,
  title: (event) => \`\${enrichmentRows(event, 'tor_exit_nodes')[0]?.['ip']} \${ipinfo(event, 'id_orig_h').length}\`,
  tests: [
    {
      name: 'an exit',
      event: { p_enrichment: { tor_exit_nodes: { id_orig_h: { ip: '${address}' } } } },
      match: true,
      title: '${address} 0',
    },
    { name: 'none', event: {}, match: false },
    { name: 'asked', event: { _mocked_lookup_data_: { owners: { a: { who: 'Ann' } } } }, match: true },
  ],
});
`,
  );
  try {
    const python = { rules: [], modules: [], models: [] };
    const tests: unknown[] = [];
    for await (const report of testRules({ typescript: [{ path, name: 'ssh.ts' }], python })) {
      tests.push(...report.problems, ...report.tests.map(({ name, passed }) => ({ name, passed })));
    }
    expect(tests).toEqual([
      { name: 'an exit', passed: true },
      { name: 'none', passed: true },
      { name: 'asked', passed: true },
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
