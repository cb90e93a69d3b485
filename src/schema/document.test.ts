import { expect, test } from 'vitest';
import { formatProblem } from '../core/problem.ts';
import type { Schema } from '../core/schema.ts';
import { parseSchema } from './document.ts';

const file = 'schemas/a.yml';

function problems(text: string): readonly string[] {
  return parseSchema(text, file).problems.map(formatProblem);
}

function schemaOf(text: string): Schema {
  const { schema, problems: found } = parseSchema(text, file);
  if (schema === undefined) throw new Error(found.map(formatProblem).join('\n'));
  return schema;
}

/** The problems of a schema with these fields, without their places. */
function ofFields(fields: string, rest = ''): readonly string[] {
  return parseSchema(`schema: Custom.Test\n${rest}\nfields: ${fields}`, file).problems.map(
    (problem) => problem.message,
  );
}

test("Panther's form is read with its defaults", () => {
  const schema = schemaOf(`
version: 0
schema: Custom.MyApp.Audit
description: d
referenceURL: https://example.org
definitions:
  Actor: {type: object, fields: [{name: ip, type: string, indicators: [ip]}]}
fields:
  - {name: time, required: true, type: timestamp, timeFormat: rfc3339, isEventTime: true}
  - {name: at, type: timestamp, timeFormats: [unix, '%Y-%m-%d']}
  - {name: actors, type: array, element: {type: ref, target: Actor}}
  - {name: inner, type: json, isEmbeddedJSON: true}
  - {name: userId, type: string, rename: {from: PIN}, mask: {type: redact, to: '*'}}
  - {name: names, type: array, indicators: [domain], element: {type: string}}
`);
  expect(schema).toMatchObject({
    name: 'Custom.MyApp.Audit',
    parser: { type: 'json' },
    referenceUrl: 'https://example.org',
    fieldDiscovery: false,
    drop: [],
    extract: [],
    file,
  });
  expect(schema.fields).toEqual([
    { name: 'time', required: true, type: 'timestamp', timeFormats: ['rfc3339'], isEventTime: true },
    { name: 'at', required: false, type: 'timestamp', timeFormats: ['unix', '%Y-%m-%d'] },
    {
      name: 'actors',
      required: false,
      type: 'array',
      element: { type: 'object', fields: [{ name: 'ip', required: false, type: 'string', indicators: ['ip'] }] },
    },
    { name: 'inner', required: false, type: 'json', isEmbeddedJson: true },
    { name: 'userId', required: false, type: 'string', rename: { from: 'PIN' }, mask: { type: 'redact', to: '*' } },
    { name: 'names', required: false, type: 'array', element: { type: 'string', indicators: ['domain'] } },
  ]);
});

test('our additions are read', () => {
  const schema = schemaOf(`
schema: Custom.Test
patternDefinitions: {PORT: '[0-9]+'}
ecs: {event.kind: event}
drop:
  - {reason: header, when: {a: [(only, Local], b: 5}}
extract:
  - {from: a, when: {b: x}, patterns: [{match: '%{IP:b}:%{PORT}', set: {c: yes}}]}
fields:
  - {name: a, type: string, ecs: source.ip}
  - {name: b, type: string, ecs: {name: event.outcome, values: {Accepted: success}}}
  - {name: c, type: string}
`);
  expect(schema.drop).toEqual([{ reason: 'header', when: { a: ['(only', 'Local'], b: ['5'] } }]);
  expect(schema.extract).toEqual([
    { from: 'a', when: { b: ['x'] }, patterns: [{ match: '%{IP:b}:%{PORT}', set: { c: 'yes' } }] },
  ]);
  expect(schema.fields[0]?.ecs).toBe('source.ip');
  expect(schema.fields[1]).toMatchObject({ ecs: 'event.outcome', ecsValues: { Accepted: 'success' } });
  expect(schema.ecs).toEqual({ 'event.kind': 'event' });
});

function parserOf(parser: string): Schema['parser'] {
  return schemaOf(`schema: Custom.Test\nparser: ${parser}\nfields: [{name: a, type: string}]`).parser;
}

test('each parser is read with its defaults', () => {
  const defaults = { emptyValues: [], trimSpace: false, expandFields: {} };
  expect(parserOf('{regex: {match: ["%{IP:a}", " x"]}}')).toEqual({
    type: 'regex',
    match: ['%{IP:a}', ' x'],
    patternDefinitions: {},
    ...defaults,
  });
  expect(
    parserOf('{fastmatch: {match: ["%{a} %{}"], skipPrefix: "#", emptyValues: ["-", 0], trimSpace: true}}'),
  ).toEqual({
    type: 'fastmatch',
    match: ['%{a} %{}'],
    skipPrefix: '#',
    emptyValues: ['-', '0'],
    trimSpace: true,
    expandFields: {},
  });
  expect(parserOf('{csv: {columns: [a, "", b], expandFields: {c: "%{a}-%{b}"}}}')).toEqual({
    type: 'csv',
    delimiter: ',',
    hasHeader: false,
    columns: ['a', '', 'b'],
    ...defaults,
    expandFields: { c: '%{a}-%{b}' },
  });
});

test('a file without a name is named by its file', () => {
  expect(parseSchema('fields: [{name: a, type: string}]', 'schemas/Custom.Netstat.yml').schema?.name).toBe(
    'Custom.Netstat',
  );
  expect(problems('fields: [{name: a, type: string}]')[0]).toContain('`schema` is missing');
});

test('problems have their place, what was expected, and what may be meant', () => {
  expect(
    problems(`schema: Custom.Test
feilds: 3
parser:
  regexx: {}
fields:
  - name: a
    type: strin
  - name: b
    type: string
    indicators: [ipp]
  - 3
drop: [{reason: x, when: {a: {b: 1}}}]`),
  ).toEqual([
    'schemas/a.yml:2:1: unknown key `feilds`; did you mean `fields`?',
    'schemas/a.yml:4:3: parser: unknown key `regexx`; did you mean `regex`?',
    'schemas/a.yml:7:11: fields[0].type: expected one of string, int, smallint, bigint, float, boolean, timestamp, json, array, object, ref; did you mean string?',
    expect.stringMatching(
      /^schemas\/a.yml:10:18: fields\[1\].indicators\[0\]: expected one of ip, .*; did you mean ip\?$/,
    ),
    'schemas/a.yml:11:5: fields[2]: expected a map of keys, found 3',
    'schemas/a.yml:12:30: drop[0].when.a: expected a text or a list of them',
  ]);
  expect(problems('schema: Custom.Test')).toEqual(['schemas/a.yml:1:1: fields: is missing; expected a list']);
});

test('broken YAML is told with its place', () => {
  expect(problems('a: 1\na: 2')).toEqual(['schemas/a.yml:2:1: YAML: Map keys must be unique']);
  expect(problems('a: [1')[0]).toMatch(/^schemas\/a.yml:1:\d+: YAML: /);
  expect(problems('')).toEqual(['schemas/a.yml:1:1: expected a map of keys, found nothing']);
  expect(problems('- a')).toEqual(['schemas/a.yml:1:1: expected a map of keys, found a list']);
});

test('hostile files end in a problem', () => {
  expect(problems('__proto__: {a: 1}')).toEqual(['schemas/a.yml:1:1: the key __proto__ is not allowed']);
  expect(problems('fields: [{name: a, type: string, ecs: {__proto__: x}}]')[0]).toContain('__proto__');
  expect(problems('['.repeat(50_000)).length).toBeLessThanOrEqual(10);
  expect(problems(`a: ${'x'.repeat(1024 * 1024)}`)).toEqual(['schemas/a.yml: is larger than 1 MiB']);
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    const [before, name] = [String.fromCharCode(96 + level), String.fromCharCode(97 + level)];
    bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`);
  }
  expect(problems(bomb.join('\n'))[0]).toContain('YAML: Excessive alias count');
});

function named(name: string): readonly string[] {
  return problems(`schema: ${name}\nfields: [{name: a, type: string}]`);
}

test('names', () => {
  expect(named('Zeek.Conn')).toEqual([]);
  for (const name of ['custom.a', 'A', 'Custom..A', 'Custom.a', '"Custom.Test b"'])
    expect(named(name)[0]).toContain('expected a log type');
  expect(named('Signals')[0]).toContain('taken by a table');
});

test('fields are checked', () => {
  expect(ofFields('[{name: a, type: string}, {name: a, type: int}]')).toEqual([
    'fields[1].name: there is already a field `a`',
  ]);
  expect(ofFields('[{name: p_a, type: string}]')[0]).toContain('rename: {from: p_a}');
  expect(ofFields('[{name: 1a, type: string}]')[0]).toContain('expected a name');
  expect(ofFields('[{name: id.orig_h, type: string}]')).toEqual([]);
  expect(ofFields('[{name: a, type: string, rename: {from: b}}, {name: b, type: string}]')[0]).toContain(
    'renamed from',
  );
  expect(ofFields('[{name: a, type: timestamp}]')[0]).toContain('type timestamp needs `timeFormats`');
  expect(ofFields('[{name: a, type: timestamp, timeFormat: nope}]')[0]).toContain(
    "fields[0].timeFormat: time format 'nope'",
  );
  expect(ofFields('[{name: a, type: timestamp, timeFormats: [unix, "%Q"]}]')[0]).toContain('fields[0].timeFormats[1]');
  expect(ofFields('[{name: a, type: timestamp, timeFormat: unix, timeFormats: [unix]}]')[0]).toContain('both');
  expect(ofFields('[{name: a, type: string, timeFormat: unix}]')[0]).toContain(
    '`timeFormat` is for type timestamp, not for string',
  );
  expect(ofFields('[{name: a, type: int, indicators: [ip]}]')[0]).toContain('`indicators` is for');
  expect(ofFields('[{name: a, type: array, indicators: [ip], element: {type: int}}]')[0]).toContain('array of string');
  expect(ofFields('[{name: a, type: int, validate: {ip: any}}]')[0]).toContain('`validate` is for');
  expect(ofFields('[{name: a, type: string, isEmbeddedJSON: true}]')[0]).toContain('`isEmbeddedJSON` is for');
  expect(ofFields('[{name: a, type: array}]')[0]).toContain('needs `element`');
  expect(ofFields('[{name: a, type: object}]')[0]).toContain('needs `fields`');
  expect(ofFields('[{name: a, type: int, mask: {type: redact}}]')[0]).toContain('`mask` is for');
  expect(ofFields('[{name: o, type: object, fields: [{name: a, type: string, copy: {from: b}}]}]')[0]).toContain(
    'at the top only',
  );
  expect(ofFields('[{name: a, type: string, ecs: "no name"}]')[0]).toContain('ECS name');
  expect(ofFields(`[${Array.from({ length: 2001 }, (_, n) => `{name: f${n}, type: int}`).join(', ')}]`)[0]).toContain(
    'more than 2000',
  );
});

test('references are resolved, and circles are told', () => {
  const definitions = 'definitions: {A: {type: object, fields: [{name: x, type: ref, target: B}]}, B: {type: string}}';
  expect(ofFields('[{name: a, type: ref, target: A}]', definitions)).toEqual([]);
  expect(ofFields('[{name: a, type: ref, target: C}]', definitions)[0]).toContain('there is no definition C');
  expect(ofFields('[{name: a, type: ref}]')[0]).toContain('needs `target`');
  const circle = 'definitions: {A: {type: array, element: {type: ref, target: B}}, B: {type: ref, target: A}}';
  expect(ofFields('[{name: a, type: ref, target: A}]', circle).join('\n')).toContain(
    'reference in a circle: A > B > A',
  );
  let deep = '{type: int}';
  for (let level = 0; level < 70; level++) deep = `{type: array, element: ${deep}}`;
  expect(ofFields(`[{name: a, type: array, element: ${deep}}]`)[0]).toContain('nested deeper than 64');
});

function ofParser(parser: string): readonly string[] {
  return ofFields('[{name: a, type: string}]', `parser: ${parser}`);
}

test('parsers are checked', () => {
  expect(ofParser('{script: {function: x}}')[0]).toContain('`script` is not supported');
  expect(ofParser('{native: {name: x}}')[0]).toContain('`native` is not supported');
  expect(ofParser('{}')[0]).toContain('expected exactly one of');
  expect(ofParser('{csv: {columns: [a]}, fastmatch: {match: ["%{a}"]}}')[0]).toContain('expected exactly one of');
  expect(ofParser('{csv: {hasHeader: true}}')[0]).toContain('`columns` is missing');
  expect(ofParser('{csv: {columns: [a, a]}}')[0]).toContain('already a column `a`');
  expect(ofParser('{csv: {columns: [a], delimiter: ab}}')[0]).toContain('one character');
  expect(ofParser('{fastmatch: {match: ["%{a}%{b}"]}}')[0]).toContain('no text between %{a} and %{b}');
  expect(ofParser('{fastmatch: {match: ["x"]}}')[0]).toContain('has no field');
  expect(ofParser('{fastmatch: {match: ["%{a} %{a}"]}}')[0]).toContain('twice');
  expect(ofParser('{regex: {match: ["(?=a)%{IP:a}"]}}')[0]).toContain('lookaround');
  expect(ofParser('{regex: {match: ["%{IPP:a}"]}}')[0]).toContain('did you mean %{IP}?');
  expect(ofParser('{regex: {match: ["a"]}}')[0]).toContain('yields no field');
  expect(ofParser('{regex: {match: ["%{A:a}"], patternDefinitions: {A: "%{B}", B: "%{A}"}}}').join('\n')).toContain(
    'A > B > A',
  );
  expect(ofParser('{regex: {match: ["%{IP:a}"], patternDefinitions: {IP: x}}}')[0]).toContain('built in');
  expect(ofParser('{regex: {match: ["%{IP:a}"], patternDefinitions: {ip: x}}}')[0]).toContain('in capitals');
});

test('what drop, extract and required fields name must be there', () => {
  const parser = 'parser: {fastmatch: {match: ["%{a} %{b}"]}}';
  const fields = '[{name: a, type: string}]';
  expect(ofFields(fields, `${parser}\ndrop: [{reason: x, when: {b: y}}]`)).toEqual([]);
  expect(ofFields(fields, `${parser}\ndrop: [{reason: x, when: {bb: y}}]`)[0]).toContain('did you mean `b`?');
  expect(ofFields(fields, `${parser}\nextract: [{from: z, patterns: [{match: '%{IP:a}'}]}]`)[0]).toContain('`z`');
  expect(ofFields(fields, `${parser}\nextract: [{from: a, patterns: [{match: '%{IP:q}', set: {r: x}}]}]`)).toEqual([
    'extract[0].patterns[0].match: sets `q`, which is not among `fields`; did you mean `a`?',
    'extract[0].patterns[0].set.r: sets `r`, which is not among `fields`; did you mean `a`?',
  ]);
});

test('a warning leaves the schema usable', () => {
  const { schema, problems: found } = parseSchema(
    'schema: Custom.Test\nparser: {fastmatch: {match: ["%{a} %{b}"]}}\nfields: [{name: c, type: string, required: true}]',
    file,
  );
  expect(schema?.name).toBe('Custom.Test');
  expect(found[0]?.message).toContain('the parser never yields `c`');
});
