import { expect, test } from 'vitest';
import { textsCondition, textsOf, textsParameters } from './texts.ts';

const anyOf = (...keys: (readonly string[])[]) => textsOf(keys)?.anyOf;

test('the longest part that every JSON of the value has', () => {
  expect(anyOf(['10.0.0.1'], ['2001:db8::1'], ['10.0.0.1'])).toEqual(['10.0.0.1', '2001:db8::1']);
  expect(anyOf(['root', 'web-1.example.org'])).toEqual(['web-1.example.org']);
  expect(anyOf(['C:\\Users\\ann\\a "b".exe'])).toEqual(['Users']);
  expect(anyOf(['Jürgen Müller'])).toEqual(['rgen M']);
  expect(anyOf(['{"user":"ann", "id": 7}'])).toEqual(['user']);
  expect(anyOf(['12345678901234567000'])).toEqual(['123456789012345']);
});

test('a group of which no text is sure: undefined', () => {
  expect(anyOf(['日本語'])).toBeUndefined();
  expect(anyOf(['1e+21'], ['root'])).toBeUndefined();
  expect(anyOf([''])).toBeUndefined();
  expect(anyOf()).toEqual([]);
  expect(anyOf(...Array.from({ length: 2001 }, (_, n) => [`user${n}`]))).toBeUndefined();
});

test('as many searches as the engine needs', () => {
  const texts = textsOf(Array.from({ length: 300 }, (_, n) => [`user${n}`])) ?? { anyOf: [] };
  expect(textsCondition(texts).match(/texts_\d+/g)).toEqual(['texts_0', 'texts_0', 'texts_1', 'texts_1']);
  const { texts_0: first, texts_1: second, texts_all_of: allOf } = textsParameters(texts);
  expect([first?.length, second?.[0], second?.length, allOf]).toEqual([255, 'user255', 45, []]);
});
