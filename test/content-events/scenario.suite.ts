// What a scenario is, and what those of several files share.

import { oktaAccepted, oktaFailed } from './okta.suite.ts';
import { sshAccepted, sshFailed } from './linux.suite.ts';
import { second, spread, type Sent } from './sent.suite.ts';
import { windowsAccepted, windowsFailed } from './windows.suite.ts';

export interface Scenario {
  /** A whole day is free for it before and after `start`, unless it says otherwise by `history`. */
  readonly records: (start: number) => readonly Sent[];
  /** What lies before `start`, ms: nobody watches then. */
  readonly history?: number;
  /** How long it is watched after its last record, ms. Default ten minutes. */
  readonly tail?: number;
}

export interface Attack extends Scenario {
  /** Of the one alert. */
  readonly title: string;
}

export interface Scenarios {
  /** Each fires once. */
  readonly attacks: Readonly<Record<string, Attack>>;
  /** Each resembles an attack, and none fires. */
  readonly nearMisses: Readonly<Record<string, Scenario>>;
}

export const attacker = '203.0.113.9';
export const office = '198.51.100.23';

export interface Login {
  readonly time: number;
  readonly user: string;
  readonly from: string;
  readonly host?: string;
}

/** Who tells of logins: sshd, Windows, Okta. */
export const families = {
  sshd: { failed: (login: Login) => sshFailed(login), accepted: sshAccepted },
  windows: { failed: windowsFailed, accepted: windowsAccepted },
  okta: { failed: oktaFailed, accepted: oktaAccepted },
} as const;
export type Family = keyof typeof families;

/** The same attack on each of them. */
export function onEach(make: (family: Family) => Attack): Readonly<Record<Family, Attack>> {
  return { sshd: make('sshd'), windows: make('windows'), okta: make('okta') };
}

export interface BruteForce {
  readonly start: number;
  readonly attempts: number;
  readonly family?: Family;
  readonly every?: number;
  readonly user?: string;
  readonly from?: string;
  readonly thenSuccess?: boolean;
}

/** One address guesses one user's password, and finds it. */
export function bruteForce({
  start,
  attempts,
  family = 'sshd',
  every = 3 * second,
  user = 'ada',
  from = attacker,
  thenSuccess = false,
}: BruteForce): readonly Sent[] {
  const { failed, accepted } = families[family];
  return [
    ...spread({ start, count: attempts, every }, (time) => failed({ time, user, from })),
    ...(thenSuccess ? [accepted({ time: start + attempts * every, user, from })].flat() : []),
  ];
}
