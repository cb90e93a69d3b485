// What a rule asks of a field's value, as a function. sql.ts says the same in SQL. (ast.ts has the contract.)

import { type Cidr, parseIpv4, parseIpv6, parseNetwork } from '../../core/ip.ts';
import type { Match, RegexMatch, TextMatch } from './ast.ts';
import { compileGlob } from './glob.ts';
import { readRegex } from './regex.ts';
import { type ComparedText, plainText } from './text.ts';
import { foldCase, textOf } from './value.ts';

/** `lower` is the text in lower case. */
export type TextTest = (text: string, lower: string) => boolean;

export function compileText(match: TextMatch | RegexMatch): TextTest {
  if (match.kind === 'regex') {
    const read = readRegex(match.source, match.flags);
    if ('problem' in read) throw new Error(`bug: a regular expression that ${read.problem}`);
    const { compiled } = read;
    return (text) => compiled.test(text);
  }
  const plain = plainText(match);
  if (plain?.how === 'anything') return () => true;
  if (match.cased) return plain === undefined ? compileGlob(match.pieces) : compare(plain.how, plain.text);
  if (plain !== undefined) {
    const test = compare(plain.how, foldCase(plain.text));
    return (_, lower) => test(lower);
  }
  const glob = compileGlob(match.pieces.map((piece) => (typeof piece === 'string' ? foldCase(piece) : piece)));
  return (_, lower) => glob(lower);
}

type How = ComparedText['how'];

function compare(how: How, wanted: string): (text: string) => boolean {
  switch (how) {
    case 'equals':
      return (text) => text === wanted;
    case 'contains':
      return (text) => text.includes(wanted);
    case 'startswith':
      return (text) => text.startsWith(wanted);
    default:
      return (text) => text.endsWith(wanted);
  }
}

/** For one value of a field, a list's values one by one. `null`, `exists` and `fieldref` are the caller's. */
export function compileValue(
  match: Exclude<Match, TextMatch | RegexMatch | { kind: 'null' | 'exists' | 'fieldref' }>,
): (value: unknown) => boolean {
  switch (match.kind) {
    case 'number': {
      const text = String(match.value);
      return (value) => value === match.value || value === text;
    }
    case 'boolean': {
      const text = String(match.value);
      return (value) => value === match.value || (typeof value === 'string' && foldCase(value) === text);
    }
    case 'cidr': {
      const network = parseNetwork(match.network);
      if (network === undefined) throw new Error(`bug: no network: ${match.network}`);
      return (value) => typeof value === 'string' && isInside(value, network);
    }
    case 'compare': {
      const { operator, value: limit } = match;
      return (value) => {
        const number = numberOf(value);
        return number !== undefined && holds(number, operator, limit);
      };
    }
    default: {
      const { part, value: wanted } = match;
      return (value) => timePart(value, part) === wanted;
    }
  }
}

/** Both as texts. */
export function compareFields(value: unknown, other: unknown, how: How, cased: boolean): boolean {
  const [text, wanted] = [textOf(value), textOf(other)];
  if (text === undefined || wanted === undefined) return false;
  return cased ? compare(how, wanted)(text) : compare(how, foldCase(wanted))(foldCase(text));
}

function isInside(text: string, { version, words, bits }: Cidr): boolean {
  if (version === 4) {
    const address = parseIpv4(text);
    return address >= 0 && (bits === 0 || (address ^ (words[0] ?? 0)) >>> (32 - bits) === 0);
  }
  const address = parseIpv6(text);
  if (address === undefined) return false;
  for (let index = 0, left = bits; index < 4 && left > 0; index++, left -= 32) {
    const difference = ((address[index] ?? 0) ^ (words[index] ?? 0)) >>> 0;
    if (difference >>> (32 - Math.min(32, left)) !== 0) return false;
  }
  return true;
}

const number = /^[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?$/;

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && number.test(value) ? Number(value) : undefined;
}

function holds(value: number, operator: 'gt' | 'gte' | 'lt' | 'lte', limit: number): boolean {
  switch (operator) {
    case 'gt':
      return value > limit;
    case 'gte':
      return value >= limit;
    case 'lt':
      return value < limit;
    default:
      return value <= limit;
  }
}

const date = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|UTC|[+-]\d\d:?\d\d)?)?$/;
const day = 86_400_000;

/** Of a text such as `2026-01-31T23:59:59Z`; without a zone it is UTC. Weeks are those of ISO 8601. */
function timePart(value: unknown, part: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'): number | undefined {
  const [, days, clock = '00:00', zone = 'Z'] = typeof value === 'string' ? (date.exec(value) ?? []) : [];
  if (days === undefined) return undefined;
  const time = new Date(
    `${days}T${clock.slice(0, 12)}${zone === 'UTC' ? 'Z' : zone.replace(/^(...)(\d\d)$/, '$1:$2')}`,
  );
  if (Number.isNaN(time.getTime())) return undefined;
  switch (part) {
    case 'minute':
      return time.getUTCMinutes();
    case 'hour':
      return time.getUTCHours();
    case 'day':
      return time.getUTCDate();
    case 'week':
      return isoWeek(time);
    case 'month':
      return time.getUTCMonth() + 1;
    default:
      return time.getUTCFullYear();
  }
}

/** The week of the year that holds its Thursday. */
function isoWeek(time: Date): number {
  const weekday = (time.getUTCDay() + 6) % 7;
  const thursday = new Date(time.getTime() + (3 - weekday) * day);
  return Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / day / 7) + 1;
}
