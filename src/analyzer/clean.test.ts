import { expect, test } from 'vitest';
import type { Json } from '../core/event.ts';
import { boundFacts, cleanJson, cleanText, maxFactLength, redactKey } from './clean.ts';

const key = 's3cret/key+1 =';
const none = redactKey('');

test.each([
  ['as it is', `a ${key} b`],
  ['in a path', `a ${encodeURIComponent(key)} b`],
  ['in a query', `a ${new URLSearchParams({ x: key }).toString().slice(2)} b`],
  ['around a control character', `a ${key.slice(0, 4)}\0${key.slice(4)} b`],
])('a key is taken out %s', (_where, text) => {
  expect(cleanText(text, redactKey(key))).toBe('a [key] b');
});

test('a text of a few letters is no key', () => {
  expect(cleanText('a banana', redactKey('a'))).toBe('a banana');
});

test('a key is taken out of values and names at any depth', () => {
  const body: Json = { [`x${key}`]: [{ url: `https://x/?key=${encodeURIComponent(key)}` }], n: 1, t: true, z: null };
  expect(cleanJson(body, redactKey(key))).toEqual({
    'x[key]': [{ url: 'https://x/?key=[key]' }],
    n: 1,
    t: true,
    z: null,
  });
});

test('what steers a terminal or turns text around is taken out', () => {
  expect(cleanText('a\0\u001b[31mb\r\n\tc\u009b\u202ed\u2066e\u061c', none)).toBe('a[31mb\n\tcde');
  expect(cleanText('\ud800 caf\u00e9 \u{1f600}', none)).toBe('\ufffd caf\u00e9 \u{1f600}');
});

test('names that mean something to JavaScript are only names', () => {
  const clean = cleanJson(JSON.parse('{"__proto__":{"polluted":1},"constructor":2}') as Json, none);
  expect(JSON.stringify(clean)).toBe('{"__proto__":{"polluted":1},"constructor":2}');
  expect(JSON.stringify(boundFacts(clean as { readonly [name: string]: Json }))).toBe(JSON.stringify(clean));
  expect(Object.hasOwn({}, 'polluted')).toBe(false);
});

test('an answer of any depth can be written', () => {
  const depth = 400_000;
  const deep = JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as Json;
  expect(JSON.stringify(cleanJson(deep, none))).toBe(`${'['.repeat(64)}null${']'.repeat(64)}`);
});

test('facts are bounded, and absent ones go', () => {
  const long = 'x'.repeat(maxFactLength);
  const facts = boundFacts({ a: long, b: `${long}x`, c: [{ d: `${long}xx` }], e: undefined, f: 1, g: null });
  const cut = `${'x'.repeat(maxFactLength - 1)}…`;
  expect(facts).toEqual({ a: long, b: cut, c: [{ d: cut }], f: 1, g: null });
});
