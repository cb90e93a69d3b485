import { expect, test } from 'vitest';
import type { ObservableKind } from '../core/analysis.ts';
import { observableOf } from './observable.ts';

/** `kind value`, or '' for what is none. */
function read(typed: string, kind?: ObservableKind): string {
  const observable = observableOf(typed, kind);
  return observable === undefined ? '' : `${observable.kind} ${observable.value}`;
}

const hash = 'd41d8cd98f00b204e9800998ecf8427f';

test.each([
  ['192.0.2.1', 'ip 192.0.2.1'],
  ['2001:db8::1', 'ip 2001:db8::1'],
  ['[2001:db8::1]', 'ip 2001:db8::1'],
  ['a.tocsin.dev', 'domain a.tocsin.dev'],
  ['_dmarc.a-b.co.', 'domain _dmarc.a-b.co.'],
  ['münchen.example', 'domain münchen.example'],
  ['xn--mnchen-3ya.xn--p1ai', 'domain xn--mnchen-3ya.xn--p1ai'],
  ['http://192.0.2.1:8080/a b', 'url http://192.0.2.1:8080/a b'],
  ['ftp://a/b', 'url ftp://a/b'],
  [hash.toUpperCase(), `md5 ${hash.toUpperCase()}`],
  [`${hash}01234567`, `sha1 ${hash}01234567`],
  [hash + hash, `sha256 ${hash}${hash}`],
  ['someone@mail.tocsin.dev', 'email someone@mail.tocsin.dev'],
  ['AS64500', 'asn AS64500'],
  ['as64500', 'asn as64500'],
])('%s is %s', (typed, expected) => {
  expect(read(typed)).toBe(expected);
});

test.each([
  ['1[.]2[.]3[.]4', 'ip 1.2.3.4'],
  ['1(.)2{.}3[dot]4', 'ip 1.2.3.4'],
  ['1\\.2\\.3\\.4', 'ip 1.2.3.4'],
  ['2001[:]db8[:][:]1', 'ip 2001:db8::1'],
  ['evil [.] tocsin [DOT] dev', 'domain evil.tocsin.dev'],
  ['hxxp://a[.]dev/x', 'url http://a.dev/x'],
  ['hXXps[://]a[.]dev/x', 'url https://a.dev/x'],
  ['h**p[:]//a.dev', 'url http://a.dev'],
  ['fxp://a.dev', 'url ftp://a.dev'],
  ['someone[at]a[.]dev', 'email someone@a.dev'],
  [' "evil[.]dev", ', 'domain evil.dev'],
  ['<hxxp://a[.]dev/>', 'url http://a.dev/'],
])('%s was made harmless and means %s', (typed, expected) => {
  expect(read(typed)).toBe(expected);
});

test.each([
  '',
  ' ',
  '[]',
  'word',
  '1.2.3',
  '1.2.3.4.5',
  '192.0.2.0/24',
  'two words.dev',
  'a..dev',
  '://a',
  'http://',
  '@a.dev',
  'a'.repeat(33),
])('%j is none', (typed) => {
  expect(read(typed)).toBe('');
});

test('what is too long is none', () => {
  expect(read(`${'a.'.repeat(990)}dev`)).toBe(`domain ${'a.'.repeat(990)}dev`);
  expect(read(`${'a.'.repeat(1000)}dev`)).toBe('');
});

test('a named kind is believed', () => {
  expect(read('64500', 'asn')).toBe('asn 64500');
  expect(read('a[.]dev/x', 'url')).toBe('url a.dev/x');
});

test('long runs of what stands around take no time', () => {
  const started = performance.now();
  for (const part of ['[', ',', '"', '[.', 'a.', ' [']) read(`${part.repeat(1998 / part.length)}x`);
  expect(performance.now() - started).toBeLessThan(200);
});
