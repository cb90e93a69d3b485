// Random events of the schema of sigma-sql.test.ts and random conditions on them: the same for the same seed. Values come
// from few letters, so that they meet.

import { createRandom, pick as pickBy } from '../bench/random.ts';
import type { Condition, Match, Piece, RegexMatch, TextMatch } from '../src/detect/sigma/ast.ts';

const letters = [
  'a',
  'A',
  'b',
  'ß',
  'İ',
  'Σ',
  'σ',
  'K',
  'ſ',
  'é',
  '😀',
  '\\',
  '%',
  '_',
  "'",
  '"',
  '/',
  '\n',
  ' ',
  '1',
  '.',
  '*',
];
const numbers = ['1', '12', '-1', '0.5', '1e3', '.5', '5.', '+1', '01', ' 1', 'NaN', 'inf', '0x10', '1e999'];
const addresses = ['10.0.0.1', '10.0.0.256', '010.0.0.1', '::1', 'fe80::1', '::ffff:10.0.0.1', 'fe80::1%eth0'];
const times = ['2026-01-04', '2026-12-31T23:59:59Z', '2026-06-30 01:02', '2026-06-30T01:02:03.4+02:30', '2026-13-01'];
const texts = [...numbers, ...addresses, ...times, '', 'true', 'False', 'null', '{"a":1}', '[1]', '"a"'];
const fields = [
  'text',
  'other',
  'sure',
  'int',
  'big',
  'float',
  'flag',
  'when',
  'texts',
  'ints',
  'floats',
  'flags',
  'times',
];
const nested = [
  'json',
  'json.a',
  'json.a.b',
  'json.*',
  'object',
  'object.key',
  'object.count',
  'object.yes',
  'object.deep',
];
const deeper = [
  'object.deep.er',
  'object.deep.list',
  'object.list',
  'object.list.name',
  'objects',
  'objects.name',
  'nowhere',
];
const named = ['event.outcome', 'event.kind', 'result', 'p_event_time', 'p_log_type'];
const allFields = [...fields, ...nested, ...deeper, ...named];
const regexes = [
  'a',
  '^a',
  'b$',
  '[a-c]+',
  'a.b',
  '^\\S+$',
  '\\d{2}',
  '(?:a|é)b?',
  '\\bA',
  '^$',
  '\\s',
  '\\W',
  '%|_',
  'ß',
];
const networks = ['10.0.0.0/8', '10.0.0.1', '::/0', 'fe80::/10', '0.0.0.0/0', '::ffff:0:0/96'];

export function createGenerator(seed: number): { record(): unknown; condition(): Condition } {
  const below = createRandom(seed);
  const chance = (share: number): boolean => below(100) < share * 100;
  const pick = <T>(of: readonly T[]): T => pickBy(of, below);
  const often = <T>(share: number, make: () => T): T | undefined => (chance(share) ? make() : undefined);
  const list = <T>(most: number, make: () => T): T[] => Array.from({ length: below(most + 1) }, make);
  const word = (): string => (chance(0.4) ? pick(texts) : list(4, () => pick(letters)).join(''));
  const integer = (): number => pick([0, 1, -1, 12, 4624, 2_147_483_647]);
  const float = (): number => pick([0, 0.5, 1, 12, -1.25, 1e21, 1e-7, 123_456.789]);
  const time = (): string => pick(['2026-01-04T00:00:00Z', '2026-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.5Z']);

  /** Within a list SQL does not follow lists, and takes null and empty lists for values. */
  function json(depth: number, isWithinList = false): unknown {
    const kind = below(depth === 0 ? 4 : 7);
    if (kind < 2) return word();
    if (kind === 2) return pick([1, 12, true, false, 0.5]);
    if (kind === 3) return isWithinList ? word() : null;
    if (kind === 4) return isWithinList ? integer() : list(3, () => json(depth - 1, true));
    return Object.fromEntries(
      ['a', 'b', 'c'].flatMap((key) => (chance(0.6) ? [[key, json(depth - 1, isWithinList)]] : [])),
    );
  }

  function object(): unknown {
    // What is stored keeps neither an empty object nor the order of keys.
    return {
      count: integer(),
      deep: often(0.6, () => ({ er: word(), list: list(2, word) })),
      key: often(0.6, word),
      list: often(0.5, () => [{ name: word() }, { name: word() }]),
      yes: often(0.5, () => chance(0.5)),
    };
  }

  function record(): unknown {
    return {
      text: often(0.8, word),
      other: often(0.7, word),
      sure: word(),
      int: often(0.7, integer),
      big: often(0.5, () => pick([1, 12, '9007199254740993', '-9223372036854775808'])),
      float: often(0.7, float),
      flag: often(0.7, () => chance(0.5)),
      when: often(0.7, time),
      texts: often(0.7, () => list(3, word)),
      ints: often(0.7, () => list(3, integer)),
      floats: often(0.5, () => list(3, float)),
      flags: often(0.5, () => list(2, () => chance(0.5))),
      times: often(0.5, () => list(2, time)),
      json: often(0.7, () => json(3)),
      object: often(0.7, object),
      objects: often(0.5, () => [{ name: word() }, { name: word() }]),
      result: often(0.6, () => pick(['Accepted', 'accepted', 'success', 'a'])),
    };
  }

  function text(): TextMatch {
    const piece = (): Piece => (chance(0.6) ? word() : chance(0.6) ? { any: 'run' } : { any: 'one' });
    const pieces = list(4, piece).filter((each) => each !== '');
    return { kind: 'text', pieces: joinPieces(pieces), cased: chance(0.3) };
  }

  function regex(): RegexMatch {
    return { kind: 'regex', source: pick(regexes), flags: ['i', 'm', 's'].filter(() => chance(0.3)).join('') };
  }

  function match(): Match {
    switch (below(12)) {
      case 0:
        return { kind: 'number', value: pick([0, 1, 12, -1, 0.5, 4624]) };
      case 1:
        return { kind: 'boolean', value: chance(0.5) };
      case 2:
        return { kind: 'null' };
      case 3:
        return { kind: 'exists', wanted: chance(0.5) };
      case 4:
        return { kind: 'cidr', network: pick(networks) };
      case 5:
        return { kind: 'compare', operator: pick(['gt', 'gte', 'lt', 'lte']), value: pick([0, 0.5, 1, 12, -1]) };
      case 6: {
        const how = pick(['equals', 'contains', 'startswith', 'endswith'] as const);
        return { kind: 'fieldref', other: pick(allFields), how, cased: chance(0.5) };
      }
      case 7: {
        const part = pick(['minute', 'hour', 'day', 'week', 'month', 'year'] as const);
        return { kind: 'time', part, value: pick([0, 1, 4, 6, 12, 23, 30, 31, 53, 59, 2026]) };
      }
      case 8:
        return regex();
      default:
        return text();
    }
  }

  function condition(depth = 3): Condition {
    const kind = below(depth === 0 ? 5 : 10);
    if (kind === 0) return { kind: 'keyword', match: chance(0.5) ? text() : regex() };
    if (kind < 5) return { kind: 'field', field: pick(allFields), match: match() };
    if (kind === 5 || kind === 6) return { kind: 'not', of: condition(depth - 1) };
    if (kind === 7) {
      // As rules do: much of one field.
      const field = pick(allFields);
      return { kind: 'or', of: list(5, () => ({ kind: 'field' as const, field, match: match() })) };
    }
    return { kind: kind === 8 ? 'and' : 'or', of: list(3, () => condition(depth - 1)) };
  }

  return { record, condition: () => condition() };
}

/** As the parser gives them: texts beside each other are one, runs too. */
function joinPieces(pieces: readonly Piece[]): readonly Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') joined[joined.length - 1] = last + piece;
    else if (typeof piece === 'object' && typeof last === 'object' && piece.any === 'run' && last.any === 'run')
      continue;
    else joined.push(piece);
  }
  return joined;
}
