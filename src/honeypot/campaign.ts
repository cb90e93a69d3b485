// Which sessions belong together: the same commands, but for what changes from one victim to the next, or the same client.

import { createHash } from 'node:crypto';
import { ipVersion } from '../core/ip.ts';
import type { Session } from './session.ts';

/** More of a command does not change its fingerprint. */
const maxCommand = 16_384;

const url = /\b((?:https?|t?ftp):\/\/[^\s"'`|;&<>()]+)/i;

/** In this order. What has a bound in it keeps long hostile lines linear. */
const replacements: readonly (readonly [RegExp, string | ((text: string) => string)])[] = [
  [/(["'])[^"'|]{1,256}\1(?=\s{0,8}\|\s{0,8}(?:sudo\s{1,4})?chpasswd\b)/g, '"U:P"'],
  [/(?<!\S)[^\s"'|:]{1,64}:[^\s"'|]{1,128}(?=\s{0,8}\|\s{0,8}(?:sudo\s{1,4})?chpasswd\b)/g, '"U:P"'],
  [/(["'])[^"'|]{1,256}\1(?=\s{0,8}\|\s{0,8}(?:sudo\s{1,4})?passwd\b)/g, '"P"'],
  [/(?:\\{1,2}x[0-9a-f]{2}){8,}/gi, 'HEX'],
  [/(?<![0-9a-z])[0-9a-f]{16,}(?![0-9a-z])/gi, 'HEX'],
  [/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}={0,2}/g, (text) => (isBase64(text) ? 'B64' : text)],
  [/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g, (text) => (ipVersion(text) === 4 ? 'IP' : text)],
  [/(?<![\w:])[0-9a-f]{0,4}:[0-9a-f:]{1,40}(?![\w:])/gi, (text) => (ipVersion(text) === 6 ? 'IP' : text)],
];

/** A command without what changes from victim to victim: addresses, passwords, hashes, encoded blobs. */
export function normaliseCommand(input: string): string {
  const parts = input.slice(0, maxCommand).trim().split(url);
  return parts.map((part, index) => (index % 2 === 1 ? normaliseUrl(part) : replaceAll(part))).join('');
}

function replaceAll(text: string): string {
  let rest = text;
  for (const [pattern, by] of replacements) {
    rest = typeof by === 'string' ? rest.replaceAll(pattern, by) : rest.replaceAll(pattern, by);
  }
  return rest;
}

/** The path tells campaigns apart and is kept. */
function normaliseUrl(text: string): string {
  return text.replace(/^([^:]+:\/\/)(?:\[([0-9a-f:.]{2,45})\]|([\d.]{7,15}))(?=[:/?#]|$)/i, (all, scheme, six, four) =>
    ipVersion(String(six ?? four)) === 0 ? all : `${String(scheme)}IP`,
  );
}

/** And not a long path. */
function isBase64(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);
}

/** sha256 of the normalised commands, Enter alone left out; undefined where there are none. */
export function fingerprintOf({ commands }: Session): string | undefined {
  const lines = commands.map(({ input }) => normaliseCommand(input)).filter((line) => line !== '');
  return lines.length === 0 ? undefined : createHash('sha256').update(lines.join('\n')).digest('hex');
}

export interface SessionName {
  readonly sensor: string;
  readonly id: string;
  readonly sourceIp: string;
  /** Epoch ms. */
  readonly started: number;
}

/** Sessions that have something in common. */
export interface Shared {
  /** What they share: a fingerprint, a HASSH. */
  readonly key: string;
  readonly sessions: number;
  readonly addresses: number;
  /** Epoch ms of the first and the last start. */
  readonly first: number;
  readonly last: number;
  /** The newest that were added, at most as many as the index keeps of one key. */
  readonly names: readonly SessionName[];
}

export interface SessionIndex {
  /** A session that it holds already changes nothing. */
  add(session: Session): void;
  /** undefined where the session has no key, or none was added that has it. */
  of(session: Session): Shared | undefined;
}

interface Entry {
  sessions: number;
  first: number;
  last: number;
  readonly addresses: Set<string>;
  readonly names: Map<string, SessionName>;
}

export interface IndexLimits {
  /** The one that got no session for longest is forgotten where there are more. Default 50,000. */
  readonly maxKeys?: number;
  /** Kept by name and address for each; further ones are counted only, and addresses no more. Default 1,000. */
  readonly maxNames?: number;
}

/** Sessions by what they share: `fingerprintOf` for campaigns, `hasshOf` for clients. */
export function createSessionIndex(
  keyOf: (session: Session) => string | undefined,
  { maxKeys = 50_000, maxNames = 1000 }: IndexLimits = {},
): SessionIndex {
  /** The one that got a session last is last. */
  const entries = new Map<string, Entry>();

  function add(session: Session): void {
    const key = keyOf(session);
    if (key === undefined) return;
    const { sensor, id, sourceIp, started } = session;
    const entry = entries.get(key) ?? {
      sessions: 0,
      first: started,
      last: started,
      addresses: new Set(),
      names: new Map(),
    };
    const name = `${sensor}\n${id}\n${started}`;
    if (entry.names.has(name)) return;
    entries.delete(key);
    entries.set(key, entry);
    entry.sessions++;
    entry.first = Math.min(entry.first, started);
    entry.last = Math.max(entry.last, started);
    entry.names.set(name, { sensor, id, sourceIp, started });
    if (sourceIp !== '' && entry.addresses.size < maxNames) entry.addresses.add(sourceIp);
    dropFirst(entry.names, maxNames);
    dropFirst(entries, maxKeys);
  }

  return {
    add,
    of(session) {
      const key = keyOf(session);
      const entry = key === undefined ? undefined : entries.get(key);
      if (key === undefined || entry === undefined) return undefined;
      const { sessions, first, last, addresses, names } = entry;
      return { key, sessions, addresses: addresses.size, first, last, names: [...names.values()] };
    },
  };
}

export function hasshOf({ hassh }: Session): string | undefined {
  return hassh === '' ? undefined : hassh;
}

function dropFirst(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
