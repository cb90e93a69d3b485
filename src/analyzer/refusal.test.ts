import { expect, test } from 'vitest';
import type { Json } from '../core/event.ts';
import { isUnknown, refusal } from './refusal.ts';

test.each<[number, Json, string | undefined, string, string]>([
  [401, {}, undefined, 'error', 'HTTP 401: the key is wrong or missing'],
  [401, {}, 'Wrong API key', 'error', 'HTTP 401: Wrong API key'],
  [403, '<html>', undefined, 'error', 'HTTP 403: not allowed with this key or from here'],
  [302, '', undefined, 'error', 'HTTP 302: redirects are not followed'],
  [500, {}, undefined, 'error', 'HTTP 500'],
  [429, '', undefined, 'limited', 'too many requests, or the quota is used up'],
  [402, {}, 'no credits', 'limited', 'no credits'],
  [200, '<html>', undefined, 'error', 'the answer is not what the service documents'],
  [200, [], undefined, 'error', 'the answer is not what the service documents'],
])('%d %j, %j: %s, %s', (status, body, said, state, message) => {
  expect(refusal({ status, body }, said)).toEqual({ state, message });
});

test('an object is left to its kind', () => {
  expect(refusal({ status: 200, body: {} })).toBeUndefined();
});

test('a 404 counts as the answer of a service if it is JSON', () => {
  const answers = [
    isUnknown({ status: 404, body: {} }),
    isUnknown({ status: 404, body: 'x' }),
    isUnknown({ status: 200, body: {} }),
  ];
  expect(answers).toEqual([true, false, false]);
});
