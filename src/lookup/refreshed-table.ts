// One fetched lookup table's life: what is asked, checked, kept and used at a refresh, when the next one is due, and which
// alarms are on. It has no timers: refresh.ts has them.

import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { createDue, type Schedule } from './due.ts';
import type { Fetched, FetchRequest } from './fetch.ts';
import { openVersionFolder, type StoredVersion, type Version } from './version-folder.ts';

export interface RefreshedTable extends Schedule {
  readonly name: string;
  readonly address: string;
  /** Sent to the address' origin; they may hold a secret. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** AWS: the role by which an object is read. */
  readonly roleArn?: string | undefined;
  /** An alarm when no refresh has worked for so long. Default: three times the period, and at least a day. */
  readonly alarmPeriodMinutes?: number | undefined;
}

/** What is checked: a file that was fetched now, or the stored version at the start. */
export interface FetchedFile {
  /** Of the table. */
  readonly name: string;
  readonly path: string;
  /** Epoch ms when it was fetched. */
  readonly time: number;
  /** Of the version in use, where there is one. */
  readonly lastRows?: number;
}

/** What `check` says of a file: what it made of it, or why it must not be used. */
export type Checked<Good> = (Good & { readonly refused?: undefined }) | { readonly refused: string };

export interface RefreshOptions<Good extends { readonly rows: number }> {
  /** Each table has a folder of its name in it. */
  readonly folder: string;
  readonly clock: Clock;
  fetch(request: FetchRequest): Promise<Fetched>;
  /** One table at a time. What is not refused is used next, if the disk takes it. */
  check(file: FetchedFile): Promise<Checked<Good>>;
  /** A version to be used from now on, with what `check` made of it: the stored one first, then each new one. */
  onVersion(name: string, version: Version, good: Good): Promise<void> | void;
  /** Once when a table has become stale, and once when a version was refused; undefined: a good one has ended that. */
  onAlarm(name: string, message: string | undefined): void;
  /** 0 to 1: spreads requests. */
  readonly random?: () => number;
}

export interface TableState {
  readonly name: string;
  /** In use; absent until something good could be fetched. */
  readonly version?: Version;
  /** Epoch ms of the last refresh that worked. */
  readonly refreshed?: number;
  /** Epoch ms of the next refresh; infinite while one is under way. */
  readonly due: number;
  /** Why the last refresh failed, for a person; '' where it did not. */
  readonly message: string;
}

export interface TableLife {
  state(): TableState;
  /** Whether it is due or not; the one that is under way, where there is one. Never rejects: whatever goes wrong is in
   *  the state, and tried again. */
  refresh(): Promise<void>;
  /** Raises the alarm where refreshes have failed for too long. */
  tellStale(): void;
}

/** What a refresh came to; undefined: the table is fresh. */
type Trouble = { readonly message: string; readonly isRefused?: true; readonly retryAfterMs?: number } | undefined;

const minuteMs = 60_000;
const minAlarmMs = 24 * 60 * minuteMs;

/** Resolves when the stored version, if there is one, is in use. `inTurn` runs one check after the other. */
export async function openRefreshedTable<Good extends { readonly rows: number }>(
  table: RefreshedTable,
  options: RefreshOptions<Good>,
  inTurn: (work: () => Promise<Trouble>) => Promise<Trouble>,
  stop: AbortSignal,
): Promise<TableLife> {
  const { name, address, headers, roleArn, alarmPeriodMinutes } = table;
  const { folder, clock, random = Math.random } = options;
  if (!/^\w[\w .-]*$/.test(name)) throw new Error(`bug: ${name} cannot be the name of a folder`);
  const origin = createHash('sha256').update(address).digest('hex');
  const versions = await openVersionFolder(join(folder, name));
  const schedule = createDue(table);
  const started = clock.now();
  let inUse: StoredVersion | undefined;
  let refreshed: number | undefined;
  let due = started;
  let failures = 0;
  let message = '';
  let isStale = false;
  let isRefused = false;
  let running: Promise<void> | undefined;

  async function use(path: string, time: number, take: (rows: number) => Promise<StoredVersion>): Promise<Trouble> {
    const checked = await options.check({ name, path, time, ...(inUse !== undefined && { lastRows: inUse.rows }) });
    if (checked.refused !== undefined) return { message: checked.refused, isRefused: true };
    const version = await take(checked.rows);
    await options.onVersion(name, version, checked);
    inUse = version;
    return undefined;
  }

  async function useStored(stored: StoredVersion): Promise<Trouble> {
    return inTurn(() => use(stored.path, stored.time, async () => stored));
  }

  /** What the address has is the newest stored version. That one is not in use where the program could not take it. */
  async function confirm(stored: StoredVersion): Promise<Trouble> {
    await versions.note(stored);
    if (inUse?.number !== stored.number) return useStored(stored);
    inUse = stored;
    return undefined;
  }

  async function fetchAndUse(time: number): Promise<Trouble> {
    const { newest, incoming } = versions;
    const known = newest?.origin === origin ? newest : undefined;
    const { etag, modified } = known ?? {};
    const fetched = await options.fetch({ address, headers, roleArn, path: incoming, etag, modified, stop });
    if (fetched.kind === 'failed') return fetched;
    const asked = { time, confirmed: time, origin };
    if (fetched.kind === 'unchanged') {
      return known === undefined
        ? { message: 'unchanged, said the server, and nothing is stored' }
        : confirm({ ...known, confirmed: time });
    }
    const { kind: _, path, ...facts } = fetched;
    try {
      if (newest?.sha256 === facts.sha256) {
        const { number, path: stored, time: since, rows } = newest;
        return await confirm({ ...facts, ...asked, number, path: stored, time: since, rows });
      }
      const add = (rows: number) => versions.add({ ...facts, ...asked, rows });
      return await inTurn(async () => (stop.aborted ? { message: 'it was stopped' } : use(path, time, add)));
    } finally {
      await rm(path, { force: true });
    }
  }

  function settle(trouble: Trouble, time: number): void {
    due = schedule.next(time, random());
    message = trouble?.message ?? '';
    failures = trouble === undefined ? 0 : failures + 1;
    if (trouble === undefined) {
      refreshed = time;
      if (isStale || isRefused) options.onAlarm(name, undefined);
      isStale = false;
      isRefused = false;
      return;
    }
    // What was refused is not asked for sooner, unless there is nothing to use in the meantime: it may be large.
    if (trouble.isRefused !== true || inUse === undefined) {
      due = Math.max(Math.min(due, schedule.again(time, failures)), time + (trouble.retryAfterMs ?? 0));
    }
    if (trouble.isRefused === true && !isRefused) {
      isRefused = true;
      options.onAlarm(name, `what was fetched is refused: ${message}; ${remains()}`);
    }
  }

  function remains(): string {
    if (inUse === undefined) return 'there is no good version to use';
    return `the last good version stays in use (${inUse.rows} rows of ${new Date(inUse.time).toISOString()})`;
  }

  function tellStale(): void {
    const alarmMs =
      alarmPeriodMinutes === undefined
        ? Math.max(minAlarmMs, 3 * schedule.gapMs(clock.now()))
        : alarmPeriodMinutes * minuteMs;
    const since = refreshed ?? started;
    if (isStale || failures === 0 || clock.now() - since < alarmMs) return;
    isStale = true;
    options.onAlarm(name, `not refreshed since ${new Date(since).toISOString()}: ${message}; ${remains()}`);
  }

  async function refreshOnce(): Promise<void> {
    const time = clock.now();
    due = Infinity;
    const trouble = await orTrouble(() => fetchAndUse(time));
    if (stop.aborted) return;
    settle(trouble, time);
    tellStale();
  }

  const { newest } = versions;
  if (newest !== undefined) {
    const trouble = await orTrouble(() => useStored(newest));
    // A clock that was wrong when it was stored must not put off the next refresh for ever.
    const confirmed = Math.min(newest.confirmed, started);
    if (trouble === undefined) refreshed = confirmed;
    else settle(trouble, started);
    due = trouble === undefined && newest.origin === origin ? schedule.next(confirmed, random()) : started;
  }

  return {
    state: () => ({
      name,
      due,
      message,
      ...(inUse !== undefined && { version: inUse }),
      ...(refreshed !== undefined && { refreshed }),
    }),
    refresh() {
      running ??= refreshOnce().finally(() => (running = undefined));
      return running;
    },
    tellStale,
  };
}

/** What throws here is a full disk or a bug: neither may end the program, nor go unseen. */
async function orTrouble(work: () => Promise<Trouble>): Promise<Trouble> {
  try {
    return await work();
  } catch (error) {
    return { message: String(error) };
  }
}
