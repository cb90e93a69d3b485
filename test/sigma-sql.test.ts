// Sigma's conditions as SQL over a real store: each kind of match by example, and rules, random conditions and random
// events, of which the streaming evaluator must say the same.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../bench/random.ts';
import type { Condition, Match, Piece } from '../src/detect/sigma/ast.ts';
import { agreementOf, linuxLines, missing, readContent, readRules, windowsLines } from './sigma-corpus.ts';
import { createGenerator } from './sigma-random.ts';
import { toSql } from '../src/detect/sigma/sql.ts';
import { historyQuery } from '../src/detect/sigma/sql-history.ts';
import { type History, openHistory, readSchema } from './sigma-history.ts';

const schema = readSchema(`
schema: Test.Kinds
ecs: {event.kind: state}
fields:
  - {name: id, type: string}
  - {name: text, type: string}
  - {name: other, type: string}
  - {name: sure, type: string, required: true}
  - {name: int, type: int}
  - {name: big, type: bigint}
  - {name: float, type: float}
  - {name: flag, type: boolean}
  - {name: when, type: timestamp, timeFormats: [rfc3339], isEventTime: true}
  - {name: texts, type: array, element: {type: string}}
  - {name: ints, type: array, element: {type: int}}
  - {name: floats, type: array, element: {type: float}}
  - {name: flags, type: array, element: {type: boolean}}
  - {name: times, type: array, element: {type: timestamp, timeFormats: [rfc3339]}}
  - {name: json, type: json}
  - {name: result, type: string, ecs: {name: event.outcome, values: {Accepted: success}}}
  - name: object
    type: object
    fields:
      - {name: key, type: string}
      - {name: count, type: int}
      - {name: yes, type: boolean}
      - {name: deep, type: object, fields: [{name: er, type: string}, {name: list, type: array, element: {type: string}}]}
      - {name: list, type: array, element: {type: object, fields: [{name: name, type: string}]}}
  - {name: objects, type: array, element: {type: object, fields: [{name: name, type: string}]}}
`);

/** Each record's id is the key that tells it in the tests. */
const records: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  nothing: {},
  empty: { text: '', other: '' },
  plain: { text: 'C:\\Windows\\cmd.exe', other: 'CMD.exe', int: 4624, float: 0.5, flag: true },
  upper: { text: 'C:\\WINDOWS\\CMD.EXE', other: 'c:\\windows\\cmd.exe', int: -1, float: 1e21, flag: false },
  number: { text: '4624', big: '9007199254740993', float: 4624 },
  german: { text: 'STRASSE Ä ẞ', other: 'straße' },
  turkish: { text: 'İstanbul K ΑΣ' },
  emoji: { text: 'a😀b', other: 'a_b' },
  lines: { text: 'one\r\nTwo\nthree' },
  signs: { text: `50% off_'"\`\\ \u0000 {x:String} -- /*` },
  boolean: { text: 'True', flag: true },
  v4: { text: '10.1.2.3', other: '010.1.2.3' },
  v6: { text: '2001:db8::1', other: '::ffff:10.1.2.3' },
  time: { text: '2026-03-01T23:59:30+02:00', when: '2026-01-01T00:05:06.789123Z', other: '2026-03-01' },
  lists: { texts: ['alpha', 'Beta'], ints: [1, 22], floats: [0.25], flags: [true], times: ['2026-01-04T10:00:00Z'] },
  object: { object: { key: 'Inner', count: 7, yes: true, deep: { er: 'x"y\\z', list: ['one', 'two'] } } },
  within: { object: { list: [{ name: 'first' }, { name: 'second' }] }, objects: [{ name: 'third' }, { name: '4' }] },
  jsonText: { json: 'bare' },
  slash: { object: { deep: { er: 'a/b' } }, float: '-0' },
  mapped: { result: 'Accepted' },
  unmapped: { result: 'odd' },
  jsonObject: { json: { a: [{ b: 'found' }], c: null, s: 'a/b' } },
};

const written = Object.entries(records).map(([id, record]) => JSON.stringify({ id, sure: `x${id}`, ...record }));

const run: Piece = { any: 'run' };
const one: Piece = { any: 'one' };
const is = (field: string, match: Match): Condition => ({ kind: 'field', field, match });
const not = (of: Condition): Condition => ({ kind: 'not', of });
const all = (...of: Condition[]): Condition => ({ kind: 'and', of });
const any = (...of: Condition[]): Condition => ({ kind: 'or', of });
const text = (...pieces: Piece[]): Match & { kind: 'text' } => ({ kind: 'text', pieces, cased: false });
const cased = (...pieces: Piece[]): Match & { kind: 'text' } => ({ kind: 'text', pieces, cased: true });
const regex = (source: string, flags = ''): Match & { kind: 'regex' } => ({ kind: 'regex', source, flags });
const keyword = (match: (Match & { kind: 'text' }) | (Match & { kind: 'regex' })): Condition => ({
  kind: 'keyword',
  match,
});
const nothing: Match = { kind: 'null' };
const exists: Match = { kind: 'exists', wanted: true };
const number = (value: number): Match => ({ kind: 'number', value });
const compare = (operator: 'gt' | 'gte' | 'lt' | 'lte', value: number): Match => ({ kind: 'compare', operator, value });
const cidr = (network: string): Match => ({ kind: 'cidr', network });

const names = Object.keys(records);
const except = (...left: string[]): string[] => names.filter((name) => !left.includes(name));

const cases: readonly (readonly [string, Condition, readonly string[]])[] = [
  ['text, whatever its case', is('text', text('c:\\windows\\CMD.exe')), ['plain', 'upper']],
  ['text, cased', is('text', cased('C:\\Windows\\cmd.exe')), ['plain']],
  ['contains', is('text', text(run, 'DOWS\\c', run)), ['plain', 'upper']],
  ['startswith', is('text', text('c:', run)), ['plain', 'upper']],
  ['endswith', is('text', text(run, '.exe')), ['plain', 'upper']],
  ['contains, cased', is('text', cased(run, 'DOWS', run)), ['upper']],
  ['inner wildcard', is('text', text('c:', run, '.e', run)), ['plain', 'upper']],
  ['wildcard for one character of any size', is('text', text('a', one, 'b')), ['emoji']],
  ['and not for two', is('text', text('a', one, one, 'b')), []],
  ['a run takes line ends', is('text', text('ONE', run, 'three')), ['lines']],
  ['one takes a line end', is('text', text(run, 'two', one, 'three')), ['lines']],
  ["LIKE's own signs are text", is('text', text(run, '50% off_', run, 'x', run)), ['signs']],
  ['an underscore is no wildcard', is('other', text('a_b', run)), ['emoji']],
  ['hostile text', is('text', text(`50% off_'"\`\\ \u0000 {x:String} -- /*`)), ['signs']],
  ['hostile contains', any(is('text', text(run, `'"\`\\ \u0000`, run)), is('text', text(run, '\\\\', run))), ['signs']],
  ['beyond ASCII', is('text', text('strasse ä ß')), ['german']],
  ['İ is i and a dot, K is k, final sigma', is('text', text('i̇stanbul k ας')), ['turkish']],
  ['any text at all', is('text', text(run)), names.filter((name) => records[name]?.['text'] !== undefined)],
  ['the empty text', is('text', text('')), ['empty']],
  [
    'many at once',
    any(...['cmd.exe', 'zz'].map((end) => is('other', text(end))), is('other', text(run, 'db'))),
    ['plain'],
  ],
  ['a number as text', is('int', text('4624')), ['plain']],
  ['the beginning of a number', is('int', text('46', run)), ['plain']],
  ['numbers as texts', any(is('int', text('4624')), is('int', text('-1')), is('int', text('01'))), ['plain', 'upper']],
  ['a large number as text', is('big', text('9007199254740993')), ['number']],
  ['a float as JavaScript writes it', any(is('float', text('1e+21')), is('float', text('0.5'))), ['plain', 'upper']],
  ['a truth value as text', is('flag', text('TRUE')), ['plain', 'boolean']],
  ['number', is('int', number(4624)), ['plain']],
  ['number as text', is('text', number(4624)), ['number']],
  ['number as float', is('float', number(4624)), ['number']],
  ['boolean', is('flag', { kind: 'boolean', value: false }), ['upper']],
  ['null', is('text', nothing), names.filter((name) => records[name]?.['text'] === undefined)],
  ['null of no such field', is('nowhere', nothing), names],
  ['null of a required field', is('sure', nothing), []],
  ['null of an empty list', is('texts', nothing), except('lists')],
  ['null of an object', is('object', nothing), except('object', 'within', 'slash')],
  ['exists', is('when', exists), ['time']],
  ['exists, in an object', is('object.deep', exists), ['object', 'slash']],
  ['exists, deeper', is('object.deep.er', exists), ['object', 'slash']],
  ['a slash in an object as JSON text', is('object.deep', text('{"er":"a/b"}')), ['slash']],
  ['zero has no sign', is('float', text('-', run)), []],
  ['exists, through a list', is('object.list.name', exists), ['within']],
  ['does not exist', is('sure', { kind: 'exists', wanted: false }), []],
  ['no such field', any(is('nowhere', text(run)), is('nowhere', exists), is('nowhere', number(1))), []],
  ['not', not(is('text', text(run))), names.filter((name) => records[name]?.['text'] === undefined)],
  ['not of no such field', not(is('nowhere', text('x'))), names],
  ['not not', not(not(is('int', compare('gt', 0)))), ['plain']],
  ['not of several', not(any(is('int', number(4624)), not(is('flag', exists)))), ['upper', 'boolean']],
  ['not of a list', not(is('texts', text('beta'))), except('lists')],
  ['regex, cased and anywhere', is('text', regex('dows.cmd')), ['plain']],
  ['regex i', is('text', regex('^c:.*EXE$', 'i')), ['plain', 'upper']],
  ['a dot is no line end', is('text', regex('one.*three', 'i')), []],
  ['but with s it is', is('text', regex('one.*three', 's')), ['lines']],
  ['anchors are of the whole', is('text', regex('^Two')), []],
  ['but with m of lines', is('text', regex('^Two$', 'm')), ['lines']],
  ['regex of a number', is('int', regex('^46\\d\\d$')), ['plain']],
  ['cidr', any(is('text', cidr('10.0.0.0/8')), is('text', cidr('2001:db8::/32'))), ['v4', 'v6']],
  ['cidr of everything', is('text', cidr('0.0.0.0/0')), ['v4']],
  ['an address as a network', is('text', cidr('10.1.2.3')), ['v4']],
  ['not quite addresses', is('other', cidr('10.0.0.0/8')), []],
  ['compare', is('int', compare('gte', 4624)), ['plain']],
  [
    'compare with what has no end',
    is('float', compare('lt', Number.POSITIVE_INFINITY)),
    ['plain', 'upper', 'number', 'slash'],
  ],
  ['compare text', is('text', compare('lt', 5000)), ['number']],
  ['compare a float', is('float', compare('gt', 0.5)), ['upper', 'number']],
  ['fieldref', is('text', { kind: 'fieldref', other: 'other', how: 'equals', cased: false }), ['empty', 'upper']],
  ['fieldref, cased', is('text', { kind: 'fieldref', other: 'other', how: 'equals', cased: true }), ['empty']],
  [
    'fieldref, ends',
    is('text', { kind: 'fieldref', other: 'other', how: 'endswith', cased: false }),
    ['empty', 'plain', 'upper'],
  ],
  ['fieldref into a list', is('ints', { kind: 'fieldref', other: 'ints', how: 'contains', cased: false }), ['lists']],
  ['fieldref to nowhere', is('text', { kind: 'fieldref', other: 'nowhere', how: 'contains', cased: false }), []],
  ['time', is('when', { kind: 'time', part: 'minute', value: 5 }), ['time']],
  ['year', is('when', { kind: 'time', part: 'year', value: 2026 }), ['time']],
  ['week', is('when', { kind: 'time', part: 'week', value: 1 }), ['time']],
  ['time in text, in UTC', is('text', { kind: 'time', part: 'hour', value: 21 }), ['time']],
  ['a time as text', is('when', text('2026-01-01 00:05:06.789')), ['time']],
  ['some of a list', is('texts', text('BETA')), ['lists']],
  [
    'numbers of a list',
    all(is('ints', number(22)), is('ints', compare('lt', 2)), is('floats', text('0.25'))),
    ['lists'],
  ],
  ['truth in a list', is('flags', text('true')), ['lists']],
  ['times in a list', is('times', { kind: 'time', part: 'week', value: 1 }), ['lists']],
  ['within an object', is('object.key', text('inner')), ['object']],
  ['a number within an object', is('object.count', number(7)), ['object']],
  ['truth within an object', is('object.yes', { kind: 'boolean', value: true }), ['object']],
  ['escapes within an object', is('object.deep.er', text('x"Y\\z')), ['object']],
  ['a list within an object', is('object.deep.list', text('two')), ['object']],
  ['through a list within an object', is('object.list.name', text('second')), ['within']],
  ['through a list of objects', is('objects.name', text('third')), ['within']],
  ['JSON that is a text', is('json', text('bare')), ['jsonText']],
  ['through JSON', is('json.a.b', text('found')), ['jsonObject']],
  ['null in JSON', is('json.c', nothing), names],
  ['null in JSON exists', is('json.c', exists), ['jsonObject']],
  ['each key of JSON', is('json.*.b', text('found')), ['jsonObject']],
  ['an object as JSON text', is('object.deep', text('{"er":"x\\"y\\\\z","list":["one","TWO"]}')), ['object']],
  ['an object within JSON as text', is('json.a', text('{"b":"found"}')), ['jsonObject']],
  ['a slash in it', is('json', text(run, '"s":"a/b"', run)), ['jsonObject']],
  ['an ECS name', is('event.outcome', text('odd')), ['unmapped']],
  ['an ECS name with its own values', is('event.outcome', text('success')), ['mapped']],
  ['a constant', is('event.kind', text('state')), names],
  ['the log type', is('p_log_type', text('test.kinds')), names],
  ['keyword', keyword(text(run, 'DOWS', run)), ['plain', 'upper']],
  [
    'keyword in lists and objects',
    any(keyword(text('beta')), keyword(text('two')), keyword(text('found'))),
    ['lists', 'object', 'jsonObject'],
  ],
  ['keyword that is a key', keyword(text('deep')), []],
  ['keyword that is a number', keyword(text('4624')), ['plain', 'number']],
  ['keyword regex', keyword(regex('^x"y')), ['object']],
  ['not keyword', not(keyword(text(run))), []],
  ['no condition', any(), []],
  ['every condition of none', all(), names],
];

describe('each kind of match over a store', () => {
  let history: History;
  beforeAll(async () => {
    history = await openHistory(schema, written);
  });
  afterAll(async () => {
    await history[Symbol.asyncDispose]();
  });

  test('finds what is written beside it', async () => {
    expect(history.events.length).toBe(written.length);
    const nameOf = new Map(history.events.map((event) => [event.p_row_id, String(event['id'])]));
    const conditions = cases.map(([, condition]) => condition);
    const named = (hits: Awaited<ReturnType<History['hits']>>): unknown =>
      cases.map(([what], index) => {
        const found = hits[index];
        return [what, Array.isArray(found) ? found.map((id: string) => nameOf.get(id)) : found];
      });
    const expected = cases.map(([what, , found]) => [what, found]);
    expect(named(history.streamed(conditions))).toEqual(expected);
    expect(named(await history.hits(conditions))).toEqual(expected);
  });

  test('a hunt gives the newest first, within its time', async () => {
    const condition = any(is('when', exists), is('object.key', exists));
    const hunt = async (from: number, to: number, maxRows = 10): Promise<unknown> => {
      const query = historyQuery(condition, schema, history.table, { from, to }, { columns: ['id'], maxRows });
      if ('problem' in query) throw new Error(query.problem);
      const { rows } = await history.store.query(query.sql, query.parameters);
      return rows.map((row) => row['id']);
    };
    // Without a time of its own an event has that of its arrival.
    const [early, arrival] = [Date.UTC(2026, 0, 1, 0, 5, 6, 789), Date.UTC(2026, 10, 20, 12)];
    expect(await hunt(early, arrival + 1)).toEqual(['object', 'time']);
    expect(await hunt(early, arrival + 1, 1)).toEqual(['object']);
    expect(await hunt(early, arrival)).toEqual(['time']);
    expect(await hunt(early + 1, arrival)).toEqual([]);
  });

  test('rules as large and as deep as they come', async () => {
    const words = Array.from({ length: 3000 }, (_, index) => `word${index}`);
    const deep = (levels: number): Condition =>
      levels === 0
        ? is('int', compare('gt', 0))
        : not(all(is('sure', exists), any(is('int', number(levels)), not(deep(levels - 1)))));
    const conditions = [
      any(...words.map((word) => is('text', text(run, word, run))), is('text', text(run, 'cmd', run))),
      any(...words.map((word) => is('text', text(word))), is('text', text('4624'))),
      any(...words.map((word) => is('text', text(run, word))), is('text', text(run, 'exe'))),
      any(...words.slice(0, 300).map((word) => is('texts', regex(word))), is('texts', regex('al.ha'))),
      all(...words.map((word) => not(is('sure', text(word)))), is('int', number(4624))),
      any(
        ...words.slice(0, 1000).map((word) => all(is('text', text(word)), is('sure', exists))),
        is('text', text('4624')),
      ),
      deep(24),
    ];
    const hits = await history.hits(conditions);
    expect(hits.map((ids) => ('problem' in ids ? ids : ids.length))).toEqual([2, 1, 2, 1, 1, 1, 1]);
    const tooMuch = [deep(40), any(...words.map((word) => is('int', regex(word.repeat(20)))))];
    const refused = tooMuch.map((condition) =>
      toSql(condition, { find: () => [{ expression: 'x', kind: 'string' }], everyText: undefined }),
    );
    expect(refused).toEqual([
      { problem: 'has more than 100 conditions within each other' },
      { problem: 'is longer than 240000 bytes as SQL' },
    ]);
  });
});

test.each([4, 5, 6])('random conditions on random events: SQL finds what streaming finds (seed %i)', async (seed) => {
  const random = createGenerator(seed);
  const conditions = Array.from({ length: 600 }, () => random.condition());
  await using history = await openHistory(
    schema,
    Array.from({ length: 150 }, (_, id) => JSON.stringify({ id: `${id}`, ...Object(random.record()) })),
  );
  expect(history.events.length).toBe(150);
  const streamed = history.streamed(conditions);
  const stored = await history.hits(conditions);
  const differences = stored.flatMap((rows, index) => {
    const [found, expected] = ['problem' in rows ? [] : rows, streamed[index] ?? []];
    const only = [...found.filter((row) => !expected.includes(row)), ...expected.filter((row) => !found.includes(row))];
    const [event] = history.events.filter(({ p_row_id }) => p_row_id === only[0]);
    return 'problem' in rows || event !== undefined ? [JSON.stringify([seed, conditions[index], rows, event])] : [];
  });
  expect(differences).toEqual([]);
});

describe.skipIf(missing !== '')(
  `a sample of public rules${missing === '' ? '' : ` (skipped without ${missing})`}`,
  () => {
    const random = createRandom(1);
    const rules = missing === '' ? readRules(() => random(100) < 3) : [];

    test.each([
      ['windows/event-logs.yml', windowsLines, 50],
      ['linux/auth.yml', linuxLines, 1],
    ] as const)('SQL finds what streaming finds: %s', async (file, lines, least) => {
      await using history = await openHistory(readSchema(readContent(file), file), lines());
      const agreement = await agreementOf(history, rules);
      expect(agreement).toMatchObject({ refused: [], differences: [] });
      expect(agreement.rules).toBeGreaterThanOrEqual(least);
    });
  },
);
