// Logins: guessed, sprayed, out of the ordinary.

import { attacker, bruteForce, families, office, onEach, type Scenarios } from './scenario.suite.ts';
import { addressOf, day, hour, minute, second, spread } from './sent.suite.ts';
import { sshAccepted, sshFailed } from './linux.suite.ts';
import { oktaEvent } from './okta.suite.ts';
import { asXml, windowsAccepted } from './windows.suite.ts';

const home = { user: 'ada', from: office };
/** Logs in from the office once a day for so many days before the start. */
const daily = (start: number, days: number) =>
  spread({ start: start - days * day, count: days, every: day }, (time) => sshAccepted({ time, ...home }));

const ada = 'ada@example.com';
/** So many pushes to the telephone, each rejected. */
const rejected = (start: number, count: number, every = 20 * second, user = ada) =>
  spread({ start, count, every }, (time) =>
    oktaEvent({ time, user, from: attacker, type: 'user.mfa.okta_verify.deny_push' }),
  );
const accepted = (time: number, user = ada) =>
  oktaEvent({ time, user, from: attacker, type: 'user.authentication.auth_via_mfa' });
const used = (time: number, application: string) =>
  oktaEvent({
    time,
    user: ada,
    from: office,
    type: 'user.authentication.sso',
    target: { id: '0oa1', type: 'AppInstance', alternateId: application, displayName: application },
  });
const usedDaily = (start: number, days: number) =>
  spread({ start: start - days * day, count: days, every: day }, (time) => used(time, 'Mail'));

export const loginScenarios: Readonly<Record<string, Scenarios>> = {
  'Tocsin.Login.BruteForce': {
    attacks: {
      ...onEach((family) => ({
        title: `Brute force from ${attacker}: 20 failed logins`,
        records: (start) => bruteForce({ start, attempts: 20, family }),
      })),
      'windows, as XML': {
        title: `Brute force from ${attacker}: 20 failed logins`,
        records: (start) => bruteForce({ start, attempts: 20, family: 'windows' }).map(asXml),
      },
      'over several families': {
        title: `Brute force from ${attacker}: 21 failed logins`,
        records: (start) => [
          ...bruteForce({ start, attempts: 7, family: 'sshd' }),
          ...bruteForce({ start, attempts: 7, family: 'windows' }),
          ...bruteForce({ start, attempts: 7, family: 'okta' }),
        ],
      },
      'that goes on for half an hour': {
        title: `Brute force from ${attacker}: 200 failed logins`,
        records: (start) => bruteForce({ start, attempts: 600 }),
      },
    },
    nearMisses: {
      'one below': { records: (start) => bruteForce({ start, attempts: 19 }) },
      'once a minute': { records: (start) => bruteForce({ start, attempts: 60, every: minute }) },
      'from two addresses': {
        records: (start) => [
          ...bruteForce({ start, attempts: 10 }),
          ...bruteForce({ start, attempts: 10, from: '203.0.113.10' }),
        ],
      },
      'as many that get in': {
        records: (start) =>
          spread({ start, count: 30, every: second }, (time) => sshAccepted({ time, user: 'ada', from: attacker })),
      },
    },
  },
  'Tocsin.Login.BruteForceSucceeded': {
    attacks: onEach((family) => ({
      title: `ada: login from ${attacker} after many failures`,
      records: (start) => bruteForce({ start, attempts: 12, thenSuccess: true, family }),
    })),
    nearMisses: {
      'one failure below': { records: (start) => bruteForce({ start, attempts: 9, thenSuccess: true }) },
      'another user gets in': {
        records: (start) => [
          ...bruteForce({ start, attempts: 12 }),
          ...sshAccepted({ time: start + minute, user: 'bob', from: attacker }),
        ],
      },
      'in from another address': {
        records: (start) => [...bruteForce({ start, attempts: 12 }), ...sshAccepted({ time: start + minute, ...home })],
      },
      'a quarter of an hour later': {
        records: (start) => [
          ...bruteForce({ start, attempts: 12 }),
          ...sshAccepted({ time: start + 15 * minute, user: 'ada', from: attacker }),
        ],
      },
      'in before the failures': {
        records: (start) => [
          ...sshAccepted({ time: start - minute, user: 'ada', from: attacker }),
          ...bruteForce({ start, attempts: 12 }),
        ],
      },
    },
  },
  'Tocsin.Login.PasswordSpray': {
    attacks: onEach((family) => ({
      title: `Password spray from ${attacker}: 10 users`,
      records: (start) =>
        spread({ start, count: 10, every: 20 * second }, (time, index) =>
          families[family].failed({ time, user: `user${index}@example.com`, from: attacker }),
        ),
    })),
    nearMisses: {
      'nine users': {
        records: (start) =>
          spread({ start, count: 18, every: minute }, (time, index) =>
            sshFailed({ time, user: `user${index % 9}`, from: attacker }),
          ),
      },
      'too slow': {
        records: (start) =>
          spread({ start, count: 15, every: 4 * minute }, (time, index) =>
            sshFailed({ time, user: `user${index}`, from: attacker }),
          ),
      },
      'each from an address of its own': {
        records: (start) =>
          spread({ start, count: 15, every: minute }, (time, index) =>
            sshFailed({ time, user: `user${index}`, from: addressOf(index) }),
          ),
      },
    },
  },
  'Tocsin.Login.ManySources': {
    attacks: onEach((family) => ({
      title: 'ada: failed logins from 20 addresses',
      records: (start) =>
        spread({ start, count: 20, every: 10 * second }, (time, index) =>
          families[family].failed({ time, user: 'ada', from: addressOf(index) }),
        ),
    })),
    nearMisses: {
      'nineteen addresses': {
        records: (start) =>
          spread({ start, count: 38, every: minute }, (time, index) =>
            sshFailed({ time, user: 'ada', from: addressOf(index % 19) }),
          ),
      },
      'over two hours': {
        records: (start) =>
          spread({ start, count: 30, every: 4 * minute }, (time, index) =>
            sshFailed({ time, user: 'ada', from: addressOf(index) }),
          ),
      },
      'each as another user': {
        records: (start) =>
          spread({ start, count: 30, every: minute }, (time, index) =>
            sshFailed({ time, user: `user${index}`, from: addressOf(index) }),
          ),
      },
    },
  },
  'Tocsin.Login.NewSource': {
    attacks: onEach((family) => ({
      title: `ada logged in from ${attacker} for the first time`,
      history: 9 * day,
      records: (start) => [
        ...spread({ start: start - 8 * day, count: 8, every: day }, (time) =>
          families[family].accepted({ time, ...home }),
        ),
        ...[families[family].accepted({ time: start, user: 'ada', from: attacker })].flat(),
      ],
    })),
    nearMisses: {
      'known for five days only': {
        history: 9 * day,
        records: (start) => [...daily(start, 5), ...sshAccepted({ time: start, user: 'ada', from: attacker })],
      },
      'an address of three weeks ago': {
        history: 25 * day,
        records: (start) => [
          ...daily(start, 22),
          ...sshAccepted({ time: start - 21 * day + hour, user: 'ada', from: attacker }),
          ...sshAccepted({ time: start, user: 'ada', from: attacker }),
        ],
      },
      'another user who uses it daily': {
        history: 9 * day,
        records: (start) => [
          ...daily(start, 8),
          ...spread({ start: start - 8 * day, count: 9, every: day }, (time) =>
            sshAccepted({ time, user: 'bob', from: attacker }),
          ),
        ],
      },
      failed: {
        history: 9 * day,
        records: (start) => [...daily(start, 8), ...sshFailed({ time: start, user: 'ada', from: attacker })],
      },
    },
  },
  'Tocsin.Login.NewHost': {
    attacks: {
      sshd: {
        title: 'ada logged in to db1 for the first time',
        history: 9 * day,
        records: (start) => [...daily(start, 8), ...sshAccepted({ time: start, ...home, host: 'db1' })],
      },
      windows: {
        title: 'ada logged in to DC01.corp.example for the first time',
        history: 9 * day,
        records: (start) => [
          ...spread({ start: start - 8 * day, count: 8, every: day }, (time) => windowsAccepted({ time, ...home })),
          windowsAccepted({ time: start, ...home, host: 'DC01.corp.example' }),
        ],
      },
    },
    nearMisses: {
      'known for five days only': {
        history: 9 * day,
        records: (start) => [...daily(start, 5), ...sshAccepted({ time: start, ...home, host: 'db1' })],
      },
      'the system itself on a new machine': {
        history: 9 * day,
        records: (start) => [
          ...spread({ start: start - 8 * day, count: 8, every: day }, (time) =>
            ['SYSTEM', 'DWM-1', 'WS7$'].map((user) => windowsAccepted({ time, user, from: '-', type: 5 })),
          ),
          ...['SYSTEM', 'DWM-1', 'WS7$'].map((user) =>
            windowsAccepted({ time: start, user, from: '-', type: 5, host: 'WS8.corp.example' }),
          ),
        ],
      },
    },
  },
  'Tocsin.Login.FailureSpike': {
    attacks: {
      'six times as many': {
        title: 'web1: 6 times as many failed logins as a day before',
        history: 25 * hour,
        tail: minute,
        records: (start) => [
          ...bruteForce({ start: start - day, attempts: 10, every: minute }),
          ...bruteForce({ start, attempts: 60, every: 10 * second }),
        ],
      },
    },
    nearMisses: {
      'four times as many': {
        history: 25 * hour,
        tail: minute,
        records: (start) => [
          ...bruteForce({ start: start - day, attempts: 15, every: 40 * second }),
          ...bruteForce({ start, attempts: 60, every: 10 * second }),
        ],
      },
      'six times as many, and few': {
        history: 25 * hour,
        tail: minute,
        records: (start) => [
          ...bruteForce({ start: start - day, attempts: 8, every: minute }),
          ...bruteForce({ start, attempts: 48, every: 10 * second }),
        ],
      },
    },
  },
  'Tocsin.Login.MfaFatigue': {
    attacks: {
      'six rejected': {
        title: 'ada@example.com rejected 6 login requests',
        records: (start) => rejected(start, 6),
      },
    },
    nearMisses: {
      'four rejected': { records: (start) => rejected(start, 4) },
      'one a quarter of an hour': { records: (start) => rejected(start, 8, 15 * minute) },
      'of two users': {
        records: (start) => [...rejected(start, 4), ...rejected(start, 4, 20 * second, 'bob@example.com')],
      },
    },
  },
  'Tocsin.Login.MfaFatigueSucceeded': {
    attacks: {
      'gives in': {
        title: 'ada@example.com accepted a login request after rejecting many',
        records: (start) => [...rejected(start, 6), accepted(start + 10 * minute)],
      },
    },
    nearMisses: {
      'four, then accepted': { records: (start) => [...rejected(start, 4), accepted(start + 5 * minute)] },
      'accepted before': { records: (start) => [accepted(start - minute), ...rejected(start, 6)] },
      'the next morning': { records: (start) => [...rejected(start, 6), accepted(start + 12 * hour)] },
      'another user': { records: (start) => [...rejected(start, 6), accepted(start + 10 * minute, 'bob@example.com')] },
    },
  },
  'Tocsin.Login.NewApplication': {
    attacks: {
      'after a week of mail, payroll': {
        title: 'ada@example.com used Payroll for the first time',
        history: 9 * day,
        records: (start) => [...usedDaily(start, 8), used(start, 'Payroll')],
      },
    },
    nearMisses: {
      'the same': { history: 9 * day, records: (start) => [...usedDaily(start, 8), used(start, 'Mail')] },
      'known for five days only': {
        history: 9 * day,
        records: (start) => [...usedDaily(start, 5), used(start, 'Payroll')],
      },
    },
  },
};
