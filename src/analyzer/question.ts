// What is never asked, whatever the analyzer: an observable that says nothing to the outside, or too much about us. Also
// the one spelling of what is asked, so that nothing is asked twice. It asks nobody.

import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { Observable, ObservableKind } from '../core/analysis.ts';
import { ipVersion, isPrivate, parseNetwork } from '../core/ip.ts';

/** The value in its one spelling, or why nobody is asked about it. */
type Checked = { readonly value: string } | { readonly why: string };

/** Tells a host that is ours, an address or a name. */
export type IsOwn = (host: string) => boolean;

/** The value is a key of the kept answers, whose index has a limit. */
const maxValueBytes = 2000;

/** Files that every machine has: empty, or of one line end. */
const emptyFiles = new Set(
  ['', '\n'].flatMap((text) => ['md5', 'sha1', 'sha256'].map((name) => createHash(name).update(text).digest('hex'))),
);

/** RFC 2606, 6761, 6762 appendix G, 8375, ICANN's `internal`. */
const privateDomains = new Set(
  [
    'test example invalid localhost local internal home.arpa in-addr.arpa ip6.arpa example.com example.net example.org',
    'localdomain lan home corp mail intranet private',
  ].flatMap((names) => names.split(' ')),
);

const checks: Readonly<Record<ObservableKind, (text: string, isOwn: IsOwn) => Checked>> = {
  ip: (text, isOwn) => (ipVersion(text) === 0 ? { why: 'is no IP address' } : checkHost(text, isOwn)),
  domain: (text, isOwn) => (ipVersion(text) === 0 ? checkHost(text, isOwn) : { why: 'is an IP address' }),
  url: checkUrl,
  email: checkEmail,
  asn: checkAsn,
  md5: (text) => checkHash(text, 'an MD5 hash', 32),
  sha1: (text) => checkHash(text, 'a SHA-1 hash', 40),
  sha256: (text) => checkHash(text, 'a SHA-256 hash', 64),
};

export function checkQuestion({ kind, value }: Observable, isOwn: IsOwn): Checked {
  const text = value.trim();
  if (Buffer.byteLength(text) > maxValueBytes) return { why: `is longer than ${maxValueBytes} bytes` };
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return { why: 'has control characters' };
  return checks[kind](text, isOwn);
}

function checkHost(text: string, isOwn: IsOwn): Checked {
  const host = spelling(text);
  if (ipVersion(host) !== 0) {
    if (isPrivate(host)) return { why: 'is a private or reserved address' };
    return isOwn(host) ? { why: 'is one of our own addresses' } : { value: host };
  }
  if (!host.includes('.')) return { why: 'is a name without a dot' };
  if (!/^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/.test(host)) return { why: 'is no domain name' };
  if (suffixes(host).some((suffix) => privateDomains.has(suffix))) return { why: 'is a private or reserved name' };
  return isOwn(host) ? { why: 'is one of our own names' } : { value: host };
}

/** IPv6 in its shortest form, names in lower case and in their ASCII form; text that is neither stays. */
function spelling(host: string): string {
  const lower = host.toLowerCase().replace(/\.$/, '');
  if (ipVersion(lower) === 6) return new URL(`http://[${lower}]`).hostname.slice(1, -1);
  return /^[\p{L}\p{N}\p{M}_.-]+$/u.test(lower) ? domainToASCII(lower) || lower : lower;
}

/** `a.b.c`, `b.c`, `c`. */
function suffixes(host: string): string[] {
  const labels = host.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
}

function checkUrl(text: string, isOwn: IsOwn): Checked {
  if ((URL.parse(text)?.hostname ?? '') === '') return { why: 'is no URL with a host' };
  // Of a web address the parser turns all forms of an IPv4 address (hexadecimal, one number) into the usual one.
  const { hostname } = URL.parse(text.replace(/^[^:]*:/, 'http:')) ?? { hostname: '' };
  const host = checkHost(hostname.replace(/^\[|\]$/g, ''), isOwn);
  return 'why' in host ? { why: `has a host that ${host.why}` } : { value: text };
}

function checkEmail(text: string, isOwn: IsOwn): Checked {
  const at = text.lastIndexOf('@');
  const name = text.slice(0, at);
  if (at < 1 || /[\s@/?#]/.test(name)) return { why: 'is no e-mail address' };
  const host = checkHost(text.slice(at + 1), isOwn);
  return 'why' in host ? { why: `has a host that ${host.why}` } : { value: `${name}@${host.value}` };
}

/** IANA's registry of special-purpose AS numbers. */
function checkAsn(text: string): Checked {
  const [, digits] = /^(?:AS)?([0-9]{1,10})$/i.exec(text) ?? [];
  const number = Number(digits);
  if (digits === undefined || number > 4_294_967_295) return { why: 'is no AS number' };
  const isReserved = number === 0 || number === 23_456 || (number >= 64_496 && number <= 65_551);
  if (isReserved || number >= 4_200_000_000) return { why: 'is a private or reserved AS number' };
  return { value: `AS${number}` };
}

function checkHash(text: string, name: string, digits: number): Checked {
  const hash = text.toLowerCase();
  if (hash.length !== digits || !/^[0-9a-f]+$/.test(hash)) return { why: `is not ${name}` };
  return emptyFiles.has(hash) ? { why: 'is the hash of an empty file or of a line end' } : { value: hash };
}

/** `entries`: networks and addresses (`198.51.100.0/24`), and names that stand for all below them (`acme.com`). */
export function ownHosts(entries: readonly string[]): IsOwn {
  const networks = entries.flatMap((entry) => parseNetwork(entry) ?? []);
  const names = new Set(entries.filter((entry) => parseNetwork(entry) === undefined).map(spelling));
  return (host) => {
    if (ipVersion(host) === 0) return suffixes(host).some((suffix) => names.has(suffix));
    return networks.some(({ version, words, bits }) => {
      const around = parseNetwork(`${host}/${bits}`);
      return around?.version === version && around.words.every((word, index) => word === words[index]);
    });
  };
}
