// Sessions out of the store of events: which there are, and their events as Cowrie wrote them. The table is that of
// content/schemas/cowrie, whose columns have Cowrie's names.

import type { EventStore } from '../core/event-store.ts';
import type { Json } from '../core/event.ts';
import { UserError } from '../core/problem.ts';
import { createAssembler } from './assemble.ts';
import type { Shared } from './campaign.ts';
import { textOf } from './read.ts';
import type { CowrieEvent, Session } from './session.ts';

export const cowrieLogType = 'Cowrie.Events';
export const cowrieTable = 'cowrie_events';

export interface SessionKey {
  readonly sensor: string;
  readonly session: string;
  /** Epoch ms of an event of it. */
  readonly time: number;
}

/** SQL of a condition on events, with its bound parameters. */
export interface EventCondition {
  readonly where: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

type Store = Pick<EventStore, 'query'>;

/** A session's events lie within so many days of each other. */
const sessionMs = 7 * 86_400_000;
const sessionsAtOnce = 100;
const maxSessions = 100_000;
const maxRows = 50_000;
const maxNames = 100;

export interface FoundSessions {
  readonly keys: readonly SessionKey[];
  /** There are more, which are older. */
  readonly truncated: boolean;
}

/** Those that have an event of the condition, the newest first. `until`: those alone that have none later, epoch ms. */
export async function findSessions(
  events: Store,
  { where, parameters }: EventCondition,
  { until, max = maxSessions }: { readonly until?: number; readonly max?: number } = {},
): Promise<FoundSessions> {
  const { rows, truncated } = await events.query(
    `SELECT sensor, session, toUnixTimestamp64Milli(max(p_event_time)) AS time FROM ${cowrieTable}
     WHERE session != '' AND (${where}) GROUP BY sensor, session
     ${until === undefined ? '' : 'HAVING time <= {until:Int64}'} ORDER BY time DESC, session, sensor`,
    until === undefined ? parameters : { ...parameters, until },
    { maxRows: max },
  );
  const keys = rows.map((row) => ({
    sensor: textOf(row['sensor'] as Json),
    session: String(row['session']),
    time: Number(row['time']),
  }));
  return { keys, truncated };
}

/** In the order of their ends. */
export async function readSessions(
  events: Store,
  keys: readonly SessionKey[],
  onSession: (session: Session) => void,
): Promise<void> {
  for (let start = 0; start < keys.length; start += sessionsAtOnce) {
    await readSome(events, keys.slice(start, start + sessionsAtOnce), onSession);
  }
}

async function readSome(
  events: Store,
  keys: readonly SessionKey[],
  onSession: (session: Session) => void,
): Promise<void> {
  const found = await readEvents(events, keys);
  if (found === undefined) {
    const half = Math.ceil(keys.length / 2);
    await readSome(events, keys.slice(0, half), onSession);
    return readSome(events, keys.slice(half), onSession);
  }
  const wanted = new Set(keys.map(({ sensor, session }) => `${sensor}\n${session}`));
  const assembler = createAssembler({ onSession, idleMs: sessionMs });
  for (const event of found) {
    if (wanted.has(`${textOf(event['sensor'])}\n${event.session}`)) assembler.add(event);
  }
  assembler.end();
}

/** In the order of time; undefined where they are too many or too large for one answer. Of one session alone the first
 *  that fit are given. */
async function readEvents(
  events: Store,
  keys: readonly SessionKey[],
  rowsAtMost = maxRows,
): Promise<readonly CowrieEvent[] | undefined> {
  const times = keys.map(({ time }) => time);
  const [from, to] = [Math.min(...times) - 4 * sessionMs, Math.max(...times) + 4 * sessionMs];
  try {
    const { rows, truncated } = await events.query(
      `SELECT COLUMNS('^([^p]|p[^_])'), p_event_time FROM ${cowrieTable}
       WHERE session IN {sessions:Array(String)} AND p_event_time BETWEEN
         fromUnixTimestamp64Milli({from:Int64}) AND fromUnixTimestamp64Milli({to:Int64})
       ORDER BY p_event_time, p_row_id`,
      { sessions: [...new Set(keys.map(({ session }) => session))], from, to },
      { maxRows: rowsAtMost },
    );
    return truncated && keys.length > 1 ? undefined : rows.map(eventOf);
  } catch (error) {
    if (!isTooMuch(error)) throw error;
    if (keys.length > 1) return undefined;
    if (rowsAtMost < 100) throw error;
    return readEvents(events, keys, Math.floor(rowsAtMost / 4));
  }
}

/** Of what the engine lets one query take. */
function isTooMuch(error: unknown): boolean {
  return error instanceof UserError && /(?:limit for result|memory limit) exceeded/i.test(error.message);
}

function eventOf(row: Readonly<Record<string, unknown>>): CowrieEvent {
  const fields = Object.entries(row).filter(([name, value]) => value !== null && !name.startsWith('p_'));
  const timestamp = String(row['p_event_time']);
  return {
    ...(Object.fromEntries(fields) as Readonly<Record<string, Json>>),
    eventid: String(row['eventid']),
    session: String(row['session']),
    timestamp,
    time: Date.parse(timestamp),
  };
}

/** Sessions that have a value in common: a campaign's fingerprint, a client's HASSH. undefined: there are none. */
export async function sharedBy(
  events: Store,
  column: 'campaign' | 'hassh',
  value: string | undefined,
): Promise<Shared | undefined> {
  if (value === undefined || value === '') return undefined;
  const having = `FROM honeypot_sessions WHERE ${column} = {value:String}`;
  const { rows: totals } = await events.query(
    `SELECT count() AS sessions, uniqExact(source_ip) AS addresses,
       toUnixTimestamp64Milli(min(started)) AS first, toUnixTimestamp64Milli(max(started)) AS last ${having}`,
    { value },
  );
  const { sessions, addresses, first, last } = totals[0] ?? {};
  if (Number(sessions ?? 0) === 0) return undefined;
  const { rows } = await events.query(
    `SELECT sensor, session, source_ip, toUnixTimestamp64Milli(started) AS time ${having}
     ORDER BY time DESC LIMIT ${maxNames}`,
    { value },
  );
  const names = rows.map((row) => ({
    sensor: String(row['sensor']),
    id: String(row['session']),
    sourceIp: String(row['source_ip']),
    started: Number(row['time']),
  }));
  return {
    key: value,
    sessions: Number(sessions),
    addresses: Number(addresses),
    first: Number(first),
    last: Number(last),
    names,
  };
}

/** By SHA-256: when a session that had the file began, epoch ms, of the first such session. */
export async function firstSessionsWith(events: Store, files: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await events.query(
    `SELECT arrayJoin(files) AS file, min(toUnixTimestamp64Milli(started)) AS first FROM honeypot_sessions
     WHERE hasAny(files, {files:Array(String)}) GROUP BY file HAVING has({files:Array(String)}, file)`,
    { files },
  );
  return new Map(rows.map((row) => [String(row['file']), Number(row['first'])]));
}
