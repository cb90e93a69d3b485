import { expect, test } from 'vitest';
import { displayWidth, pad, printable, truncate } from './width.ts';

test.each([
  ['plain', 'plain'],
  ['a\nb\tc\r', 'a\\nb\\tc\\r'],
  ['\u001B[31mred\u001B]0;title\u0007', '\\x1b[31mred\\x1b]0;title\\x07'],
  ['\u009B2J', '\\x9b2J'],
  ['abc\u202Egnp.exe', 'abc\\u202egnp.exe'],
  ['zero\u200Bwidth\uFEFF', 'zero\\u200bwidth\\ufeff'],
  ['\u{E0041}', '\\u{e0041}'],
  ['lone \uD800 surrogate', 'lone \\ud800 surrogate'],
  ['déjà 漢字 👩‍👩‍👧', 'déjà 漢字 👩‍👩‍👧'],
])('%j is printed as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test.each([
  ['', 0],
  ['abc', 3],
  ['漢字', 4],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
  ['🇫🇷', 2],
  ['…', 1],
  ['ｆｕｌｌ', 8],
])('%j takes %i columns', (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 4, 'abc…'],
  ['漢字漢字', 5, '漢字…'],
  ['漢字漢字', 4, '漢…'],
  ['abc', 0, ''],
])('%j cut to %i', (text, width, cut) => {
  expect(truncate(text, width)).toBe(cut);
});

test('padding counts columns', () => {
  expect(pad('漢', 4)).toBe('漢  ');
  expect(pad('7', 3, 'right')).toBe('  7');
});
