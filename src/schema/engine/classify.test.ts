import { expect, test } from 'vitest';
import type { Event } from '../../core/event.ts';
import { formatProblem } from '../../core/problem.ts';
import { parseSchema } from '../document.ts';
import { createClassifier } from './classify.ts';
import { Records } from './record.ts';

const received = Date.UTC(2026, 10, 20, 12);
const batch = { id: '00000001-0000', source: 'test', file: '', received, receivedText: '2026-11-20 12:00:00.000' };

function schema(yaml: string) {
  const { schema: made, problems } = parseSchema(yaml, 'test.yml');
  if (made === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return made;
}

/** What the schemas make of one line: an event's own fields, or why not. */
function read(line: string | Buffer, ...yaml: string[]): unknown {
  const classifier = createClassifier(yaml.map(schema));
  const records = new Records(Buffer.from(line));
  const reader = classifier.classify(records, 0, records.bytes.length, received);
  if (reader === undefined) {
    const dropped = classifier.dropped();
    return dropped === undefined ? classifier.misfits().map(({ reason }) => reason) : `dropped: ${dropped.reason}`;
  }
  reader.append(records, 0, records.bytes.length, batch, 'row');
  const event = JSON.parse(JSON.stringify(reader.event(batch, 'row', undefined))) as Event;
  const { p_log_type, p_row_id, p_parse_time, p_source_id, ...rest } = event;
  expect([p_log_type, p_row_id, p_parse_time, p_source_id]).toStrictEqual([
    reader.schema.name,
    'row',
    '2026-11-20 12:00:00.000',
    'test',
  ]);
  if (rest.p_event_time === '2026-11-20 12:00:00.000') return { ...rest, p_event_time: undefined };
  return rest;
}

const json = (fields: string, more = '') => `schema: Custom.Json\n${more}fields:\n${fields}`;
const oneOf = (type: string) => json(`  - {name: a, type: ${type}}`);
const text = (parser: string, fields: string) => `schema: Custom.Text\nparser:\n${parser}\nfields:\n${fields}`;

test('JSON: strings take numbers and booleans as they are written', () => {
  const fields = '  - {name: a, type: string}\n  - {name: b, type: string}\n  - {name: c, type: string}';
  expect(read('{"a": 1.0, "b":true,"c":"x"}', json(fields))).toMatchObject({ a: '1.0', b: 'true', c: 'x' });
});

test('JSON: escapes, surrogate pairs and UTF-8', () => {
  const one = json('  - {name: a, type: string}');
  expect(read('{"a":"q\\"\\n\\u0041\\ud83d\\ude00"}', one)).toMatchObject({ a: 'q"\nA😀' });
  expect(read('{"a":"grün 😀"}', one)).toMatchObject({ a: 'grün 😀' });
});

test('JSON: a byte that is no UTF-8 becomes U+FFFD and loses nothing else', () => {
  const line = Buffer.concat([Buffer.from('{"a":"x'), Buffer.from([0xff]), Buffer.from('y","b":"z"}')]);
  const fields = '  - {name: a, type: string}\n  - {name: b, type: string}';
  expect(read(line, json(fields))).toMatchObject({ a: 'x\ufffdy', b: 'z' });
});

test('text columns hold UTF-8 whatever the record held; the raw line keeps its bytes', () => {
  const line = Buffer.concat([Buffer.from('{"a":"x'), Buffer.from([0xff]), Buffer.from('y"}')]);
  const classifier = createClassifier([schema(json('  - {name: a, type: string}'))]);
  const records = new Records(line);
  const reader = classifier.classify(records, 0, line.length, received);
  reader?.append(records, 0, line.length, batch, 'row');
  const block = Buffer.from(reader?.take((size) => new SharedArrayBuffer(size))?.block ?? []);
  expect([block.includes('x\ufffdy'), block.includes(line)]).toStrictEqual([true, true]);
});

test('JSON: what is no object, or not whole, says where', () => {
  const one = json('  - {name: a, type: string}');
  expect(read('[1]', one)).toStrictEqual(['not a JSON object at byte 0']);
  expect(read('{"a":"x', one)).toStrictEqual(['a string that does not end at byte 5']);
  expect(read('{"a":"x"} y', one)).toStrictEqual(['text after the JSON object at byte 10']);
  expect(read('{"a":nul}', one)).toStrictEqual(['expected a JSON value at byte 5']);
  expect(read(`{"a":${'['.repeat(5000)}`, one)).toStrictEqual(['an object or array that does not end at byte 5']);
});

test('JSON: keys of other objects are no danger, and unknown ones are left out', () => {
  const one = json('  - {name: a, type: json}');
  expect(read('{"__proto__":{"x":1},"constructor":2,"a":{"__proto__":{"y":1}}}', one)).toMatchObject({
    a: JSON.parse('{"__proto__":{"y":1}}') as unknown,
  });
});

test('JSON: the order of keys may change from record to record', () => {
  const classifier = createClassifier([schema(json('  - {name: a, type: int}\n  - {name: b, type: int}'))]);
  for (const line of ['{"a":1,"b":2}', '{"b":2,"a":1}', '{"c":[{"a":9}],"b":2,"a":1}', '{"a":1,"b":2}']) {
    const records = new Records(Buffer.from(line));
    const reader = classifier.classify(records, 0, records.bytes.length, received);
    expect(reader?.event(batch, 'row', undefined)).toMatchObject({ a: 1, b: 2 });
  }
});

test('numbers: ranges, numeric text, empty text, and digits beyond a double', () => {
  expect(read('{"a":"12"}', oneOf('smallint'))).toMatchObject({ a: 12 });
  expect(read('{"a":""}', oneOf('int'))).toStrictEqual({ p_event_time: undefined });
  expect(read('{"a":40000}', oneOf('smallint'))).toStrictEqual(['a: expected smallint (-32768 to 32767), got 40000']);
  expect(read('{"a":1.5}', oneOf('bigint'))).toStrictEqual(['a: expected bigint (64 bits), got "1.5"']);
  expect(read('{"a":9223372036854775807}', oneOf('bigint'))).toMatchObject({ a: '9223372036854775807' });
  expect(read('{"a":9223372036854775808}', oneOf('bigint'))).toStrictEqual([
    'a: expected bigint (64 bits), got "9223372036854775808"',
  ]);
  expect(read('{"a":"1e3"}', oneOf('float'))).toMatchObject({ a: 1000 });
  expect(read('{"a":"0x10"}', oneOf('float'))).toStrictEqual(['a: expected a number, got "0x10"']);
  expect(read('{"a":"T"}', oneOf('boolean'))).toMatchObject({ a: true });
});

test('required, validate and the event time', () => {
  const fields = `  - {name: a, type: string, required: true, validate: {allow: [x, z]}}
  - {name: t, type: timestamp, timeFormats: [rfc3339, unix], isEventTime: true}`;
  expect(read('{"t":1588205199.82437,"a":"x"}', json(fields))).toMatchObject({
    p_event_time: '2020-04-30 00:06:39.824',
  });
  expect(read('{"t":"x","a":"x"}', json(fields))).toStrictEqual(['t: expected a time as rfc3339 or unix, got "x"']);
  expect(read('{"a":null}', json(fields))).toStrictEqual(['a: required, but missing']);
  expect(read('{"a":"y"}', json(fields))).toStrictEqual(['a: expected a value that `validate` allows, got "y"']);
});

test('indicators of fields, arrays and objects come together, each once, sorted', () => {
  const fields = `  - {name: a, type: string, indicators: [ip]}
  - {name: b, type: array, element: {type: string, indicators: [hostname]}}
  - {name: c, type: object, fields: [{name: d, type: string, indicators: [ip]}]}`;
  const line = '{"a":"192.0.2.9","b":["192.0.2.1","example.com","192.0.2.9"],"c":{"d":"198.51.100.1","e":1}}';
  expect(read(line, json(fields))).toMatchObject({
    c: { d: '198.51.100.1' },
    p_any_ip_addresses: ['192.0.2.1', '192.0.2.9', '198.51.100.1'],
    p_any_domain_names: ['example.com'],
  });
});

test('rename takes the old and the new name; copy, concat, split and mask make fields', () => {
  const fields = `  - {name: id_orig_h, type: string, rename: {from: id.orig_h}}
  - {name: ip, type: string, copy: {from: network.src.ip}}
  - {name: endpoint, type: string, concat: {separator: ":", paths: [host, port]}}
  - {name: user, type: string, split: {from: at, separator: "@", index: 0}}
  - {name: pin, type: string, mask: {type: redact, to: "*"}}`;
  const line =
    '{"id.orig_h":"192.0.2.1","network":{"src":{"ip":"192.0.2.2"}},"host":"h","port":1,"at":"u@d","pin":"1234"}';
  const expected = { id_orig_h: '192.0.2.1', ip: '192.0.2.2', endpoint: 'h:1', user: 'u', pin: '*' };
  expect(read(line, json(fields))).toMatchObject(expected);
  expect(read(line.replace('id.orig_h', 'id_orig_h'), json(fields))).toMatchObject(expected);
});

test('ecs names are gathered, with constants and value maps', () => {
  const fields = '  - {name: a, type: string, ecs: {name: event.outcome, values: {Failed: failure}}}';
  expect(read('{"a":"Failed"}', json(fields, 'ecs: {event.category: authentication}\n'))).toMatchObject({
    p_ecs: { 'event.category': 'authentication', 'event.outcome': 'failure' },
  });
});

test('drop: by reason, before anything else is asked of the record', () => {
  const more = 'drop:\n  - {reason: a header, when: {a: ["(only", Local]}}\n';
  const fields = '  - {name: a, type: string}\n  - {name: b, type: int, required: true}';
  expect(read('{"a":"Local"}', json(fields, more))).toBe('dropped: a header');
});

test('fastmatch: delimiters, quotes with escapes, the rest for the last field', () => {
  const parser = `  fastmatch:\n    match: ['%{a} [%{b}] "%{c}" %{d}']\n    emptyValues: ['-']`;
  const fields = ['a', 'b', 'c', 'd'].map((name) => `  - {name: ${name}, type: string}`).join('\n');
  const made = text(parser, fields);
  expect(read('x [y] "say \\"hi\\" now" tail of it', made)).toMatchObject({
    a: 'x',
    b: 'y',
    c: 'say "hi" now',
    d: 'tail of it',
  });
  expect(read('- [y] "-" t', made)).toStrictEqual({ b: 'y', d: 't', p_event_time: undefined });
  expect(read('x y', made)).toStrictEqual(['no " [" after %{a}']);
});

test('regex: grok patterns, alternatives with the same field, expandFields', () => {
  const parser = `  regex:\n    match: ['^(?:from %{IP:ip}|%{IP:ip} to) %{INT:n}$']\n    expandFields: {both: '%{ip}/%{n}'}`;
  const fields = '  - {name: ip, type: string}\n  - {name: n, type: int}\n  - {name: both, type: string}';
  expect(read('192.0.2.1 to 5', text(parser, fields))).toMatchObject({ ip: '192.0.2.1', n: 5, both: '192.0.2.1/5' });
  expect(read('nothing', text(parser, fields))).toStrictEqual(['the regular expression does not match']);
});

test('csv: quotes, skipped columns, short rows, too many columns', () => {
  const parser = `  csv:\n    delimiter: ','\n    columns: [a, '', c]`;
  const fields = '  - {name: a, type: string}\n  - {name: c, type: string}';
  expect(read('"x, ""y""",skipped,z', text(parser, fields))).toMatchObject({ a: 'x, "y"', c: 'z' });
  expect(read('x', text(parser, fields))).toMatchObject({ a: 'x', c: '' });
  expect(read('1,2,3,4', text(parser, fields))).toStrictEqual(['4 columns where the schema has 3']);
});

test('csv: a header line is no record', () => {
  const parser = `  csv:\n    delimiter: ','\n    hasHeader: true\n    columns: [a, c]`;
  const fields = '  - {name: a, type: string}\n  - {name: c, type: int}';
  expect(read('a,"c"', text(parser, fields))).toBe('dropped: header line');
  expect(read('a,5', text(parser, fields))).toMatchObject({ a: 'a', c: 5 });
});

test('extract: the first pattern that matches adds fields and constants', () => {
  const made = `schema: Custom.Text
parser:
  regex:
    match: ['^%{WORD:program}: %{GREEDYDATA:message}$']
extract:
  - from: message
    when: {program: sshd}
    patterns:
      - {match: '^Failed %{WORD:method} for %{DATA:user} from %{IP:ip}', set: {outcome: failure}}
      - {match: '^Accepted %{WORD:method} for %{DATA:user} from %{IP:ip}', set: {outcome: success}}
fields:
${['program', 'message', 'method', 'user', 'ip', 'outcome'].map((name) => `  - {name: ${name}, type: string}`).join('\n')}`;
  const tail = { method: 'password', user: 'root', ip: '192.0.2.1' };
  expect(read('sshd: Failed password for root from 192.0.2.1', made)).toMatchObject({ ...tail, outcome: 'failure' });
  expect(read('sshd: Accepted password for root from 192.0.2.1', made)).toMatchObject({ ...tail, outcome: 'success' });
  expect(read('cron: Failed password for root from 192.0.2.1', made)).not.toHaveProperty('outcome');
});

test('of several schemas the most specific one takes the record, whatever came before', () => {
  const loose = 'schema: Custom.Loose\nfields:\n  - {name: a, type: string}\n  - {name: b, type: string}';
  const strict = 'schema: Custom.Strict\nfields:\n  - {name: a, type: string, required: true, validate: {allow: [x]}}';
  const classifier = createClassifier([schema(loose), schema(strict)]);
  const take = (line: string) => {
    const records = new Records(Buffer.from(line));
    return classifier.classify(records, 0, records.bytes.length, received)?.schema.name;
  };
  expect(['{"a":"x","b":"y"}', '{"a":"z"}', '{"a":"x"}'].map(take)).toStrictEqual([
    'Custom.Strict',
    'Custom.Loose',
    'Custom.Strict',
  ]);
  const records = new Records(Buffer.from('{"a":"z"}'));
  expect(classifier.explain(records, 0, 9, received)).toStrictEqual([
    { schema: 'Custom.Loose', taken: true, score: 1, reason: 'takes the record' },
    {
      schema: 'Custom.Strict',
      taken: false,
      score: 0,
      reason: 'a: expected a value that `validate` allows, got "z"',
    },
  ]);
});
