import { expect, test } from 'vitest';
import type { KnownOfSession } from './human.ts';
import { humanScore } from './human.ts';
import type { Session } from './session.ts';
import { commands, session } from './session.suite.ts';

function points(change: Partial<Session>, known: KnownOfSession = {}): Record<string, number> {
  const { reasons } = humanScore(session(change), known);
  return Object.fromEntries(reasons.map((reason) => [reason.feature, reason.points]));
}

test.each([
  ['SSH-2.0-OpenSSH_9.6p1 Ubuntu-3', 20],
  ['SSH-2.0-PuTTY_Release_0.81', 20],
  ['SSH-2.0-9.33 FlowSsh: Bitvise SSH Client', 20],
  ['SSH-2.0-Go', -25],
  ['SSH-2.0-paramiko_3.4.0', -25],
  ['SSH-2.0-libssh2_1.11.0', -25],
  ['SSH-2.0-libssh-0.1', -25],
  ['SSH-2.0-ZGrab ZGrab SSH Survey', -25],
  ['SSH-2.0-Gopher', undefined],
  ['', undefined],
])('client %s: %s', (client, expected) => {
  expect(points({ client })).toEqual(expected === undefined ? {} : { client: expected });
});

test.each([
  ['a terminal', { terminal: { width: 80, height: 24 } }, { terminal: 15 }],
  ['a slow first command', { commands: commands([5, 'ls']) }, { 'first command': 10 }],
  ['a quick first command', { commands: commands([1.5, 'ls']) }, { 'first command': -15 }],
  ['slow and uneven', { commands: commands([2, 'a'], [4, 'b'], [14, 'c'], [16, 'd']) }, { gap: 15, rhythm: 10 }],
  ['a metronome', { commands: commands([2, 'a'], [6, 'b'], [10, 'c'], [14, 'd']) }, { gap: 15, rhythm: -30 }],
  ['at once', { commands: commands([2, 'a'], [2, 'b'], [2, 'c']) }, { gap: -25, rhythm: -30 }],
  ['quick and uneven', { commands: commands([2, 'a'], [2.1, 'b'], [2.5, 'c']) }, { gap: -25 }],
  ['twice in a row', { commands: commands([2, 'w'], [3, 'w']) }, { 'back to back': 10 }],
  ['twice, but not in a row', { commands: commands([2, 'w'], [3, 'a'], [4.2, 'w']) }, { rhythm: -30 }],
  ['Enter alone', { commands: commands([2, ''], [3, '']) }, { 'empty line': 5 }],
  ['leaving', { commands: commands([2, ' exit ']) }, { leave: 5 }],
  [
    'a long stay',
    { duration: { seconds: 61, text: '61.0' }, commands: commands([2, 'a'], [3, 'b'], [4.5, 'c']) },
    { duration: 5 },
  ],
  ['a long stay without commands', { duration: { seconds: 300, text: '300.0' } }, {}],
  ['one slip', { commands: commands([2, '!exot']) }, { mistype: 10 }],
  ['three slips', { commands: commands([2, '!exot'], [3, '!sl'], [4.5, '!gerp']) }, { mistype: 20 }],
] satisfies [string, Partial<Session>, Record<string, number>][])('%s', (_what, change, expected) => {
  expect(points(change)).toEqual(expected);
});

test('what others know counts', () => {
  expect(points({}, { sameSequence: { addresses: 2, sessions: 3 } })).toEqual({ 'same sequence': -30 });
  expect(points({}, { sameSequence: { addresses: 1, sessions: 9 } })).toEqual({});
  expect(points({}, { sameSequence: { addresses: 2, sessions: 2 } })).toEqual({});
  expect(points({}, { hiddenBy: 'VPN (spur)' })).toEqual({ 'hidden address': 5 });
});

const typed = {
  client: 'SSH-2.0-OpenSSH_9.6',
  terminal: { width: 120, height: 40 },
  commands: commands([6, 'w'], [9, '!sl'], [18, 'ls'], [22, ''], [40, 'exit']),
};
test.each([
  ['a person', typed, 'likely human'],
  ['the same at once', { ...typed, commands: commands([1, 'w'], [1, 'ls'], [1, 'exit']) }, 'automated'],
  ['a terminal and no more', { terminal: { width: 80, height: 24 } }, 'unclear'],
  ['nothing measured', {}, 'unclear'],
] satisfies [string, Partial<Session>, string][])('%s is %s', (_what, change, label) => {
  const { reasons, score, ...scored } = humanScore(session(change), {});
  expect(scored.label).toBe(label);
  expect(score).toBe(reasons.reduce((sum, reason) => sum + reason.points, 0));
});

test('each reason has words for a person', () => {
  const texts = humanScore(session(typed), {}).reasons.map(({ text }) => text);
  expect(texts).toEqual([
    'the client calls itself OpenSSH_9.6',
    'a terminal was asked for (120 x 40)',
    '5.00 s from login to first command',
    '6.50 s between commands (median)',
    'commands at uneven intervals (they vary by 69.8 %)',
    'Enter without a command',
    'exit was typed',
    'mistyped: sl for ls',
  ]);
});

test('what the attacker sent is cut', () => {
  const { reasons } = humanScore(session({ client: `SSH-2.0-OpenSSH_${'x'.repeat(100_000)}` }), {});
  expect(reasons[0]?.text.length).toBeLessThan(150);
});
