// What a rule asks of a value, as SQL over that value. It must give what match.ts gives for an event; where the engine has
// a meaning of its own the comment says so.

import { parseNetwork } from '../../core/ip.ts';
import { escapeLike, quoteText } from '../../core/quote.ts';
import type { Match, RegexMatch, TextMatch } from './ast.ts';
import { joined } from './sql-joined.ts';
import type { SqlValue } from './sql-value.ts';
import { isRun, plainText } from './text.ts';

/** Asked of a value alone, not of whether there is one, nor of another field. */
export type ValueMatch = Exclude<Match, { kind: 'null' | 'exists' | 'fieldref' }>;
type Reference = Extract<Match, { kind: 'fieldref' }>;

/** SQL that is true where the two values compare as asked, and else false or NULL. */
export function isReference({ how, cased }: Reference, value: SqlValue, other: SqlValue): string {
  const [one, another] = cased ? [value.text, other.text] : [lowered(value), lowered(other)];
  switch (how) {
    case 'equals':
      return `${one} = ${another}`;
    case 'contains':
      return `position(${one}, ${another}) > 0`;
    case 'startswith':
      return `startsWith(${one}, ${another})`;
    default:
      return `endsWith(${one}, ${another})`;
  }
}

/** SQL that is true where the value is any of these, and else false or NULL. */
export function isAny(matches: readonly ValueMatch[], value: SqlValue): string {
  const texts = (cased: boolean): TextMatch[] =>
    matches.filter((match): match is TextMatch => match.kind === 'text' && match.cased === cased);
  return joined(
    'or',
    [
      ...textTests(texts(false), value, false),
      ...textTests(texts(true), value, true),
      ...matches.flatMap((match) => (match.kind === 'text' ? [] : [otherTest(match, value)])),
    ].filter((test) => test !== 'false'),
  );
}

function otherTest(match: Exclude<ValueMatch, TextMatch>, value: SqlValue): string {
  switch (match.kind) {
    case 'regex':
      return `match(${value.text}, ${quoteText(regexText(match))})`;
    case 'number':
      return isNumber(match.value, value);
    case 'boolean':
      return value.number === undefined ? `${lowered(value)} = '${match.value}'` : 'false';
    case 'cidr':
      return isWithin(match.network, value);
    case 'compare':
      return `${numberOf(value)} ${operators[match.operator]} ${literal(match.value)}`;
    default:
      return `${parts[match.part]}(${timeOf(value)}) = ${literal(match.value)}`;
  }
}

/** JavaScript's toLowerCase and ICU's, which the engine uses, agree. It is as fast as the engine's searches without regard
 *  to case, is done once per column for all rules of a query, and has no folding of its own: ILIKE takes ſ for s. */
function lowered(value: SqlValue): string {
  return value.number === undefined ? `lowerUTF8(${value.text})` : value.text;
}

/** The engine's limit for one search is 2^8 - 1 texts in some of its forms. */
const mostNeedles = 250;

function textTests(matches: readonly TextMatch[], value: SqlValue, cased: boolean): string[] {
  if (matches.length === 0) return [];
  const subject = cased ? value.text : lowered(value);
  const spell = (text: string): string => (cased ? text : text.toLowerCase());
  const [equals, contains, tests]: [string[], string[], string[]] = [[], [], []];
  for (const match of matches) {
    const plain = plainText(match);
    if (plain === undefined) tests.push(`like(${subject}, ${quoteText(likePattern(match, spell))})`);
    else if (plain.how === 'anything') tests.push(`isNotNull(${value.text})`);
    else if (plain.how === 'equals') equals.push(spell(plain.text));
    else if (plain.how === 'contains') contains.push(spell(plain.text));
    else if (plain.how === 'startswith') tests.push(`startsWith(${subject}, ${quoteText(spell(plain.text))})`);
    else tests.push(`endsWith(${subject}, ${quoteText(spell(plain.text))})`);
  }
  const needles = [...new Set(contains)].map(quoteText);
  for (let at = 0; at < needles.length; at += mostNeedles) {
    tests.push(`multiSearchAny(${subject}, [${needles.slice(at, at + mostNeedles).join(', ')}])`);
  }
  return [isOneOf([...new Set(equals)], value, subject), ...tests].filter((test) => test !== 'false');
}

function isOneOf(texts: readonly string[], value: SqlValue, subject: string): string {
  const { number } = value;
  // A number has one spelling: no other text is it.
  const literals =
    number === undefined
      ? texts.map(quoteText)
      : texts.filter((text) => String(Number(text)) === text && Number.isSafeInteger(Number(text)));
  const rest = number === undefined ? [] : texts.filter((text) => !literals.includes(text)).map(quoteText);
  return joined('or', [...within(number ?? subject, literals), ...within(subject, rest)]);
}

function within(subject: string, literals: readonly string[]): string[] {
  if (literals.length === 0) return [];
  return [literals.length === 1 ? `${subject} = ${literals[0]}` : `${subject} IN (${literals.join(', ')})`];
}

function likePattern({ pieces }: TextMatch, spell: (text: string) => string): string {
  return pieces
    .map((piece) => (typeof piece === 'string' ? escapeLike(spell(piece)) : isRun(piece) ? '%' : '_'))
    .join('');
}

/** The engine's dot takes a line's end where it is not told otherwise. To it a character beyond U+FFFF is one, to events'
 *  expressions (regex.ts) two; and with `i` it takes ſ for s and the Kelvin sign for k. */
function regexText({ source, flags }: RegexMatch): string {
  const isDotAll = flags.includes('s');
  return `(?${flags}${isDotAll ? '' : '-s'})${source}`;
}

/** The number, or the text that it is written as. */
function isNumber(wanted: number, { text, number }: SqlValue): string {
  if (number !== undefined && (Number.isSafeInteger(wanted) || !Number.isInteger(wanted)))
    return `${number} = ${literal(wanted)}`;
  return `${text} = ${quoteText(String(wanted))}`;
}

/** Version 4 and 6 are worlds of their own: ::ffff:10.0.0.1 is in no IPv4 network. */
function isWithin(network: string, { text, number, time }: SqlValue): string {
  const cidr = parseNetwork(network);
  if (cidr === undefined || number !== undefined || time !== undefined) return 'false';
  const isAddress = cidr.version === 4 ? `isIPv4String(${text})` : `isIPv6String(${text})`;
  const whole = network.includes('/') ? network : `${network}/${cidr.bits}`;
  // The engine refuses the whole query for a value that is no address, so it gets another.
  const some = cidr.version === 4 ? '0.0.0.0' : '::';
  const address = `if(${isAddress}, assumeNotNull(${text}), '${some}')`;
  return `and(${isAddress}, isIPAddressInRange(${address}, ${quoteText(whole)}))`;
}

/** YAML has numbers without end; the engine spells them inf, -inf and nan. */
function literal(number: number): string {
  return String(number).replace('Infinity', 'inf').toLowerCase();
}

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** NULL for text that is no decimal number. */
function numberOf({ text, number }: SqlValue): string {
  return number ?? `if(match(${text}, ${quoteText(decimal)}), toFloat64OrNull(${text}), NULL)`;
}

const decimal = String.raw`^[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?$`;

const parts = {
  minute: 'toMinute',
  hour: 'toHour',
  day: 'toDayOfMonth',
  week: 'toISOWeek',
  month: 'toMonth',
  year: 'toYear',
} as const;

/** NULL for text that is no date. Unlike in events, the 31st of a month with 30 days is none either. */
function timeOf({ text, time }: SqlValue): string {
  return time ?? `if(match(${text}, ${quoteText(date)}), parseDateTime64BestEffortOrNull(${text}, 6, 'UTC'), NULL)`;
}

const day = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const clock = String.raw`(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?`;
const date = String.raw`^${day}(?:[T ]${clock}(?: ?(?:Z|UTC|[+-](?:[01]\d|2[0-3]):?[0-5]\d))?)?$`;
