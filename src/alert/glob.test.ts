import { expect, test } from 'vitest';
import { globOf } from './glob.ts';

test.each([
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'anything\nat all', true],
  ['abc', 'abc', true],
  ['abc', 'abcd', false],
  ['a*', 'ba', false],
  ['a*c', 'abbc', true],
  ['a*c', 'abcb', false],
  ['ab*ba', 'aba', false],
  ['*b*', 'abc', true],
  ['*a*b*', 'ba', false],
  ['*ab*ab', 'abab', true],
  ['*ab*ab*ab', 'abab', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*?b*', 'b', false],
  ['*?b*', 'bb', true],
  ['*a?c*e', 'xxabcde', true],
  ['**', '', true],
  ['a.c', 'abc', false],
  ['a\\*c', 'a*c', true],
  ['a\\*c', 'abc', false],
  ['c:\\windows\\*', 'c:\\windows*', true],
  ['c:\\windows\\\\*', 'c:\\windows\\x', true],
  ['\\?', '?', true],
  ['a\\', 'a\\', true],
])('%j and %j: %j', (pattern, text, expected) => {
  expect(globOf(pattern)(text)).toBe(expected);
});

test('takes no long time over a text that nearly matches', () => {
  const began = performance.now();
  expect(globOf(`${'a*'.repeat(200)}b`)('a'.repeat(200_000))).toBe(false);
  expect(performance.now() - began).toBeLessThan(500);
});

test('agrees with a regular expression', () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  const text = (letters: string, length: number): string =>
    Array.from({ length: random(length) }, () => letters.charAt(random(letters.length))).join('');
  for (let round = 0; round < 5000; round++) {
    const pattern = text('ab*?', 7);
    const candidate = text('ab', 9);
    const regex = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
    expect({ pattern, candidate, found: globOf(pattern)(candidate) }).toEqual({
      pattern,
      candidate,
      found: regex.test(candidate),
    });
  }
});
