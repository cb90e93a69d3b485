// The packs of content/: each document is sound, and each table finds in its feed what is there. A feed is a recorded file
// of ../shared/data where there is one, and else lines in the form that its owner documents.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWorkspace } from '../content.ts';
import { fileOf } from '../content/lookup-files.ts';
import type { Problem } from '../core/problem.ts';
import { parsePack } from '../pack.ts';
import { parseLookup } from './document.ts';
import { loadTables } from './load.ts';
import { type LookupTable, openTable } from './table.ts';

const content = new URL('../../content/', import.meta.url);
const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const missing = existsSync(shared) ? '' : ' (skipped: there is no ../shared/data)';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-packs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function documents(of: 'lookups' | 'packs' | 'rules') {
  return readdirSync(new URL(`${of}/`, content))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => ({ name, text: readFileSync(new URL(`${of}/${name}`, content), 'utf8') }));
}
const packs = documents('packs').map(({ name, text }) => ({ name, ...parsePack(text, name) }));
const lookups = documents('lookups').map(({ name, text }) => ({ name, text, ...parseLookup(text, name) }));
const { fetched, problems } = await readWorkspace(
  folder,
  packs.map(({ name }) => name.replace('.yml', '')),
);

test('every document of a table and of a pack is sound', () => {
  expect([...packs, ...lookups].flatMap((document) => document.problems)).toEqual([]);
  expect(lookups.filter(({ lookup }) => lookup === undefined)).toEqual([]);
});
test('every pack brings what there is, and every table is in a pack', () => {
  const tables = lookups.map(({ lookup }) => lookup?.name ?? '');
  const members = new Set(packs.flatMap(({ pack }) => pack?.members ?? []));
  const others = ['rules', 'correlations', 'queries'].flatMap((kind) =>
    readdirSync(new URL(`${kind}/`, content)).map((name) => name.replace(/\.\w+$/, '')),
  );
  expect([...members].filter((member) => !tables.includes(member) && !others.includes(member))).toEqual([]);
  expect(others.filter((name) => !members.has(name))).toEqual([]);
  expect(tables.filter((name) => !members.has(name))).toEqual([]);
  expect(problems).toEqual([]);
});
test('a table is in the file of its name, and says where it is from and when to worry', () => {
  const names = lookups.map(({ name, lookup }) => [name, `${lookup?.name.toLowerCase()}.yml`]);
  expect(names.map(([name]) => name)).toEqual(names.map(([, wanted]) => wanted));
  const feeds = lookups.filter(({ lookup }) => lookup !== undefined && 'format' in lookup);
  const silent = feeds.filter(({ text }) => !/^Reference: https:/m.test(text) || !/AlarmPeriodMinutes/.test(text));
  expect(silent.map(({ name }) => name)).toEqual([]);
});
test("tables that public rules read are joined alike: by every event's addresses and by fields of the same log types", () => {
  const known = fetched.filter(({ definition }) => /^(tor_|greynoise_|ipinfo_(?!lite))/.test(definition.name));
  expect(known).toHaveLength(9);
  for (const { definition } of known) {
    expect(definition.selectors).toEqual(known[0]?.definition.selectors);
    expect(definition.selectors).toMatchObject({
      '*': ['p_any_ip_addresses'],
      'Zeek.Conn': ['id_orig_h', 'id_resp_h'],
    });
  }
});

const misp = (...list: readonly string[]): string => JSON.stringify({ name: 'a list', type: 'cidr', version: 1, list });
const mispFile = (name: string): string => `ip-lists/misp-warninglists/${name}.json`;

/** A file of ../shared/data as it is or as one line of JSON, or the text itself. */
type Feed = { readonly file: string } | { readonly line: string } | { readonly text: string };

/** By table: its feed, a value, and the row that is found for it or a part of that. */
const feeds: Readonly<Record<string, readonly [feed: Feed, value: string, row: Readonly<Record<string, unknown>>]>> = {
  tor_exit_nodes: [
    { file: 'enrichment-fixtures/tor_torbulkexitlist.format.txt' },
    '3.86.140.74',
    { ip: '3.86.140.74' },
  ],
  vpn_ranges_ipv4: [{ file: 'ip-lists/x4b-vpn-ipv4.txt' }, '2.26.157.9', { network: '2.26.157.0/24' }],
  vpn_ranges_ipv6: [{ file: 'ip-lists/x4b-vpn-ipv6.txt' }, '2001:550:1d05::9', { network: '2001:550:1d05::/48' }],
  datacenter_ranges_ipv4: [{ file: 'ip-lists/x4b-datacenter-ipv4.txt' }, '1.15.255.9', { network: '1.12.0.0/14' }],
  datacenter_ranges_ipv6: [{ text: '2001:41d0::/32\n' }, '2001:41D0:0:0::1', { network: '2001:41d0::/32' }],
  greynoise_noise: [
    { line: 'enrichment-fixtures/greynoise_v3_ip.from-docs.json' },
    '142.93.204.250',
    { internet_scanner_intelligence: { classification: 'malicious', vpn_service: 'NordVPN' } },
  ],
  greynoise_noise_basic: [
    { text: '{"ip":"192.0.2.1","classification":"benign","actor":"Shodan.io"}\n' },
    '192.0.2.1',
    { classification: 'benign', actor: 'Shodan.io' },
  ],
  greynoise_noise_advanced: [
    { line: 'enrichment-fixtures/greynoise_v2_context.recorded.json' },
    '71.6.135.131',
    { classification: 'malicious', vpn: true, metadata: { asn: 'AS4134', os: 'Windows 7/8' } },
  ],
  greynoise_riot_basic: [
    { text: '{"ip_cidr":"192.0.2.0/24","provider":{"name":"Example DNS"},"scan_time":"2026-08-01"}\n' },
    '192.0.2.53',
    { ip_cidr: '192.0.2.0/24', provider: { name: 'Example DNS' } },
  ],
  greynoise_riot_advanced: [
    { text: '{"ip_cidr":"192.0.2.53","provider":{"name":"Example DNS","trust_level":"1"}}\n' },
    '192.0.2.53',
    { provider: { name: 'Example DNS', trust_level: '1' } },
  ],
  // No file of the paid ones is recorded: another vendor's stands in, to see that a record is taken as it is.
  ipinfo_location: [{ file: 'mmdb/ipinfo_lite_sample.mmdb' }, '1.0.0.1', { country: 'Australia' }],
  ipinfo_asn: [{ file: 'mmdb/ipinfo_lite_sample.mmdb' }, '1.0.0.1', { asn: 'AS13335' }],
  ipinfo_privacy: [{ file: 'mmdb/GeoIP2-Anonymous-IP-Test.mmdb' }, '81.2.69.9', { is_anonymous: true }],
  ipinfo_lite: [
    { file: 'mmdb/ipinfo_lite_sample.mmdb' },
    '1.0.0.1',
    {
      asn: 'AS13335',
      as_name: 'Cloudflare, Inc.',
      as_domain: 'cloudflare.com',
      country_code: 'AU',
      continent: 'Oceania',
    },
  ],
  geolite2_city: [
    { file: 'mmdb/GeoLite2-City-Test.mmdb' },
    '2.125.160.217',
    {
      city: 'Boxford',
      country: 'GB',
      country_name: 'United Kingdom',
      continent: 'EU',
      region: 'England',
      region_code: 'ENG',
      postal_code: 'OX1',
      lat: '51.75',
      lng: '-1.25',
      accuracy_radius: 100,
      timezone: 'Europe/London',
    },
  ],
  geolite2_country: [
    { file: 'mmdb/GeoLite2-Country-Test.mmdb' },
    '81.2.69.142',
    { country: 'GB', country_name: 'United Kingdom', continent: 'EU', registered_country: 'US' },
  ],
  geolite2_asn: [{ file: 'mmdb/GeoLite2-ASN-Test.mmdb' }, '1.128.0.1', { asn: 'AS1221', name: 'Telstra Pty Ltd' }],
  urlhaus_urls: [
    { file: 'enrichment-fixtures/urlhaus_csv.format.txt' },
    'http://203.0.113.9:35512/bin.sh',
    { id: '3523721', threat: 'malware_download', tags: '32-bit,elf,mips,Mozi', url_status: 'online' },
  ],
  urlhaus_hosts: [
    { text: '# URLhaus Hostfile\r\n#\r\n127.0.0.1\tevil.example\r\n# END\r\n' },
    'Evil.Example',
    { domain: 'evil.example' },
  ],
  threatfox_iocs: [
    {
      text: JSON.stringify({
        12: [{ ioc_value: '203.0.113.9:443', ioc_type: 'ip:port', first_seen_utc: '2026-08-01 10:00:00' }],
        13: [{ ioc_value: 'c2.example', ioc_type: 'domain', first_seen_utc: '2026-08-01 10:00:00', tags: 'x,y' }],
      }),
    },
    'C2.example',
    { ioc_value: 'c2.example', ioc_type: 'domain', tags: 'x,y' },
  ],
  feodo_c2: [
    { file: 'enrichment-fixtures/feodo_ipblocklist.recorded.json' },
    '50.16.16.211',
    { port: 443, malware: 'QakBot', as_name: 'AMAZON-AES' },
  ],
  dshield_block: [
    { text: '# DShield.org Recommended Block List\n#\n192.0.2.0\t192.0.2.255\t24\t579\tEXAMPLE\tSG\ta@example.com\n' },
    '192.0.2.9',
    { network: '192.0.2.0/24', attacks: '579', name: 'EXAMPLE', country: 'SG', contact: 'a@example.com' },
  ],
  misp_public_dns_v4: [{ file: mispFile('public-dns-v4') }, '1.0.0.1', { cidr: '1.0.0.1' }],
  misp_public_dns_v6: [{ text: misp('2001:db8:53::/48') }, '2001:db8:53::9', { cidr: '2001:db8:53::/48' }],
  misp_amazon_aws: [{ text: misp('192.0.2.0/25') }, '192.0.2.9', { cidr: '192.0.2.0/25' }],
  misp_microsoft_azure: [{ text: misp('192.0.2.0/25') }, '192.0.2.9', { cidr: '192.0.2.0/25' }],
  misp_google_gcp: [{ text: misp('192.0.2.0/25') }, '192.0.2.9', { cidr: '192.0.2.0/25' }],
  misp_cloudflare: [{ text: misp('192.0.2.0/25') }, '192.0.2.9', { cidr: '192.0.2.0/25' }],
  misp_googlebot: [{ file: mispFile('googlebot') }, '192.178.4.9', { cidr: '192.178.4.0/24' }],
  misp_sinkholes: [{ file: mispFile('sinkholes') }, '104.244.12.9', { cidr: '104.244.12.0/22' }],
  misp_shodan: [{ file: mispFile('shodan-scanning') }, '134.209.95.237', { cidr: '134.209.95.237/32' }],
  misp_censys: [{ file: mispFile('censys-scanning') }, '162.142.125.9', { cidr: '162.142.125.0/24' }],
  misp_shadowserver: [{ file: mispFile('shadowserver') }, '162.249.64.9', { cidr: '162.249.64.0/21' }],
  misp_top_domains: [{ text: misp('example.com') }, 'EXAMPLE.com', { domain: 'example.com' }],
  misp_url_shorteners: [{ file: mispFile('url-shortener') }, 'bit.ly', { domain: 'bit.ly' }],
  misp_empty_hashes: [
    { file: mispFile('empty-hashes') },
    'D41D8CD98F00B204E9800998ECF8427E',
    { hash: 'd41d8cd98f00b204e9800998ecf8427e' },
  ],
  TrailDiscover: [
    { text: '[{"eventName":"CreateHostedZone","usedInWild":true,"mitreAttackTactics":["TA0040 - Impact"]}]' },
    'CreateHostedZone',
    { usedInWild: true, mitreAttackTactics: ['TA0040 - Impact'] },
  ],
};

const at = Date.parse('2026-09-01T00:00:00Z');
const refreshed = fetched.flatMap(({ definition, document, file }) =>
  'format' in document ? [{ definition, document, file }] : [],
);
const opened = new Map<string, { readonly table: LookupTable | undefined; readonly problems: readonly Problem[] }>();
beforeAll(async () => {
  if (missing !== '') return;
  const files = refreshed.flatMap(({ definition, document, file }) => {
    const [feed] = feeds[definition.name] ?? [];
    if (feed === undefined) return [];
    const path = 'file' in feed ? join(shared, feed.file) : join(folder, definition.name);
    if ('line' in feed) writeFileSync(path, JSON.stringify(JSON.parse(readFileSync(join(shared, feed.line), 'utf8'))));
    if ('text' in feed) writeFileSync(path, feed.text);
    return [fileOf(definition, document, { path, file })];
  });
  for (const [index, { table, problems: found }] of (await loadTables(files)).entries()) {
    const open = table === undefined ? undefined : openTable(table.definition, table.packed);
    opened.set(files[index]?.name ?? '', { table: open, problems: found });
  }
});

test('every table that is fetched has a feed here', () => {
  expect(Object.keys(feeds).toSorted()).toEqual(refreshed.map(({ definition }) => definition.name).toSorted());
});

test.skipIf(missing !== '').for(Object.entries(feeds))(
  `%s finds what is in its feed, to the last row${missing}`,
  ([name, [, value, row]]) => {
    const { table, problems: found } = opened.get(name) ?? {};
    expect(found).toEqual([]);
    expect(table?.find(value, at)).toMatchObject(row);
    expect(table?.find('192.0.3.1', at)).toBeUndefined();
  },
);

const listed = (name: string, value: string, time: string): boolean =>
  opened.get(name)?.table?.find(value, Date.parse(time)) !== undefined;
test.skipIf(missing !== '')(`a table whose rows have dates judges an event by its own time${missing}`, () => {
  expect(listed('feodo_c2', '50.16.16.211', '2025-12-30T13:56:30Z')).toBe(false);
  expect(listed('feodo_c2', '50.16.16.211', '2025-12-30T13:56:31Z')).toBe(true);
  expect(listed('urlhaus_urls', 'http://203.0.113.9:35512/bin.sh', '2026-08-21T05:51:06Z')).toBe(false);
  expect(listed('threatfox_iocs', 'c2.example', '2026-08-01T09:59:59Z')).toBe(false);
});

/** As Markdown, from the documents: a row per pack and table. */
function packsTable(): string {
  const rows = packs.flatMap(({ name, pack }) =>
    (pack?.members ?? []).flatMap((member) => {
      const { text = '', lookup } = lookups.find((document) => document.lookup?.name === member) ?? {};
      if (lookup === undefined || !('refresh' in lookup) || !('address' in lookup.refresh)) return [];
      const { address, periodMinutes = 60 } = lookup.refresh;
      const about = /^Description: >-\n((?: {2}.*\n)+)/m.exec(text)?.[1]?.trim().replaceAll(/\s+/g, ' ');
      const key = /\$\{(\w+)\}/.exec(address)?.[1];
      const every = periodMinutes < 1440 ? `${periodMinutes / 60} h` : `${periodMinutes / 1440} d`;
      const cells = [name.replace('.yml', ''), member, about, address.replace(/^file:\/\//, ''), key ?? '', every];
      const shown = cells.map((cell, index) => (cell !== '' && [0, 1, 3, 4].includes(index) ? `\`${cell}\`` : cell));
      return [`| ${shown.join(' | ')} |`];
    }),
  );
  return [
    '| pack | table | what it knows, and its licence | address | key | every |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

test('the page of the packs has every table, as its document says it (take what is expected into the page)', () => {
  const page = readFileSync(new URL('../../docs/reference/packs.md', import.meta.url), 'utf8');
  expect(/^\| pack [^]*?(?=\n\n)/m.exec(page)?.[0]).toBe(packsTable());
});
