// What the product is measured with: a workspace of fifty TypeScript rules for each log type, a lookup table of ten
// thousand networks and one of a hundred thousand addresses; where it is asked for, the tables that people switch on first
// as well: Tor, VPN, GeoIP. Made anew for each run; the same every time.

import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LogName } from './generate.ts';
import { lookupTable, type LookupTableName } from './lookup-tables.ts';
import { copySigmaRules } from './sigma-rules.ts';

export const logTypes: Readonly<Record<LogName, string>> = {
  nginx: 'Nginx.Access',
  sshd: 'Linux.Auth',
  zeek: 'Zeek.Conn',
  windows: 'Windows.EventLogs',
};

/** The field that is looked up, exactly and by network. */
const addressFields: Readonly<Record<LogName, string>> = {
  nginx: 'remoteAddr',
  sshd: 'source_ip',
  zeek: 'id_orig_h',
  windows: 'DestinationIp',
};

/** Those that Tor's table is joined to besides the event's indicators, as by the pack. */
const torFields: Readonly<Record<LogName, readonly string[]>> = {
  nginx: ['remoteAddr'],
  sshd: ['source_ip'],
  zeek: ['id_orig_h', 'id_resp_h'],
  windows: ['DestinationIp'],
};

const rulesPerLogType = 50;
const networks = 10_000;
const addresses = 100_000;

/** Conditions as people write them: compare, look into text, combine. Nearly none of the lines matches. */
const conditions: Readonly<Record<LogName, readonly ((n: number) => string)[]>> = {
  nginx: [
    (n) => `event.status === ${510 + n}`,
    (n) => `event.status === 500 && event.request.includes('/nothing-${n}/')`,
    (n) => `event.httpUserAgent !== undefined && event.httpUserAgent.startsWith('scanner-${n}')`,
    (n) => `event.remoteAddr === '203.0.113.${n}'`,
    (n) => `event.bodyBytesSent > ${10_000_000 + n} && event.request.startsWith('POST')`,
  ],
  sshd: [
    (n) => `event.action === 'ssh_login' && event.user === 'nobody-${n}'`,
    (n) => `event.outcome === 'success' && event.source_ip === '203.0.113.${n}'`,
    (n) => `event.program === 'sudo-${n}'`,
    (n) => `event.message.includes('key exchange ${n}')`,
    (n) => `event.source_port === ${n}`,
  ],
  zeek: [
    (n) => `event.id_resp_p === ${60_000 + n} && event.conn_state === 'SF'`,
    (n) => `event.id_orig_h === '203.0.113.${n}'`,
    (n) => `event.service === 'service-${n}'`,
    (n) => `event.resp_bytes > ${10_000_000 + n} && event.proto === 'tcp'`,
    (n) => `event.history !== undefined && event.history.startsWith('${'Q'.repeat((n % 5) + 1)}')`,
  ],
  windows: [
    (n) => `event.EventID === ${9000 + n}`,
    (n) => `event.CommandLine !== undefined && event.CommandLine.includes('nothing-${n}')`,
    (n) => `event.Image !== undefined && event.Image.endsWith('\\\\tool-${n}.exe')`,
    (n) => `event.EventID === 4624 && event.TargetUserName === 'nobody-${n}'`,
    (n) => `event.DestinationIp === '203.0.113.${n}'`,
  ],
};

export interface BenchWorkspace {
  readonly folder: string;
  readonly source: string;
}

/** Tables that people switch on first, or SigmaHQ's rules. */
export type WorkspaceExtra = 'enriched' | 'sigma';

export function makeWorkspace(folder: string, name: LogName, extra?: WorkspaceExtra): BenchWorkspace {
  rmSync(folder, { recursive: true, force: true });
  for (const part of ['rules', 'schemas', 'lookups']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'tocsin.yml'), 'name: bench\nlisten: 127.0.0.1:0\n');
  for (let n = 0; n < rulesPerLogType; n += 1) writeFileSync(join(folder, 'rules', `rule-${n}.ts`), ruleText(name, n));
  writeLookup(folder, name, 'networks', networkRows());
  writeLookup(folder, name, 'addresses', addressRows());
  if (extra === 'enriched') writeEnrichment(folder, name);
  if (extra === 'sigma') copySigmaRules(join(folder, 'rules', 'sigma'));
  return { folder, source: 'bench' };
}

function ruleText(name: LogName, n: number): string {
  const make = conditions[name][n % conditions[name].length];
  if (make === undefined) throw new Error('bug: no condition');
  return `import { rule } from 'tocsin';

export default rule({
  id: 'Bench.Rule${n}',
  logTypes: ['${logTypes[name]}'],
  severity: 'Low',
  match: (event) => ${make(n)},
  title: (event) => 'rule ${n} on ' + event.${addressFields[name]},
});
`;
}

function writeLookup(folder: string, name: LogName, table: string, rows: string): void {
  const isNetwork = table === 'networks';
  const key = isNetwork ? 'network' : 'address';
  const validate = isNetwork ? '    validate: { cidr: any }\n' : '';
  const schema = `Custom.Bench.${isNetwork ? 'Networks' : 'Addresses'}`;
  writeFileSync(
    join(folder, 'schemas', `${table}.yml`),
    `schema: ${schema}\nfields:\n  - name: ${key}\n    type: string\n    required: true\n${validate}  - name: owner\n    type: string\n`,
  );
  writeFileSync(
    join(folder, 'lookups', `${table}.yml`),
    `AnalysisType: lookup_table
LookupName: ${table}
Enabled: true
Filename: ${table}.csv
Schema: ${schema}
LogTypeMap:
  PrimaryKey: ${key}
  AssociatedLogTypes:
    - LogType: ${logTypes[name]}
      Selectors: [${addressFields[name]}]
`,
  );
  writeFileSync(join(folder, 'lookups', `${table}.csv`), `${key},owner\n${rows}`);
}

/** Joined as the built-in packs tor, vpn and maxmind do it. */
function writeEnrichment(folder: string, name: LogName): void {
  const tor = [{ LogType: '*' }, { LogType: logTypes[name], Selectors: torFields[name] }];
  writeTable(folder, 'tor', { AssociatedLogTypes: tor });
  writeTable(folder, 'vpn', {});
  writeTable(folder, 'geo', {});
}

function writeTable(folder: string, name: LookupTableName, logTypeMap: object): void {
  const { path, format, match, primaryKey, validity, options } = lookupTable(name, 0);
  const document = {
    AnalysisType: 'lookup_table',
    LookupName: name,
    Enabled: true,
    Filename: basename(path),
    Format: format,
    KeyMatch: match,
    ...(validity === undefined ? {} : { Validity: { From: validity.from, To: validity.to } }),
    ...(options?.fields === undefined ? {} : { Fields: options.fields }),
    LogTypeMap: { PrimaryKey: primaryKey, ...logTypeMap },
  };
  copyFileSync(path, join(folder, 'lookups', basename(path)));
  // JSON is YAML.
  writeFileSync(join(folder, 'lookups', `${name}.yml`), JSON.stringify(document));
}

/** One in about a hundred of the lines' addresses lies in one of them. */
function networkRows(): string {
  const rows = Array.from({ length: networks - 1 }, (_, n) => `10.${n >> 6}.${(n & 63) << 2}.0/22,owner-${n}\n`);
  return `${rows.join('')}198.18.0.0/24,bench\n`;
}

function addressRows(): string {
  const rows = Array.from(
    { length: addresses - 1 },
    (_, n) => `172.${16 + (n >> 16)}.${(n >> 8) & 255}.${n & 255},owner-${n}\n`,
  );
  return `${rows.join('')}198.19.3.233,bench\n`;
}
