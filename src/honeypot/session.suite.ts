// Sessions for tests.

import type { Command, Session } from './session.ts';

export const started = Date.UTC(2026, 4, 24, 6, 23, 58);

/** Logs in after a second and closes a second after the last command. */
export function session(change: Partial<Session> = {}): Session {
  const login = {
    time: started + 1000,
    timestamp: new Date(started + 1000).toISOString(),
    success: true,
    username: 'root',
    password: 'admin',
  };
  return {
    sensor: 'trap01',
    id: 'aaaabbbbcccc',
    sourceIp: '198.51.100.7',
    protocol: 'ssh',
    started,
    ended: (change.commands?.at(-1)?.time ?? started + 1000) + 1000,
    client: '',
    hassh: '',
    logins: [login],
    commands: [],
    transfers: [],
    forwards: [],
    recordings: [],
    commandEvents: change.commands?.length ?? 0,
    eventCounts: {},
    ...change,
  };
}

/** `[seconds after the start, input]`; a `!` before the input: the honeypot did not know it. */
export function commands(...lines: readonly (readonly [at: number, input: string])[]): Command[] {
  return lines.map(([at, input]) => ({
    time: started + at * 1000,
    input: input.replace(/^!/, ''),
    failed: input.startsWith('!'),
  }));
}
