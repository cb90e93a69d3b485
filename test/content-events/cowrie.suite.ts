// Sessions as Cowrie, the honeypot, logs them.

import { iso, second, type Sent } from './sent.suite.ts';

export interface CowrieSession {
  readonly time: number;
  readonly from: string;
  readonly id: string;
  readonly commands: readonly string[];
  /** Passwords that were wrong. */
  readonly failures?: number;
}

/** Connects, guesses a password, runs the commands, leaves. */
export function cowrieSession({ time, from, id, commands, failures = 0 }: CowrieSession): readonly Sent[] {
  const events: readonly Readonly<Record<string, unknown>>[] = [
    { eventid: 'cowrie.session.connect', src_port: 40_122, dst_ip: '192.0.2.10', dst_port: 2222, protocol: 'ssh' },
    ...Array.from({ length: failures }, (_, index) => ({
      eventid: 'cowrie.login.failed',
      username: 'root',
      password: `pass${index}`,
    })),
    { eventid: 'cowrie.login.success', username: 'root', password: '123456' },
    ...commands.map((input) => ({ eventid: 'cowrie.command.input', input })),
    { eventid: 'cowrie.session.closed', duration: commands.length + 2 },
  ];
  return events.map((event, index) => {
    const at = time + index * second;
    const about = { session: id, src_ip: from, sensor: 'pot1', timestamp: iso(at), message: '' };
    return { source: 'cowrie', time: at, text: JSON.stringify({ ...event, ...about }) };
  });
}
