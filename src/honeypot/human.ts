// Whether a person or a program was at the other end: points for what can be measured in a session, each with its reason.
// Weights were set on 3,455 sessions with commands (2018 to 2026) without outside truth: it is a hint for an analyst and
// must decide nothing by itself.

import { mistypes } from './mistype.ts';
import type { Session } from './session.ts';

/** What other sessions and outside services say of this one. */
export interface KnownOfSession {
  /** How many sessions, of how many addresses, had the same commands; this one is counted too. */
  readonly sameSequence?: { readonly addresses: number; readonly sessions: number };
  /** What hides the source address, and who says so: `VPN (spur)`. */
  readonly hiddenBy?: string;
}

export type HumanLabel = 'likely human' | 'unclear' | 'automated';

export interface HumanScore {
  readonly score: number;
  readonly label: HumanLabel;
  /** The score is the sum of their points. */
  readonly reasons: readonly HumanReason[];
}

export interface HumanReason {
  readonly feature: Feature;
  readonly points: number;
  /** For a person. What the attacker sent may be in it. */
  readonly text: string;
}

type Feature =
  | 'client'
  | 'terminal'
  | 'first command'
  | 'gap'
  | 'rhythm'
  | 'back to back'
  | 'empty line'
  | 'leave'
  | 'duration'
  | 'same sequence'
  | 'mistype'
  | 'hidden address';

type Found = readonly [points: number, text: string] | undefined;

const features: Readonly<Record<Feature, (session: Session, known: KnownOfSession) => Found>> = {
  client({ client }) {
    const name = brief(client.replace(/^SSH-[\d.]+-/, ''));
    if (/^(OpenSSH_|PuTTY_|SecureCRT|WinSCP)|Bitvise/i.test(name)) return [20, `the client calls itself ${name}`];
    const isLibrary = /^(Go$|Go[-_ ]|paramiko|libssh|AsyncSSH|JSCH|russh|ZGrab)/i.test(name);
    return isLibrary ? [-25, `the client is a library for programs: ${name}`] : undefined;
  },
  terminal({ terminal }) {
    return terminal && [15, `a terminal was asked for (${terminal.width} x ${terminal.height})`];
  },
  'first command'(session) {
    const login = session.logins.find(({ success }) => success);
    const command = session.commands[0];
    if (login === undefined || command === undefined || command.time < login.time) return undefined;
    const wait = (command.time - login.time) / 1000;
    if (wait > 3) return [10, `${seconds(wait)} from login to first command`];
    return wait < 0.8 ? [-15, `only ${seconds(wait)} from login to first command`] : undefined;
  },
  gap(session) {
    const gaps = gapsOf(session);
    if (gaps.length < 2) return undefined;
    const middle = median(gaps);
    if (middle >= 2 && middle <= 60) return [15, `${seconds(middle)} between commands (median)`];
    return middle < 0.5 ? [-25, `only ${seconds(middle)} between commands (median)`] : undefined;
  },
  rhythm(session) {
    const gaps = gapsOf(session);
    if (gaps.length < 2) return undefined;
    const spread = variation(gaps);
    if (spread < 0.1) return [-30, `commands at even intervals (they vary by ${percent(spread)})`];
    const isUneven = spread > 0.4 && median(gaps) >= 1;
    return isUneven ? [10, `commands at uneven intervals (they vary by ${percent(spread)})`] : undefined;
  },
  'back to back'({ commands }) {
    const again = commands.find(({ input }, at) => input.trim() !== '' && input === commands[at - 1]?.input);
    return again && [10, `the same command twice in a row: ${brief(again.input)}`];
  },
  'empty line'({ commands }) {
    return commands.some(({ input }) => input.trim() === '') ? [5, 'Enter without a command'] : undefined;
  },
  leave({ commands }) {
    const word = commands.find(({ input }) => /^\s*(exit|logout|clear)\s*$/.test(input))?.input.trim();
    return word === undefined ? undefined : [5, `${word} was typed`];
  },
  duration(session) {
    const length = session.duration?.seconds ?? (session.ended - session.started) / 1000;
    if (length <= 60 || session.commands.length < 3) return undefined;
    return [5, `${session.commands.length} commands over ${seconds(length)}`];
  },
  'same sequence'(_session, { sameSequence }) {
    if (sameSequence === undefined) return undefined;
    const { addresses, sessions } = sameSequence;
    return addresses >= 2 && sessions >= 3
      ? [-30, `the same commands came in ${sessions} sessions from ${addresses} addresses`]
      : undefined;
  },
  mistype({ commands }) {
    const found = mistypes(commands);
    if (found.length === 0) return undefined;
    const words = found.slice(0, 5).map(({ typed, meant }) => `${typed} for ${meant}`);
    return [Math.min(20, found.length * 10), `mistyped: ${words.join(', ')}`];
  },
  'hidden address'(_session, { hiddenBy }) {
    return hiddenBy === undefined ? undefined : [5, `others may be behind the address: ${brief(hiddenBy)}; weak`];
  },
};

export function humanScore(session: Session, known: KnownOfSession): HumanScore {
  const reasons = Object.entries(features).flatMap(([feature, find]) => {
    const [points, text] = find(session, known) ?? [];
    return points === undefined || text === undefined ? [] : [{ feature: feature as Feature, points, text }];
  });
  const score = reasons.reduce((sum, { points }) => sum + points, 0);
  return { score, label: labelOf(score, reasons.length), reasons };
}

/** Where nothing was measured nothing is known. */
function labelOf(score: number, reasons: number): HumanLabel {
  if (score >= 40) return 'likely human';
  return score >= 10 || reasons === 0 ? 'unclear' : 'automated';
}

/** Seconds between commands. */
function gapsOf({ commands }: Session): number[] {
  return commands.slice(1).map(({ time }, at) => Math.max(0, time - (commands[at]?.time ?? time)) / 1000);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half) - 1] ?? 0)) / 2;
}

/** Standard deviation over mean; 0 where all are 0. */
function variation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (mean === 0) return 0;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) / mean;
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} s`;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function brief(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79).toWellFormed()}…` : text;
}
