import { expect, test } from 'vitest';
import { route } from './route.ts';

const destinations = [
  { id: 'mail', severities: ['HIGH', 'CRITICAL'] as const },
  { id: 'chat', severities: ['LOW', 'HIGH'] as const },
];
const high = { severity: 'HIGH' } as const;

test.each([
  ['by severity', high, [], undefined, ['mail', 'chat']],
  ['by severity, none', { severity: 'INFO' } as const, [], undefined, []],
  ['the file over severity', high, ['chat'], undefined, ['chat']],
  ['the function over the file', high, ['chat'], ['mail'], ['mail']],
  ['the function says nowhere', high, ['chat'], [], []],
  ["Panther's word for nowhere", high, ['chat'], ['SKIP'], []],
  ['each once', high, ['chat', 'chat'], undefined, ['chat']],
  ['an unknown one is named too', high, ['gone'], undefined, ['gone']],
])('%s', (_case, alert, ofFile, named, expected) => {
  expect(route(alert, { destinations: ofFile }, named, destinations)).toEqual(expected);
});

test('a rule that makes up names makes a few', () => {
  const named = Array.from({ length: 1000 }, (_, index) => `d${index}`);
  expect(route(high, undefined, named, destinations)).toHaveLength(20);
});
