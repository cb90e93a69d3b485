// Keeps honeypot_sessions up to date: when events of a honeypot are stored, their sessions are put together again from all
// their events and written over. What a crash kept from that is made up for at the next start.

import type { Clock } from './core/clock.ts';
import type { EventStore } from './core/event-store.ts';
import { honeypotSessionTable } from './core/fixed-tables.ts';
import { createHoneypotRows, type HoneypotRow } from './fixed-rows.ts';
import { fingerprintOf } from './honeypot/campaign.ts';
import { humanScore } from './honeypot/human.ts';
import type { Session } from './honeypot/session.ts';
import { type EventCondition, findSessions, readSessions } from './honeypot/stored.ts';

export interface HoneypotSessions {
  /** Events of the honeypot were stored; of what was received since then, epoch ms. */
  stored(since: number): void;
  /** Resolves when all that was told is written. */
  stop(): Promise<void>;
}

export interface HoneypotSessionsOptions {
  readonly events: EventStore;
  readonly clock: Clock;
  /** The table has newer rows. */
  readonly onChange: () => void;
  readonly warn: (message: string) => void;
  /** Between two looks. Default 1000 ms. */
  readonly pauseMs?: number;
}

/** At a start, sessions with events so long before the newest row are put together again. */
const againMs = 86_400_000;
const keysAtOnce = 50_000;
const keysPerRead = 100;
/** Held in memory before they are written; the characters of their commands, which are the attacker's to choose, too. */
const maxSessions = 5000;
const maxCharacters = 32 * 1024 ** 2;

export async function keepHoneypotSessions(options: HoneypotSessionsOptions): Promise<HoneypotSessions> {
  const { events, clock, onChange, warn, pauseMs = 1000 } = options;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  let since = Math.max(0, (await lastUpdate(events)) - againMs);
  let isFirst = true;
  let failures = 0;
  let isStopped = false;

  const look = async (): Promise<void> => {
    const from = since;
    since = Number.POSITIVE_INFINITY;
    try {
      if (from === since) return;
      const written = await update(events, conditionOf(from, isFirst), clock.now());
      isFirst = false;
      failures = 0;
      // A program that stops makes nothing new from them: the next one does.
      if (written > 0 && !isStopped) onChange();
    } catch (error) {
      since = Math.min(since, from);
      if (failures++ === 0) warn(`sessions of the honeypot are not kept up to date: ${(error as Error).message}`);
      plan();
    }
  };
  const plan = (): void => {
    if (isStopped) return;
    timer ??= setTimeout(
      () => {
        timer = undefined;
        running = running.then(look);
      },
      failures === 0 ? pauseMs : pauseMs * 30,
    );
  };

  plan();
  return {
    stored(from) {
      since = Math.min(since, from);
      plan();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
      await look();
    },
  };
}

/** Epoch ms; 0 where there is none. */
async function lastUpdate(events: EventStore): Promise<number> {
  const { rows } = await events.query('SELECT toUnixTimestamp64Milli(max(updated)) AS last FROM honeypot_sessions');
  return Number(rows[0]?.['last'] ?? 0);
}

/** Of what was received since then. `isFirst`: and what has no row for any other reason, such as a crash half-way. */
function conditionOf(since: number, isFirst: boolean): EventCondition {
  const isNew = 'p_parse_time >= fromUnixTimestamp64Milli({since:Int64})';
  const isAbsent = "(ifNull(sensor, ''), session) NOT IN (SELECT sensor, session FROM honeypot_sessions)";
  return { where: isFirst ? `${isNew} OR ${isAbsent}` : isNew, parameters: { since } };
}

/** Gives the number of sessions written. */
async function update(events: EventStore, condition: EventCondition, now: number): Promise<number> {
  let sessions: Session[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    await append(events, await judge(events, sessions, now), now);
    sessions = [];
    characters = 0;
  };
  const hold = (session: Session): void => {
    sessions.push(session);
    characters += session.commands.reduce((sum, { input }) => sum + input.length, 0);
  };
  let written = 0;
  for (let until: number | undefined; ; ) {
    const page = { max: keysAtOnce, ...(until === undefined ? {} : { until }) };
    const { keys, truncated } = await findSessions(events, condition, page);
    for (let start = 0; start < keys.length; start += keysPerRead) {
      await readSessions(events, keys.slice(start, start + keysPerRead), hold);
      if (sessions.length >= maxSessions || characters >= maxCharacters) await flush();
    }
    await flush();
    written += keys.length;
    const oldest = keys.at(-1)?.time;
    if (!truncated || oldest === undefined) return written;
    // Those of the same time come once more, unless they fill an answer alone.
    until = oldest === until ? oldest - 1 : oldest;
  }
}

/** With what the sessions before say of the same commands. */
async function judge(events: EventStore, sessions: readonly Session[], now: number): Promise<HoneypotRow[]> {
  if (sessions.length === 0) return [];
  const campaigns = sessions.map((session) => fingerprintOf(session) ?? '');
  const own = Map.groupBy(sessions.keys(), (index) => campaigns[index] ?? '');
  // With the sessions at hand counted apart, what is known of them already counts once.
  const { rows } = await events.query(
    `SELECT campaign, countIf(session NOT IN {sessions:Array(String)}) AS sessions,
       uniqExactIf(source_ip, source_ip NOT IN {addresses:Array(String)}) AS addresses
     FROM honeypot_sessions WHERE campaign IN {campaigns:Array(String)} GROUP BY campaign`,
    {
      sessions: [...new Set(sessions.map(({ id }) => id))],
      addresses: [...new Set(sessions.map(({ sourceIp }) => sourceIp))],
      campaigns: [...own.keys()].filter((campaign) => campaign !== ''),
    },
  );
  const others = new Map(rows.map((row) => [String(row['campaign']), row]));
  const known = new Map(
    [...own].map(([campaign, indexes]) => {
      const alike = indexes.map((index) => sessions[index] as Session);
      const before = others.get(campaign);
      const names = new Set(alike.map(({ sensor, id }) => `${sensor}\n${id}`));
      const addresses = new Set(alike.map(({ sourceIp }) => sourceIp));
      return [
        campaign,
        {
          sessions: names.size + Number(before?.['sessions'] ?? 0),
          addresses: addresses.size + Number(before?.['addresses'] ?? 0),
        },
      ];
    }),
  );
  return sessions.map((session, index) => {
    const campaign = campaigns[index] ?? '';
    const sameSequence = campaign === '' ? undefined : known.get(campaign);
    const human = humanScore(session, sameSequence === undefined ? {} : { sameSequence });
    return { session, human, campaign, updated: now };
  });
}

async function append(events: EventStore, rows: readonly HoneypotRow[], now: number): Promise<void> {
  const writer = createHoneypotRows();
  const batch = { id: '', source: '', file: '', received: now };
  for (const row of rows) writer.add(row, batch);
  const taken = writer.take();
  if (taken === undefined) return;
  const first = rows[0]?.session;
  await events.append({
    token: `honeypot-sessions:${now}:${first?.sensor ?? ''}:${first?.id ?? ''}:${rows.length}`,
    tables: [{ table: honeypotSessionTable, rows: taken.rows, blocks: [taken.block] }],
  });
}
