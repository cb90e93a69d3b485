// The session report of jslagrew's cowrieprocessor (87290ca), to the byte, for people and scripts that read it; with its
// spelling, and without one mistake: what is said of a download's host is of that host, not of the attacker.

import { isIP } from 'node:net';
import type { Analysis, Analyze } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';
import { hostOf } from './knowledge.ts';
import type { Session, Transfer } from './session.ts';

type Facts = Analysis['facts'];

export interface SessionReportOptions {
  /** With the original's mistakes: what SPUR says of the attacker under a download's host too, and a line without a number
   *  where the duration is not known. */
  readonly compat: boolean;
}

type Ask = (analyzer: string, kind: 'ip' | 'domain' | 'sha256', value: string) => Promise<Facts>;

/** Asks isc, urlhaus, spur about addresses and virustotal about files. A session without a login has no report. */
export async function sessionReport(
  session: Session,
  analyze: Analyze,
  { compat }: SessionReportOptions = { compat: false },
): Promise<string | undefined> {
  const login = session.logins.find(({ success }) => success);
  if (login === undefined) return undefined;
  const ask: Ask = async (analyzer, kind, value) => (await analyze(analyzer, { kind, value })).facts;
  const { sourceIp, duration } = session;
  const attacker = await ask('isc', 'ip', sourceIp);
  const out = [
    line('Session', session.id),
    ...(duration === undefined && !compat
      ? []
      : [line('Session Duration', `${duration?.text.slice(0, 5) ?? ''} seconds`)]),
    line('Protocol', session.protocol),
    line('Username', login.username),
    line('Password', login.password),
    line('Timestamp', login.timestamp),
    line('Source IP Address', sourceIp),
    line('URLhaus IP Tags', tags(await ask('urlhaus', 'ip', sourceIp))),
    line('ASNAME', attacker['asname']),
    line('ASCOUNTRY', attacker['ascountry']),
    line('Total Commands Run', session.commandEvents, 6),
    ...spurLines(await ask('spur', 'ip', sourceIp)),
  ];
  for (const direction of ['download', 'upload'] as const) {
    const transfers = session.transfers.filter((each) => each.direction === direction && each.sha256 !== '');
    if (transfers.length === 0) continue;
    out.push('', `------------------- ${direction.toUpperCase()} DATA -------------------`);
    for (const transfer of transfers)
      out.push('', ...(await transferLines(transfer, ask, compat ? sourceIp : undefined)));
  }
  out.push('', '////////////////// COMMANDS ATTEMPTED //////////////////', '');
  // What moves a terminal's cursor is not for reports.
  for (const { input } of session.commands) out.push(`# ${input.replaceAll(/[^\P{Cc}\t]/gu, ' ')}`);
  return `${out.join('\n')}\n`;
}

async function transferLines(transfer: Transfer, ask: Ask, spurOf?: string): Promise<string[]> {
  const { direction, url, sha256, path } = transfer;
  const label = direction === 'download' ? 'Download' : 'Upload';
  const file = await ask('virustotal', 'sha256', sha256);
  const out = [
    line(`${label} URL`, defang(url)),
    line(`${label} SHA-256 Hash`, sha256),
    line('Destination File', path),
    line('VT Description', file['type_description']),
    line('VT Threat Classification', file['suggested_threat_label']),
    line('VT First Submssion', day(file['first_submission_date']), 0),
    line('VT Malicious Hits', file['malicious'], 6),
  ];
  const host = hostOf(transfer)?.value;
  if (host === undefined) return out;
  out.push(line(`${label} Source Address`, host));
  if (isIP(host) === 0) {
    out.push(line('URLhaus Source Tags', tags(await ask('urlhaus', 'domain', host))));
    return out;
  }
  const network = await ask('isc', 'ip', host);
  out.push(line('URLhaus IP Tags', tags(await ask('urlhaus', 'ip', host))));
  out.push(line('ASNAME', network['asname']), line('ASCOUNTRY', network['ascountry']));
  return [...out, ...spurLines(await ask('spur', 'ip', spurOf ?? host))];
}

function spurLines(facts: Facts): string[] {
  const [as, client, location] = [at(facts, 'as'), at(facts, 'client'), at(facts, 'location')];
  const tunnels = facts['tunnels'];
  const tunnel = Array.isArray(tunnels) ? objectOf(tunnels.at(-1) as Json | undefined) : {};
  const values: readonly (readonly [label: string, value: Json | undefined])[] = [
    ['ASN', as['number']],
    ['ASN Organization', as['organization']],
    ['Organization', facts['organization']],
    ['Infrastructure', facts['infrastructure']],
    ['Client Behaviors', client['behaviors']],
    ['Client Proxies', client['proxies']],
    ['Client Types', client['types']],
    ['Client Count', client['count']],
    ['Client Concentration', place(at(client, 'concentration'))],
    ['Client Countries', client['countries']],
    ['Client Geo-spread', client['spread']],
    ['Risks', facts['risks']],
    ['Services', facts['services']],
    ['Location', place(location)],
    ['Anonymous Tunnel', tunnel['anonymous']],
    ['Tunnel Entries', tunnel['entries']],
    ['Tunnel Operator', tunnel['operator']],
    ['Tunnel Type', tunnel['type']],
  ];
  return values.flatMap(([label, value]) => (python(value) === '' ? [] : [line(`SPUR ${label}`, value)]));
}

function line(label: string, value: Json | undefined, width = 50): string {
  return `${label.padStart(30)}  ${python(value).padEnd(width)}`;
}

/** As Python's str() writes it, on one line; '' for nothing. */
function python(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(quoted).join(', ')}]`;
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

function quoted(value: Json): string {
  if (typeof value !== 'string') return python(value);
  const text = python(value).replaceAll('\\', '\\\\');
  return text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", "\\'")}'`;
}

function tags(facts: Facts): string {
  const found = facts['tags'];
  return Array.isArray(found) ? found.map(String).join(', ') : '';
}

/** `City, State, CC`. */
function place(where: Facts): string {
  return [where['city'], where['state'], where['country']].filter((part) => typeof part === 'string').join(', ');
}

/** Epoch seconds as UTC; '' where that is no time. */
function day(seconds: Json | undefined): string {
  if (typeof seconds !== 'number' || Number.isNaN(new Date(seconds * 1000).getTime())) return '';
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

function defang(url: string): string {
  return url.replaceAll('.', '[.]').replaceAll('://', '[://]');
}

function at(facts: Facts, name: string): Facts {
  return objectOf(facts[name]);
}

function objectOf(value: Json | undefined): Facts {
  return isObject(value) ? value : {};
}
