// How values of a session are written for people, whatever the form: nothing invisible, nothing endless, no live address.

import type { Analysis } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import type { Knowledge } from './knowledge.ts';
import type { Summary } from './summary.ts';

const maxText = 4096;
const maxFacts = 40;
const maxFact = 400;

/** What the attacker sent, on one line: control characters, and what has no width or turns the direction of text around,
 *  by name or number, URLs defanged. */
export function shown(text: string, length = maxText): string {
  const part = text.slice(0, length);
  const cut = part.length < text.length ? ` … (${text.length} characters)` : '';
  return `${defang(visible(part))}${cut}`;
}

function visible(text: string): string {
  return text
    .replaceAll(
      /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufe00-\ufe0f\u115f\u1160\u2800\u3164\uffa0\u{e0000}-\u{e0fff}]/gu,
      named,
    )
    .replaceAll(/(\p{M}{3})\p{M}+/gu, '$1…');
}

const names: Readonly<Record<number, string>> = {
  0x00: 'NUL',
  0x07: 'BEL',
  0x08: 'BS',
  0x09: 'TAB',
  0x0a: 'LF',
  0x0d: 'CR',
  0x1b: 'ESC',
  0x7f: 'DEL',
};

function named(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `[${names[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`}]`;
}

/** `http[://]evil[.]example/x.sh`: what may become a link somewhere, wherever in a text it is. Once is enough. */
function defang(text: string): string {
  return text
    .replaceAll(/(?<!\[):\/\/([^\s/"'`<>|;]*)/g, (_all, host) => `[://]${String(host).replaceAll('.', '[.]')}`)
    .replaceAll(/(www)\./gi, '$1[.]');
}

/** Facts as names and texts: `client types` of nested ones; a list on one line. */
export function factLines(facts: Analysis['facts']): readonly (readonly [name: string, text: string])[] {
  const lines: [string, string][] = [];
  const add = (name: string, value: Json | undefined, depth: number): void => {
    if (lines.length >= maxFacts || value === undefined || value === null || value === '') return;
    if (Array.isArray(value)) {
      const text = (value as readonly Json[]).slice(0, maxFacts).map(oneValue).join(', ');
      if (text !== '') lines.push([nameText(name), shown(text, maxFact)]);
    } else if (typeof value === 'object' && depth < 3) {
      for (const [key, inner] of Object.entries(value)) add(`${name}.${key}`, inner, depth + 1);
    } else lines.push([nameText(name), shown(factText(name, value), maxFact)]);
  };
  for (const [name, value] of Object.entries(facts)) add(name, value, 0);
  return lines;
}

function nameText(name: string): string {
  return shown(name.replaceAll(/[._]/g, ' '), 60);
}

function factText(name: string, value: Json): string {
  const isTime = typeof value === 'number' && name.endsWith('_date') && value > 0 && value < 1e11;
  return isTime ? timeText(value * 1000) : oneValue(value);
}

function oneValue(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${typeof inner === 'object' ? JSON.stringify(inner) : String(inner)}`)
    .join(' ');
}

const stateWords: Readonly<Record<Knowledge['state'], string>> = {
  hit: 'known',
  miss: 'unknown to it',
  skipped: 'not asked',
  limited: 'not asked yet',
  error: 'error',
  'not asked': 'not asked',
};

/** `known, 3 h ago`; `not asked: a private address`. */
export function stateText({ state, message, ageMs }: Knowledge): string {
  const words = stateWords[state];
  if (message !== '') return `${words}: ${shown(message, 200)}`;
  return ageMs === undefined ? words : `${words}, ${ageText(ageMs)}`;
}

/** The coarsest unit alone. */
export function ageText(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ];
  const [unit, size] = units.find(([, length]) => ms >= length) ?? ['', 0];
  return size === 0 ? 'just now' : `${Math.floor(ms / size)} ${unit} ago`;
}

/** UTC, to the second. */
export function timeText(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'no time' : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `10.4 s`, `2 min 5 s`, `3 h 7 min`. */
export function lengthText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Since the session began. */
export function sinceText(ms: number): string {
  return ms < 60_000 ? `+${(ms / 1000).toFixed(2)} s` : `+${lengthText(ms / 1000)}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** Points of a score. */
export function signed(points: number): string {
  return `${points < 0 ? '−' : points > 0 ? '+' : ''}${Math.abs(points)}`;
}

/** File names of the recordings, by which they are asked for. */
export function recordingNames({ session }: Summary): readonly string[] {
  return session.recordings.slice(0, 20).map((path) => shown(path.slice(path.lastIndexOf('/') + 1), 200));
}

/** What happened, in words of ours alone. */
export function headline({ logins, commands, transfers, forwards, session }: Summary): string {
  const attempts = logins.failedBefore.length;
  const none = attempts === 0 ? 'No login tried' : `No login in ${count(attempts, 'attempt')}`;
  const login = logins.success === undefined ? none : `Logged in at attempt ${attempts + 1}`;
  const parts = [
    login,
    ...(commands.length === 0 ? [] : [count(commands.length, 'command')]),
    ...(transfers.length === 0 ? [] : [count(transfers.length, 'file')]),
    ...(forwards.length === 0 ? [] : [count(forwards.length, 'forward')]),
    `${session.closed ? '' : 'at least '}${lengthText(session.durationSeconds)}`,
  ];
  return parts.join(' · ');
}

/** Names and values of the session and its client; '' where nothing is known. */
export function sessionFacts({ session, client }: Summary): readonly (readonly [name: string, value: string])[] {
  const { terminal, closed } = session;
  const length = lengthText(session.durationSeconds);
  return [
    ['Source', shown(session.sourceIp, 100)],
    ['Sensor', shown(session.sensor, 100)],
    ['Protocol', shown(session.protocol, 20)],
    ['Started', timeText(session.started)],
    ['Duration', closed ? length : `at least ${length} (no event tells the end)`],
    ['Client', shown(client.banner, 300)],
    ['HASSH', shown(client.hassh, 100)],
    ['Terminal', terminal === undefined ? '' : `${terminal.width} x ${terminal.height}`],
  ];
}

/** Who else has the client's HASSH; '' where nobody looked. */
export function hasshText({ client: { sameHassh } }: Summary): string {
  if (sameHassh === undefined) return '';
  const { otherSessions, addresses } = sameHassh;
  if (otherSessions === 0) return 'no other session has this HASSH';
  return `${count(otherSessions, 'other session')} with this HASSH, ${count(addresses, 'address', 'addresses')}`;
}
