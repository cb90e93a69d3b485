import { describe, expect, test } from 'vitest';
import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';
import type { AnalyzerKind, AnalyzerRequest } from './analyzer.ts';
import { list } from './fields.ts';
import { analyzerKinds } from './index.ts';
import { observablesOf, recorded, recordings, recordingsMissing, whyMissing } from './kind.suite.ts';

const kinds: readonly AnalyzerKind[] = Object.values(analyzerKinds);
const auth = { key: 'k&1=ä', contact: 'someone@tocsin.dev' };
const hostile = ['..', '.', '../../a/b?c=d&e#f', '%2e%2e/', 'a\r\nhost: b', '\ud800', 'é'.repeat(2000), '__proto__'];

const junk: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  ' ',
  'text',
  '<html>sign in</html>',
  '9'.repeat(400),
  [],
  {},
  [[]],
  [null],
  [{}],
  ['vcard'],
  JSON.parse('{"__proto__":{"state":"hit"},"constructor":[],"toString":0}'),
];

/** Of a request, what no value of an observable may change. */
function form({ method, url, headers, body = '' }: AnalyzerRequest): object {
  const { protocol, host, pathname, searchParams, hash } = new URL(url);
  const fields = body.startsWith('{') ? Object.keys(JSON.parse(body)) : [...new URLSearchParams(body).keys()];
  const segments = pathname.split('/').length;
  return { method, protocol, host, segments, parameters: [...searchParams.keys()], hash, headers, fields };
}

function allowed(status: number): RegExp {
  if (status === 429) return /^limited$/;
  return status === 404 ? /^(error|miss)$/ : /^error$/;
}

test('each stands in the table under its own name', () => {
  expect(Object.entries(analyzerKinds).filter(([name, { id }]) => name !== id)).toEqual([]);
});

describe.each(kinds)('$id', (kind) => {
  const observables = observablesOf(kind);

  test('takes something, and says how often and how long', () => {
    expect(observables.map((observable) => observable.kind).toSorted()).toEqual(kind.kinds.toSorted());
    expect(observables.length).toBeGreaterThan(0);
    expect(kind.limits.length).toBeGreaterThan(0);
    for (const { requests, seconds } of kind.limits) expect(Math.min(requests, seconds)).toBeGreaterThan(0);
    expect(Math.min(kind.keepMs.hit, kind.keepMs.miss)).toBeGreaterThanOrEqual(3_600_000);
    expect(kind.terms).toMatch(/^https:\/\//);
  });

  test('no value leaves its place in the address, in the body or in the name of a recorded answer', () => {
    for (const observable of observables) {
      const wanted = form(kind.request(observable, auth));
      expect(wanted).toMatchObject({ protocol: kind.id === 'rdns' ? 'dns:' : 'https:', hash: '' });
      for (const value of hostile) {
        expect(form(kind.request({ ...observable, value }, auth))).toEqual(wanted);
        expect(kind.fixture({ ...observable, value })).toMatch(/^[a-z][A-Za-z0-9._-]{1,199}$/);
      }
    }
  });

  test('the key goes out where it takes one', () => {
    for (const observable of observables) {
      const sent = JSON.stringify(kind.request(observable, auth));
      const hasKey = sent.includes(auth.key) || sent.includes(encodeURIComponent(auth.key));
      expect(hasKey).toBe(kind.key !== 'none');
    }
  });

  test('recorded answers are told apart by their names', () => {
    const ends = ['1', '2'].map((end) => `http://${'a'.repeat(300)}/${end}`);
    const long = observables.flatMap((observable) => ends.map((value) => kind.fixture({ ...observable, value })));
    const names = [...observables.map((observable) => kind.fixture(observable)), ...long.slice(0, 2)];
    expect(new Set(names).size).toBe(names.length);
  });

  test('what is no answer of the service is no hit', () => {
    for (const body of junk) {
      for (const status of [200, 204, 302, 400, 401, 403, 404, 429, 500, 503]) {
        for (const observable of observables) {
          const reading = kind.read({ status, body }, observable);
          const told = 'message' in reading ? reading : { ...reading, message: 'none' };
          expect(told).toEqual({ state: expect.stringMatching(allowed(status)), message: expect.stringMatching(/./) });
        }
      }
    }
  });

  test.skipIf(recordingsMissing)(`a recorded answer may change anywhere, and nothing throws${whyMissing}`, () => {
    let count = 0;
    for (const name of recordings()) {
      for (const body of mutations(recorded(name), 0)) {
        for (const observable of observables) JSON.stringify(kind.read({ status: 200, body }, observable));
        count++;
      }
    }
    expect(count).toBeGreaterThan(10_000);
  });
});

/** The value with one part after the other replaced by junk; the deeper parts of long answers are spared. */
function* mutations(value: Json, depth: number): Generator<Json> {
  yield* junk;
  if (typeof value !== 'object' || value === null || depth > 4) return;
  for (const [name, part] of Object.entries(value).slice(0, depth < 3 ? 80 : 5)) {
    for (const other of mutations(part ?? null, depth + 1)) {
      yield isObject(value) ? { ...value, [name]: other } : list(value).with(Number(name), other);
    }
  }
}
