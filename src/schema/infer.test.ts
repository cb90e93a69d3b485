import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { inferSchema } from './infer.ts';
import { renderDrops, renderSchema } from './render.ts';
import { suggestDrops } from './suggest-drop.ts';

// Recorded samples lie beside the repository where there are any.
const data = fileURLToPath(new URL('../../../shared/data/fluentd-s3/bucket/', import.meta.url));
const isMissing = !existsSync(data);

async function infer(lines: readonly string[], name = 'Test'): Promise<string> {
  const inferred = await inferSchema(lines, name);
  return inferred.kind === 'schema' ? renderSchema(inferred.schema) : `${inferred.line ?? ''} ${inferred.message}`;
}
/** `name:type`, with ! where required and the indicator behind. */
async function fields(...records: readonly unknown[]): Promise<string> {
  const lines = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record)));
  const inferred = await inferSchema(lines, 'Test');
  if (inferred.kind === 'failed') return inferred.message;
  return inferred.schema.fields
    .map(
      (field) =>
        `${field.name}${field.required ? '!' : ''}:${field.type}${field.indicators?.map((name) => `[${name}]`).join('') ?? ''}`,
    )
    .join(' ');
}

test("pantherlog's own case gives pantherlog's answer", async () => {
  const lines = [
    '{"string" : "value", "required_string": "value", "boolean": true, "boolean_as_string": "true", "float": 0.0, "time": "2020-01-01T00:00:00Z", "float_as_string": "0.0", "int_as_string": "0", "not_int_as_string": "0"}',
    '{"required_string": "value", "boolean_as_string": "false", "int": 0, "object": {"string": ""}, "array": [1,2]}',
    '{"required_string": "value", "not_int_as_string": "value", "string" : null, "object": {}, "empty_object": {"empty": {"more_empty": {}}}}',
  ];
  expect(await infer(lines, 'Sample')).toBe(`schema: Custom.Sample
fields:
    - name: boolean
      type: boolean
    - name: float
      type: float
    - name: float_as_string
      type: float
    - name: int_as_string
      type: bigint
    - name: string
      type: string
    - name: time
      type: timestamp
      timeFormats:
          - rfc3339
    - name: array
      type: array
      element:
          type: bigint
    - name: int
      type: bigint
    - name: boolean_as_string
      type: boolean
    - name: not_int_as_string
      type: string
    - name: object
      type: object
      fields:
          - name: string
            type: string
    - name: required_string
      required: true
      type: string
`);
});

test('types of values', async () => {
  expect(await fields({ a: '9223372036854775807', b: '9223372036854775808', c: '1e3', d: 'T', e: '-5' })).toBe(
    'a!:bigint b!:float c!:float d!:boolean e!:bigint',
  );
  expect(await fields('{"a": 1.0, "b": 12345678901234567890, "c": 1e3, "d": -1}')).toBe(
    'a!:float b!:float c!:float d!:bigint',
  );
  expect(await fields({ a: '::1', b: 'HTTPS://x.org/', c: 'arn:aws:s3:::b', d: 'inf', e: 'http:' })).toBe(
    'a!:string[ip] b!:string[url] c!:string[aws_arn] d!:string e!:string',
  );
  expect(await fields({ a: [], b: {}, c: null, d: [[]], e: [{ x: {} }], f: 1 })).toBe('f!:bigint');
});

test('types of several records', async () => {
  expect(await fields({ a: 1 }, { a: 1.5 })).toBe('a!:float');
  expect(await fields({ a: 1 }, { a: true })).toBe('a!:string');
  expect(await fields({ a: 1.5 }, { a: true })).toBe('a!:string');
  expect(await fields({ a: { b: 1 } }, { a: 'x' })).toBe('a!:json');
  expect(await fields({ a: [1] }, { a: { b: 1 } })).toBe('a!:json');
  expect(await fields({ a: '2020-01-01T00:00:00Z' }, { a: 1 })).toBe('a!:string');
  expect(await fields({ a: '1.2.3.4' }, { a: 'x' })).toBe('a!:string');
  expect(await fields({ a: '1.2.3.4' }, { a: '::1' })).toBe('a!:string[ip]');
  expect(await fields({ a: [] }, { a: ['1.2.3.4'] }, { a: [] })).toBe('a!:array');
  expect(await fields({ b: 1, a: 1, z: 1 }, { c: 1, a: 1, z: 1 })).toBe('b:bigint c:bigint a!:bigint z!:bigint');
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`k${index}`, 1]));
  expect(await fields({ a: many })).toBe('a!:json');
});

test('what cannot be inferred is told with its line', async () => {
  expect(await infer(['{"a":1}', '', 'x'])).toMatch(/^3 is no JSON/);
  expect(await infer(['[1]'])).toBe('1 is JSON, but no object');
  expect(await infer(['{}', ' '])).toContain('no record with a field');
  expect(await infer(['{"a":1}'], 'no name')).toContain('no name for a log type');
  const strangers = Array.from({ length: 2001 }, (_, index) => `{"k${index}":1}`);
  expect(await infer(strangers)).toContain('more than 2000 fields');
});

test('hostile records neither change prototypes nor exhaust the stack', async () => {
  expect(await fields('{"__proto__": {"polluted": 1}, "a": 1}')).toBe('a!:bigint');
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  expect(await infer([`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`])).not.toBe('');
});

async function* twoLines(): AsyncGenerator<string> {
  yield '{"a":1}';
  yield '{"a":"x"}';
}

test('lines may come one after the other, and only so many are looked at', async () => {
  const inferred = await inferSchema(twoLines(), 'Custom.Test', { maxRecords: 1 });
  expect(inferred).toMatchObject({
    kind: 'schema',
    records: 1,
    schema: { name: 'Custom.Test', fields: [{ type: 'bigint' }] },
  });
});

test.skipIf(isMissing)("a Fluentd netstat object gives the article's schema (needs recorded samples)", async () => {
  const lines = readFileSync(`${data}netstat/2023/05/07/20230507_0.json`, 'utf8').split('\n');
  const names = ['foreign_address', 'local_address', 'name', 'process', 'protocol', 'recv', 'send', 'state'];
  expect(await infer(lines, 'Netstat')).toBe(
    [
      'schema: Custom.Netstat',
      'fields:',
      ...names.flatMap((name) => [`    - name: ${name}`, '      required: true', '      type: string']),
      '',
    ].join('\n'),
  );
  expect(suggestDrops(lines)).toEqual([{ reason: 'header line', when: { recv: ['Internet', 'Recv-Q'] } }]);
});

test.skipIf(isMissing)("a Fluentd auth object gives the article's schema (needs recorded samples)", async () => {
  const lines = readFileSync(`${data}auth/2023/04/16/20230416_4.json`, 'utf8').split('\n');
  expect(await infer(lines, 'Auth')).toBe(`schema: Custom.Auth
fields:
    - name: host
      required: true
      type: string
    - name: ident
      required: true
      type: string
    - name: message
      required: true
      type: string
    - name: pid
      required: true
      type: bigint
`);
  expect(suggestDrops(lines)).toEqual([]);
});

function row(recv: string, local: string): string {
  return JSON.stringify({ recv, local });
}

test('header lines among records are suggested as drops', () => {
  const rows = [row('Recv-Q', 'Local'), row('0', '0.0.0.0:22'), row('0', '0.0.0.0:80'), row('3', ':::22')];
  expect(renderDrops(suggestDrops(rows))).toBe(
    'drop:\n    - reason: header line\n      when:\n          recv:\n              - Recv-Q\n',
  );
  expect(suggestDrops(rows.slice(1))).toEqual([]);
  expect(suggestDrops([row('a', 'x'), row('b', 'y'), 'no json', '[]'])).toEqual([]);
});
