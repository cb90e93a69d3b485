// Events of Cowrie to sessions, in one pass: across files and midnight, with what comes after the end of a session. What
// is held is bounded: by time, by number of open sessions, and within a session by number of entries.

import { numberOf, textOf } from './read.ts';
import type { Command, CowrieEvent, Forward, Login, Session, Transfer } from './session.ts';

export interface AssembleOptions {
  readonly onSession: (session: Session) => void;
  /** Events of one session id that lie so far apart are of two sessions; one ends for good when the events' time has gone
   *  on so far. Default 6 hours. */
  readonly idleMs?: number;
  /** The one that was quiet longest is given early where there are more. Default 20,000. */
  readonly maxOpen?: number;
}

/** Of one session, in each list; more is counted in `eventCounts` alone. */
const maxEntries = 10_000;
/** Of one session, in `eventCounts`; Cowrie has about fifty. */
const maxEventIds = 200;
/** What an event says of an earlier one is said of one of the last so many: a long session must not take its square. */
const recent = 20;
/** Of what the honeypot did not know, and of the line that it may be in: characters. */
const maxCompared = 128;
const maxSearched = 8192;

type Open = { -readonly [key in keyof Session]: Session[key] } & {
  logins: Login[];
  commands: Command[];
  transfers: Transfer[];
  forwards: Forward[];
  recordings: string[];
  eventCounts: Record<string, number>;
};

/** Events without a session (of the honeypot itself) are left out. */
export function createAssembler({ onSession, idleMs = 6 * 3_600_000, maxOpen = 20_000 }: AssembleOptions): {
  add(event: CowrieEvent): void;
  end(): void;
} {
  /** In the order of their last events. Session ids repeat across sensors. */
  const open = new Map<string, Open>();
  const give = (key: string, session: Open): void => {
    open.delete(key);
    onSession(session);
  };

  return {
    add(event) {
      if (event.session === '') return;
      const sensor = textOf(event['sensor']);
      const key = `${sensor}\n${event.session}`;
      const before = open.get(key);
      const isOther = before !== undefined && gapOf(before, event) > idleMs;
      if (isOther) give(key, before);
      const session = before === undefined || isOther ? newSession(sensor, event) : before;
      open.delete(key);
      open.set(key, session);
      take(session, event);
      for (const [oldest, quiet] of open) {
        if (open.size <= maxOpen && event.time - quiet.ended <= idleMs) break;
        give(oldest, quiet);
      }
    },
    end() {
      for (const [key, session] of open) give(key, session);
    },
  };
}

/** ms; 0 for what lies within the session. */
function gapOf({ started, ended }: Session, { time }: CowrieEvent): number {
  return Math.max(started - time, time - ended, 0);
}

function newSession(sensor: string, { session, time }: CowrieEvent): Open {
  return {
    sensor,
    id: session,
    sourceIp: '',
    protocol: '',
    started: time,
    ended: time,
    client: '',
    hassh: '',
    logins: [],
    commands: [],
    transfers: [],
    forwards: [],
    recordings: [],
    commandEvents: 0,
    eventCounts: Object.create(null) as Record<string, number>,
  };
}

function take(session: Open, event: CowrieEvent): void {
  const { eventid, time } = event;
  session.started = Math.min(session.started, time);
  session.ended = Math.max(session.ended, time);
  const count = session.eventCounts[eventid];
  if (count !== undefined || Object.keys(session.eventCounts).length < maxEventIds) {
    session.eventCounts[eventid] = (count ?? 0) + 1;
  }
  // In old direct-tcpip events src_ip is what the client claims.
  if (!eventid.startsWith('cowrie.direct-tcpip')) session.sourceIp ||= textOf(event['src_ip']);
  session.protocol ||= textOf(event['protocol']);
  if (eventid.includes('cowrie.command.')) session.commandEvents++;
  // An event id is the log's to choose: `__proto__` is none of these.
  if (Object.hasOwn(takers, eventid)) takers[eventid]?.(session, event);
}

const takers: Readonly<Record<string, (session: Open, event: CowrieEvent) => void>> = {
  'cowrie.client.version': (session, { version }) => {
    session.client ||= textOf(version).replace(/^'(.*)'$/, '$1');
  },
  'cowrie.client.kex': (session, { hassh }) => {
    session.hassh ||= textOf(hassh);
  },
  'cowrie.client.size': (session, { width, height }) => {
    session.terminal = { width: numberOf(width), height: numberOf(height) };
  },
  'cowrie.login.failed': (session, event) => keep(session.logins, login(event, false)),
  'cowrie.login.success': (session, event) => keep(session.logins, login(event, true)),
  'cowrie.command.input': (session, { time, input, realm }) => {
    // With a realm it is what a program was fed, such as the new password for passwd.
    if (textOf(realm) === '') keep(session.commands, { time, input: textOf(input), failed: false });
  },
  'cowrie.command.failed': (session, { input }) => {
    const text = textOf(input).slice(0, maxCompared);
    const last = session.commands.slice(-recent);
    const command = last.findLast((each) => each.input.slice(0, maxSearched).includes(text));
    if (command !== undefined) command.failed = true;
  },
  'cowrie.session.file_download': (session, event) => keep(session.transfers, transfer(event, 'download')),
  'cowrie.session.file_download.failed': (session, event) => keep(session.transfers, transfer(event, 'download')),
  'cowrie.session.file_upload': (session, event) => keep(session.transfers, transfer(event, 'upload')),
  'cowrie.direct-tcpip.request': (session, { time, dst_ip: host, dst_port: port }) =>
    keep(session.forwards, { time, host: textOf(host), port: numberOf(port), ja4: '' }),
  'cowrie.direct-tcpip.ja4': (session, { dst_ip: host, dst_port: port, ja4 }) => {
    const to = session.forwards
      .slice(-recent)
      .findLast((each) => each.host === textOf(host) && each.port === numberOf(port));
    if (to !== undefined) to.ja4 = textOf(ja4);
  },
  'cowrie.log.open': (session, { ttylog }) => keepName(session.recordings, textOf(ttylog)),
  'cowrie.log.closed': (session, { ttylog }) => keepName(session.recordings, textOf(ttylog)),
  'cowrie.session.closed': (session, event) => {
    const duration = durationOf(event);
    if (duration !== undefined) session.duration = duration;
  },
};

function keep<T>(list: T[], entry: T): void {
  if (list.length < maxEntries) list.push(entry);
}

function keepName(list: string[], name: string): void {
  if (name !== '' && !list.slice(-recent).includes(name)) keep(list, name);
}

function login(event: CowrieEvent, success: boolean): Login {
  const { time, timestamp, username, password, fingerprint } = event;
  const common = { time, timestamp, success, username: textOf(username), password: textOf(password) };
  return fingerprint === undefined ? common : { ...common, fingerprint: textOf(fingerprint) };
}

function transfer(event: CowrieEvent, direction: Transfer['direction']): Transfer {
  const { time, url, shasum, destfile, filename, error } = event;
  const path = textOf(destfile) || (direction === 'upload' ? textOf(filename) : '');
  return { time, direction, url: textOf(url), sha256: textOf(shasum), path, error: textOf(error) };
}

/** Float seconds, seconds as text, or since 3.0.4 integer `duration_ms`. */
function durationOf({ duration, duration_ms: ms }: CowrieEvent): Session['duration'] {
  if (typeof ms === 'number' && Number.isFinite(ms)) return { seconds: ms / 1000, text: String(ms / 1000) };
  const seconds = numberOf(duration);
  return Number.isFinite(seconds) ? { seconds, text: textOf(duration) } : undefined;
}
