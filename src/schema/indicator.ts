// Indicators: the values of an event worth pivoting on, gathered into the `p_any_` columns.
// The rules per scanner are Panther's (reference: 1.1); the caller removes duplicates and sorts.

import { domainToUnicode } from 'node:url';
import type { IndicatorName } from '../core/schema.ts';
import { ipVersion } from '../core/ip.ts';

type Add = (column: string, value: string) => void;

/** The longest value that is gathered; an ARN, the longest of them, has at most 2,048 characters. */
const longest = 2048;

const ips = 'p_any_ip_addresses';
const domains = 'p_any_domain_names';
const emails = 'p_any_emails';
const arns = 'p_any_aws_arns';
const accounts = 'p_any_aws_account_ids';
const instances = 'p_any_aws_instance_ids';

interface Scanner {
  readonly columns: readonly string[];
  gather(value: string, add: Add): void;
}

function whole(column: string): Scanner {
  return { columns: [column], gather: (value, add) => add(column, value) };
}

function hash(column: string, length: number): Scanner {
  return {
    columns: [column],
    gather: (value, add) => {
      if (value.length === length && isHex(value)) add(column, value.toLowerCase());
    },
  };
}

function isHex(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    const letter = code | 32;
    if ((code < 48 || code > 57) && (letter < 97 || letter > 102)) return false;
  }
  return true;
}

function areDigits(value: string, length: number): boolean {
  if (value.length !== length) return false;
  for (let index = 0; index < length; index++) {
    const code = value.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function gatherDomain(value: string, add: Add): void {
  if (value.length < 256 && value.startsWith('xn--')) add(domains, domainToUnicode(value) || value);
  else add(domains, value);
}

function gatherHost(value: string, add: Add): void {
  if (value === '') return;
  if (ipVersion(value) === 0) gatherDomain(value, add);
  else add(ips, value);
}

/** The host of `scheme://user@host:port/path`; '' where there is none. */
function urlHost(url: string): string {
  const slashes = url.indexOf('//');
  if (slashes < 0 || (slashes > 0 && url.charCodeAt(slashes - 1) !== 58)) return '';
  let start = slashes + 2;
  let end = start;
  while (end < url.length) {
    const code = url.charCodeAt(end);
    if (code === 47 || code === 63 || code === 35 || code === 92) break;
    if (code === 64) start = end + 1;
    end++;
  }
  return hostOf(url.slice(start, end));
}

/** Without the port and the brackets of IPv6. What does not split is the host as a whole. */
function hostOf(address: string): string {
  if (address.charCodeAt(0) === 91) {
    const bracket = address.indexOf(']');
    return bracket < 0 ? address : address.slice(1, bracket);
  }
  const colon = address.lastIndexOf(':');
  return colon < 0 || address.indexOf(':') !== colon ? address : address.slice(0, colon);
}

/** `host:port`, or a host alone. IPv6 without brackets is taken, too: netstat writes `:::22`. */
function gatherNetAddress(value: string, add: Add): void {
  const host = hostOf(value);
  if (!host.includes(':') || ipVersion(host) !== 0) return gatherHost(host, add);
  const address = host.slice(0, host.lastIndexOf(':'));
  if (ipVersion(address) !== 0) add(ips, address);
}

/** `a@b` out of `a@b` or `Name <a@b>`; '' for what is no address. */
function emailAddress(value: string): string {
  const open = value.endsWith('>') ? value.lastIndexOf('<') : -1;
  const address = open < 0 ? value : value.slice(open + 1, -1);
  const at = address.lastIndexOf('@');
  if (at < 1 || at === address.length - 1) return '';
  for (let index = 0; index < address.length; index++) if (address.charCodeAt(index) <= 32) return '';
  return address;
}

function gatherEmail(value: string, add: Add): void {
  const address = emailAddress(value);
  if (address !== '') add(emails, address);
}

/** `arn:partition:service:region:account:resource`; undefined for what is no ARN. */
function arnParts(value: string): readonly string[] | undefined {
  if (!value.startsWith('arn:')) return undefined;
  const parts = value.split(':', 6);
  return parts.length === 6 ? [...parts.slice(0, 5), value.slice(parts.slice(0, 5).join(':').length + 1)] : undefined;
}

function gatherArn(value: string, add: Add): void {
  const [, , service = '', , account = '', resource = ''] = arnParts(value) ?? [];
  if (resource === '') return;
  add(arns, value);
  if (areDigits(account, 12)) add(accounts, account);
  if (resource.startsWith('instance/i-')) add(instances, resource.slice('instance/'.length));
  if (service === 'sts' && resource.startsWith('assumed-role/')) gatherEmail(resource.split('/')[2] ?? '', add);
}

const scanners: Readonly<Record<IndicatorName, Scanner>> = {
  ip: {
    columns: [ips],
    gather: (value, add) => {
      if (ipVersion(value) !== 0) add(ips, value);
    },
  },
  domain: { columns: [domains], gather: gatherDomain },
  hostname: { columns: [ips, domains], gather: gatherHost },
  url: { columns: [ips, domains], gather: (value, add) => gatherHost(urlHost(value), add) },
  net_addr: { columns: [ips, domains], gather: gatherNetAddress },
  email: { columns: [emails], gather: gatherEmail },
  username: whole('p_any_usernames'),
  md5: hash('p_any_md5_hashes', 32),
  sha1: hash('p_any_sha1_hashes', 40),
  sha256: hash('p_any_sha256_hashes', 64),
  trace_id: whole('p_any_trace_ids'),
  aws_arn: { columns: [arns, accounts, instances, emails], gather: gatherArn },
  aws_arn_only: {
    columns: [arns],
    gather: (value, add) => {
      if (arnParts(value) !== undefined) add(arns, value);
    },
  },
  aws_account_id: {
    columns: [accounts],
    gather: (value, add) => {
      if (areDigits(value, 12)) add(accounts, value);
    },
  },
  aws_instance_id: {
    columns: [instances],
    gather: (value, add) => {
      if (value.startsWith('i-')) add(instances, value);
    },
  },
  aws_tag: whole('p_any_aws_tags'),
  actor_id: whole('p_any_actor_ids'),
  mac: whole('p_any_mac_addresses'),
  serial_number: whole('p_any_serial_numbers'),
};

/** The `p_any_` columns that a scanner can fill. */
export function indicatorColumns(name: IndicatorName): readonly string[] {
  return scanners[name].columns;
}

/** Calls `add` for each value that the scanner finds in the text: trimmed, never empty, at most 2,048 characters. */
export function gather(name: IndicatorName, value: string, add: Add): void {
  const text = value.trim();
  if (text !== '' && text.length <= longest) scanners[name].gather(text, add);
}
