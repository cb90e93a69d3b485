import { expect, test } from 'vitest';
import { parseExpression } from './expression.ts';

/** `a -b | c`: combinations, `-` for absent. */
function read(text: string): string {
  const parsed = parseExpression(text);
  if (typeof parsed === 'string') return `! ${parsed}`;
  return parsed.anyOf
    .map((each) => each.map(({ rule, isAbsent }) => `${isAbsent ? '-' : ''}${rule}`).join(' '))
    .join(' | ');
}

test('not binds before and, and before or', () => {
  expect(read('a')).toBe('a');
  expect(read('a and b and not c')).toBe('a b -c');
  expect(read('a or b AND c')).toBe('a | b c');
  expect(read('(a or b) and c')).toBe('a c | b c');
  expect(read('a and not (b or c)')).toBe('a -b -c');
  expect(read('a and not (b and c)')).toBe('a -b | a -c');
  expect(read('a and not not b')).toBe('a b');
  expect(read('b180ead8-d58f-40b2-ae54-c8940995b9b6 and a_1')).toBe('b180ead8-d58f-40b2-ae54-c8940995b9b6 a_1');
});

test('what is never so, or so without any rule, is refused', () => {
  expect(read('a and not a')).toBe('! can never be true');
  expect(read('not a')).toContain('can be true where no rule was seen');
  expect(read('a or not b')).toContain('can be true where no rule was seen');
  expect(read('(a and not a) or b')).toBe('b');
});

test('broken text says where', () => {
  expect(read('')).toBe('! ends where a rule is expected');
  expect(read('a and')).toBe('! ends where a rule is expected');
  expect(read('a b')).toBe('! expected `and` or `or` before `b`');
  expect(read('(a or b')).toBe('! a ( is not closed');
  expect(read('a or ) b')).toBe('! expected a rule before `)`');
});

test('hostile conditions are refused soon', () => {
  expect(read('('.repeat(3999))).toBe('! is nested too deeply');
  expect(read('not '.repeat(900) + 'a')).toBe('! is nested too deeply');
  expect(read('a and '.repeat(700))).toContain('is longer than');
  const clauses = Array.from({ length: 12 }, (_, i) => `(a${i} or b${i})`).join(' and ');
  expect(read(clauses)).toContain('ways to be true');
  expect(read(Array.from({ length: 33 }, (_, i) => `a${i}`).join(' and '))).toContain('more than 32 rules');
});
