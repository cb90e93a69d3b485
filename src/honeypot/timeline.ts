// What happened in a session, in order of time.

import type { Login, Session, Transfer } from './session.ts';

export interface TimelineEntry {
  /** Epoch ms. */
  readonly time: number;
  /** Since the session began. */
  readonly sinceMs: number;
  readonly kind: 'connection' | 'login' | 'command' | 'transfer' | 'forward' | 'end';
  /** In words of ours. */
  readonly what: string;
  /** What the attacker sent, cut to 500 characters; ''. */
  readonly value: string;
  readonly failed: boolean;
}

const maxValue = 500;

export function timelineOf(session: Session): readonly TimelineEntry[] {
  const { started, duration, sourceIp } = session;
  const entry = (
    time: number,
    kind: TimelineEntry['kind'],
    what: string,
    value: string,
    failed = false,
  ): TimelineEntry => ({ time, sinceMs: time - started, kind, what, value: cut(value), failed });
  const middle = [
    ...session.logins.map((login) =>
      entry(login.time, 'login', login.success ? 'logged in' : 'login failed', credentials(login), !login.success),
    ),
    ...session.commands.map(({ time, input, failed }) =>
      entry(time, 'command', failed ? 'unknown command' : 'command', input, failed),
    ),
    ...session.transfers.map((transfer) =>
      entry(transfer.time, 'transfer', transferWords(transfer), transfer.url || transfer.path, isFailed(transfer)),
    ),
    ...session.forwards.map(({ time, host, port }) => entry(time, 'forward', 'forward to', `${host}:${port}`)),
  ];
  const first = entry(started, 'connection', 'connection from', sourceIp);
  const last = entry(endOf(session), 'end', duration === undefined ? 'last event' : 'connection closed', '');
  return [first, ...middle, last].toSorted((a, b) => a.time - b.time);
}

/** Downloads may end after the connection: then its end is by its duration, which is told in tenths of seconds. */
function endOf({ started, ended, duration }: Session): number {
  const closed = duration === undefined ? ended : started + duration.seconds * 1000;
  return ended - closed < 1000 ? ended : closed;
}

export function credentials({ username, password, fingerprint }: Login): string {
  return fingerprint === undefined ? `${username} / ${password}` : `${username}, key ${fingerprint}`;
}

export function isFailed({ sha256, error }: Transfer): boolean {
  return sha256 === '' || error !== '';
}

function transferWords(transfer: Transfer): string {
  if (isFailed(transfer)) return `${transfer.direction} failed`;
  return transfer.url === '' && transfer.direction === 'download' ? 'file written' : transfer.direction;
}

function cut(text: string): string {
  return text.length > maxValue ? `${text.slice(0, maxValue - 1).toWellFormed()}…` : text;
}
