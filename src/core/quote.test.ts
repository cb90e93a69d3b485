import { expect, test } from 'vitest';
import { escapeLike, quoteName, quoteText } from './quote.ts';

test('nothing ends a name or a text but its own end', () => {
  expect(quoteName('id.orig_h')).toBe('`id.orig_h`');
  expect(quoteName('a`b\\')).toBe('`a\\`b\\\\`');
  expect(quoteText("it's \\ and \0")).toBe("'it\\'s \\\\ and \\0'");
  expect(escapeLike('50%_\\')).toBe('50\\%\\_\\\\');
});

test('what is no name is none', () => {
  expect(() => quoteName('')).toThrow('not a name');
  expect(() => quoteName('a\0b')).toThrow('not a name');
});
