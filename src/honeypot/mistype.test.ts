import { expect, test } from 'vitest';
import { mistypes } from './mistype.ts';
import { commands } from './session.suite.ts';

function words(...inputs: string[]): string[] {
  return mistypes(commands(...inputs.map((input, at) => [at, input] as const))).map(
    ({ typed, meant }) => `${typed} > ${meant}`,
  );
}

test.each([
  ['!exot', ['exot > exit']],
  ['!sl -la', ['sl > ls']],
  ['!cd /tmp; unmae -a', ['unmae > uname']],
  ['!ls | gerp x', ['gerp > grep']],
  ['!Whoami', ['Whoami > whoami']],
  ['!systmctl status', ['systmctl > systemctl']],
])('a slip: %s', (input, found) => {
  expect(words(input)).toEqual(found);
});

test.each([
  ['a word that the honeypot knew', 'exot'],
  ['a known command that it does not have', '!htop'],
  ["a common script's own", '!cd ~; chattr -ia .ssh; lockr -ia .ssh'],
  ['a file that was brought along', '!./sleep'],
  ['two letters that are no swap', '!xs'],
  ['nothing near', '!frobnicate'],
  ['other characters', '!ls\u001b[0m'],
])('no slip: %s', (_what, input) => {
  expect(words(input)).toEqual([]);
});

test('the next command tells what was meant', () => {
  expect(words('!terrafrom plan', 'terraform plan')).toEqual(['terrafrom > terraform']);
  expect(words('!arm6', '!arm7')).toEqual([]);
  expect(words('!frob', 'uname')).toEqual([]);
});

test('the same slip is told once', () => {
  expect(words('!exot', '!exot', '!sl')).toEqual(['exot > exit', 'sl > ls']);
});

test('long and many lines are looked at in part', () => {
  const long = `!${'qqqq;'.repeat(10_000)}`;
  const began = performance.now();
  expect(words(...Array<string>(1000).fill(long), '!exot')).toEqual([]);
  expect(performance.now() - began).toBeLessThan(3000);
});
