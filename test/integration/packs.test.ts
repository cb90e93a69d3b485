// Packs through the program: a line of tocsin.yml each, feeds from a local server in place of their owners', and events whose
// p_enrichment has what the feeds say. The feeds are recorded files.

import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  alertsOf,
  makeWorkspace,
  type Program,
  push,
  startProgram,
  startTimeoutMs,
  until,
  type Workspace,
} from '../program.ts';

const shared = new URL('../../../shared/data/', import.meta.url);
const missing = existsSync(shared) ? '' : ' (skipped: there is no ../shared/data)';

const packs = 'tor, vpn, datacenter, maxmind, ipinfo-lite, ipinfo-privacy, feodo, dshield, known-scanners';
const served: Readonly<Record<string, string>> = {
  tor_exit_nodes: 'enrichment-fixtures/tor_torbulkexitlist.format.txt',
  vpn_ranges_ipv4: 'ip-lists/x4b-vpn-ipv4.txt',
  vpn_ranges_ipv6: 'ip-lists/x4b-vpn-ipv6.txt',
  datacenter_ranges_ipv4: 'ip-lists/x4b-datacenter-ipv4.txt',
  datacenter_ranges_ipv6: 'ip-lists/x4b-vpn-ipv6.txt',
  ipinfo_lite: 'mmdb/ipinfo_lite_sample.mmdb',
  feodo_c2: 'enrichment-fixtures/feodo_ipblocklist.recorded.json',
  misp_shodan: 'ip-lists/misp-warninglists/shodan-scanning.json',
  misp_censys: 'ip-lists/misp-warninglists/censys-scanning.json',
  misp_shadowserver: 'ip-lists/misp-warninglists/shadowserver.json',
  misp_googlebot: 'ip-lists/misp-warninglists/googlebot.json',
};
const files: Readonly<Record<string, string>> = {
  geolite2_city: 'mmdb/GeoLite2-City-Test.mmdb',
  geolite2_country: 'mmdb/GeoLite2-Country-Test.mmdb',
  geolite2_asn: 'mmdb/GeoLite2-ASN-Test.mmdb',
};

/** A feed that has turned into a web page, and those that are sound. */
const server: Server = createServer(({ url = '/' }, response) => {
  const file = served[url.slice(1)];
  if (file === undefined) response.end('<!doctype html><title>Gone</title>');
  else response.end(readFileSync(new URL(file, shared)));
});

let workspace: Workspace;
let program: Program;
beforeAll(async () => {
  if (missing !== '') return;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const addresses = [
    ...[...Object.keys(served), 'dshield_block'].map(
      (name) => `  ${name}: {address: 'http://127.0.0.1:${port}/${name}', allowPrivate: true}\n`,
    ),
    ...Object.entries(files).map(([name, file]) => `  ${name}: {address: '${new URL(file, shared).href}'}\n`),
  ];
  workspace = await makeWorkspace({
    'tocsin.yml': `name: packs
listen: 127.0.0.1:0
sources:
  - {id: push, type: http, schemas: [Zeek.Conn]}
packs: [${packs}]
lookups:
${addresses.join('')}`,
    'rules/from_tor.yml':
      'AnalysisType: rule\nRuleID: FromTor\nFilename: from_tor.py\nEnabled: true\nLogTypes: [Zeek.Conn]\nSeverity: High\n',
    'rules/from_tor.py': `import panther_tor_helpers

def rule(event):
    return panther_tor_helpers.TorExitNodes(event).has_exit_nodes()

def title(event):
    return "by Tor from " + panther_tor_helpers.TorExitNodes(event).ip_address("id_orig_h")
`,
  });
  program = await startProgram(workspace);
}, startTimeoutMs);
afterAll(async () => {
  await program?.stop();
  await workspace?.remove();
  server.close();
});

let sent = 0;
type Enrichment = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Of a connection at the time, epoch ms; undefined: it has none. */
async function enrichmentOf(from: string, to: string, time = Date.now()): Promise<Enrichment | undefined> {
  const uid = `C${++sent}`;
  const rest = { 'id.orig_p': 40_000, 'id.resp_p': 22, proto: 'tcp', conn_state: 'SF' };
  const record = { ts: time / 1000, uid, 'id.orig_h': from, 'id.resp_h': to, ...rest };
  const answer = await push(program, 'push', `${JSON.stringify(record)}\n`);
  expect(answer.status).toBe(200);
  const [row] = await until('the event is stored', async () => {
    const rows = await program.query(`SELECT p_enrichment FROM zeek_conn WHERE uid = '${uid}'`);
    return rows.length > 0 && rows;
  });
  const text = row?.['p_enrichment'];
  return typeof text === 'string' && text !== '' ? JSON.parse(text) : undefined;
}

/** Feeds come by and by. */
async function enrichmentWith(tables: readonly string[], from: string, to: string): Promise<Enrichment> {
  return until(`${tables.join(', ')} are there`, async () => {
    const found = await enrichmentOf(from, to);
    return found !== undefined && tables.every((table) => Object.hasOwn(found, table)) && found;
  });
}

test.skipIf(missing !== '')(
  `an event has the rows of every pack that knows its addresses${missing}`,
  async () => {
    const tables = ['tor_exit_nodes', 'geolite2_city', 'geolite2_country'];
    const visit = await enrichmentWith(tables, '3.86.140.74', '81.2.69.142');
    const exit = { ip: '3.86.140.74', p_match: '3.86.140.74' };
    expect(visit['tor_exit_nodes']).toEqual({ id_orig_h: exit, p_any_ip_addresses: [exit] });
    const place = { city: 'London', country: 'GB', lat: '51.5142', p_match: '81.2.69.142' };
    expect(visit['geolite2_city']).toMatchObject({ p_any_ip_addresses: [place] });

    const ranges = await enrichmentWith(['vpn_ranges_ipv4', 'datacenter_ranges_ipv4'], '2.26.157.9', '1.12.0.9');
    const vpn = { network: '2.26.157.0/24', p_match: '2.26.157.9' };
    expect(ranges).toEqual({
      vpn_ranges_ipv4: { p_any_ip_addresses: [vpn] },
      datacenter_ranges_ipv4: { p_any_ip_addresses: [{ network: '1.12.0.0/14', p_match: '1.12.0.9' }, vpn] },
    });

    const control = await enrichmentWith(['feodo_c2', 'misp_shodan'], '134.209.95.237', '50.16.16.211');
    expect(control['feodo_c2']).toMatchObject({ p_any_ip_addresses: [{ malware: 'QakBot', status: 'online' }] });

    const owner = await enrichmentWith(['ipinfo_lite'], '1.0.0.1', '10.0.0.1');
    expect(owner['ipinfo_lite']).toMatchObject({ p_any_ip_addresses: [{ asn: 'AS13335', country_code: 'AU' }] });
  },
  startTimeoutMs,
);

test.skipIf(missing !== '')(`a rule finds a pack's rows by the public helper${missing}`, async () => {
  await enrichmentWith(['tor_exit_nodes'], '101.99.92.179', '10.0.0.1');
  const alert = await until('the alert is there', async () => (await alertsOf(program))[0]);
  expect(alert).toMatchObject({ detection: 'FromTor', title: expect.stringMatching(/^by Tor from (101|3)\./) });
});

test.skipIf(missing !== '')(`an event from before a list was known is not judged by it${missing}`, async () => {
  expect(await enrichmentOf('3.86.140.74', '10.0.0.1', Date.now() - 30 * 86_400_000)).toBeUndefined();
});

test.skipIf(missing !== '')(`a feed that is a web page, and a key that is not set, are told${missing}`, async () => {
  await until('the page is refused', () => program.stderr().includes('lookup table dshield_block: '));
  expect(program.stderr()).toContain('the file is an HTML page, not data');
  expect(program.stderr()).toContain('IPINFO_TOKEN is not set in the environment');
});
