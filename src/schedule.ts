// Runs detections by the clock: each over the records received between its times, one window after the other, none twice
// and none left out without a word. What a run does is the entry's; over any number of processes one entry runs once at a
// time, by the store's leases. It does not know what runs, and keeps nothing that the store does not have.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from './core/clock.ts';
import type { RunCounts, Schedule, Window } from './core/schedule.ts';
import type { Claim, Ended, Schedules, ScheduleStore } from './core/schedule-store.ts';
import { UserError } from './core/problem.ts';
import { createTicks } from './core/ticks.ts';
import { backfillWindow, dueAfter, leaseEnd, type Planned, planRun } from './schedule/plan.ts';
import { runInTime } from './schedule/in-time.ts';
import { gapText, timeText } from './schedule/tell.ts';

export interface ScheduleEntry {
  readonly id: string;
  readonly schedule: Schedule;
  /** Does not wait for room, nor take it from the others: for what is hurried, and short. */
  readonly isUrgent?: boolean;
  /** Must be able to run again over the same window with the same outcome: after a crash it does. What it throws is the
   *  run's failure, and it is tried again. */
  run(window: Window, about: RunAbout): Promise<RunResult>;
  /** Tells people, once, however often it is called for the same. Of a gap it is told before the run after it, which fails
   *  where this throws; what it throws for a failure is told by `warn`. */
  tell?(trouble: Trouble): Promise<void>;
}

/** What people must know although no run tells it. */
export type Trouble =
  /** After each attempt; `failures` counts them in a row. */
  | { readonly kind: 'failed'; readonly window: Window; readonly message: string; readonly failures: number }
  /** Nothing ran over this window, and nothing will unless somebody asks for it. */
  | { readonly kind: 'gap'; readonly window: Window };

export interface RunAbout {
  readonly isBackfill: boolean;
  /** Aborted when its time is over, and when the program stops. */
  readonly stop: AbortSignal;
}

export type RunResult = RunCounts & {
  /** There was more than the run could tell, and what. */
  readonly overflow?: string;
  /** For a person who looks at the run. */
  readonly note?: string;
};

export interface SchedulerOptions {
  readonly entries: readonly ScheduleEntry[];
  readonly store: ScheduleStore;
  readonly clock: Clock;
  /** Of this process. With a name that is the same after a restart, what its last run had taken is run again at once;
   *  two processes must not share one. Default: a new one, and the others' leases are waited for. */
  readonly holder?: string;
  /** All records that this process received before it are in the store; default: the lag alone decides. */
  readonly settled?: () => number;
  /** Runs at once. */
  readonly concurrency?: number;
  readonly warn: (message: string) => void;
}

export interface Scheduler extends Schedules {
  /** One of the entries is done with what was received before: nothing that comes now must be received earlier. A cursor
   *  more than a day ahead of the clock is not believed. */
  doneUntil(): Promise<number>;
  /** Resolves when the entries are known to the store; from then on they run. */
  start(): Promise<void>;
  /** Runs what is due now, and all that becomes due by that; for tests and for programs that end. Before `start` or
   *  instead of it. */
  runDue(): Promise<void>;
  /** These run over what was received up to now as soon as their lag allows, and need not wait for their times. */
  hurry(ids: readonly string[]): Promise<void>;
  /** Runs under way may end within some seconds; others are run again later. */
  stop(): Promise<void>;
}

const defaultConcurrency = 4;
/** Another process may have asked for something. */
const pollMs = 1000;
const shortMs = 20;
const retryMs = 1000;
const maxRetryMs = 5 * 60_000;
const drainMs = 5000;
/** A cursor that lies further ahead has seen another clock. */
const aheadMs = 60_000;
const believedMs = 24 * 60 * 60 * 1000;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { store, clock, warn, concurrency = defaultConcurrency } = options;
  const holder = options.holder ?? `${hostname()}, pid ${process.pid}, ${randomUUID()}`;
  const entries = new Map(
    options.entries.map((entry) => {
      const planned: Planned = { schedule: entry.schedule, ticks: createTicks(entry.schedule) };
      return [entry.id, { ...planned, entry }];
    }),
  );
  const ids = [...entries.keys()];
  const urgent = ids.filter((id) => entries.get(id)?.entry.isUrgent === true);
  const patient = ids.filter((id) => !urgent.includes(id));
  const running = new Set<Promise<void>>();
  /** Of `running`: those that need room. */
  let inRoom = 0;
  const stopping = new AbortController();
  const stopRuns = new AbortController();
  let isAdded = false;
  let looping: Promise<void> | undefined;
  let isWoken = false;
  let endSleep: (() => void) | undefined;
  let trouble = '';
  /** That the clock has shown, since it went back far. */
  let latest = 0;

  function entryOf(id: string) {
    const found = entries.get(id);
    if (found === undefined) throw new Error(`bug: a run of the unknown schedule ${id}`);
    return found;
  }

  function settledHere(now: number): number {
    return options.settled?.() ?? now;
  }

  async function add(): Promise<void> {
    if (isAdded) return;
    const now = clock.now();
    // The others wait for what is received from now on.
    await store.settle(holder, settledHere(now));
    await store.add(
      [...entries].map(([id, { schedule, ticks }]) => ({
        id,
        cursor: firstCursor(ticks.floor(now - schedule.lagMs), now),
        due: now,
      })),
      holder,
    );
    isAdded = true;
    latest = now;
    await tellAhead(now);
  }

  async function tellAhead(now: number): Promise<void> {
    const states = [...(await store.states(ids)).values()];
    const ahead = states.filter(({ cursor }) => cursor > now + aheadMs).toSorted((a, b) => b.cursor - a.cursor);
    const [first] = ahead;
    if (first === undefined) return;
    const others = ahead.length === 1 ? '' : `, and ${ahead.length - 1} more are ahead, too`;
    warn(`${first.id}: has come to ${timeText(first.cursor)}, by another clock; it waits until then${others}`);
  }

  /** Begins what is due, as far as there is room. */
  async function take(): Promise<number> {
    const now = clock.now();
    if (now < latest - aheadMs) await tellAhead(now);
    latest = now < latest - aheadMs ? now : Math.max(latest, now);
    const settled = await store.settle(holder, settledHere(now));
    const claim = async (from: readonly string[], limit: number): Promise<readonly Claim[]> =>
      from.length === 0 || limit <= 0
        ? []
        : await store.claim(from, {
            holder,
            now,
            limit,
            plan: (state) => planRun(entryOf(state.id), state, { now, settled }),
          });
    const claims = [...(await claim(urgent, urgent.length)), ...(await claim(patient, concurrency - inRoom))];
    for (const each of claims) begin(each);
    return claims.length;
  }

  function begin(claim: Claim): void {
    const place = urgent.includes(claim.schedule) ? 0 : 1;
    inRoom += place;
    const run = execute(claim).finally(() => {
      running.delete(run);
      inRoom -= place;
      wake();
    });
    running.add(run);
  }

  async function execute(claim: Claim): Promise<void> {
    const { entry, schedule } = entryOf(claim.schedule);
    const until = leaseEnd(schedule, clock.now());
    let ended: Ended;
    try {
      if (claim.gap !== undefined) await tellGap(entry, claim.gap);
      const { overflow, note = '', ...counts } = await runInTime(entry, claim, schedule.timeoutMs, stopRuns.signal);
      const due = claim.isBackfill ? clock.now() : nextDue(claim);
      ended = {
        ...counts,
        state: overflow === undefined ? 'done' : 'overflow',
        message: overflow ?? note,
        due,
        ended: clock.now(),
      };
    } catch (error) {
      ended = failed(claim, error instanceof Error ? error.message : String(error));
      if (!stopRuns.signal.aborted) await tellFailure(claim, ended.message);
    }
    await keep(claim, ended, until);
  }

  /** A schedule that is behind stands in line behind those that were due before now. */
  function nextDue({ schedule: id, window }: Claim): number {
    return Math.max(dueAfter(entryOf(id), window.to), clock.now());
  }

  function failed({ failures }: Claim, message: string): Ended {
    const waitMs = stopRuns.signal.aborted ? 0 : Math.min(retryMs * 2 ** failures, maxRetryMs);
    const now = clock.now();
    return { state: 'failed', message, due: now + waitMs, ended: now, rows: 0, signals: 0, rowsRead: 0, bytesRead: 0 };
  }

  async function tellGap(entry: ScheduleEntry, gap: Window): Promise<void> {
    warn(`${entry.id}: ${gapText(gap)}`);
    await entry.tell?.({ kind: 'gap', window: gap });
  }

  async function tellFailure({ schedule: id, failures, window }: Claim, message: string): Promise<void> {
    warn(`${id}: ${message}`);
    await entryOf(id)
      .entry.tell?.({ kind: 'failed', message, failures: failures + 1, window })
      .catch((error: unknown) => warn(`${id}: cannot tell of its failure: ${(error as Error).message}`));
  }

  /** What a store that is down does not take is offered again, as long as nobody else can have the schedule. */
  async function keep(claim: Claim, ended: Ended, until: number): Promise<void> {
    for (;;) {
      try {
        const isMine = await store.end(claim, holder, ended);
        if (!isMine) warn(`${claim.schedule}: was too slow, and is run by another process`);
        return;
      } catch (error) {
        if (stopping.signal.aborted || clock.now() >= until) {
          warn(`${claim.schedule}: cannot keep its run, which is run again: ${(error as Error).message}`);
          return;
        }
        await pause(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await add();
        const begun = await take();
        const due = await store.nextDue(inRoom < concurrency ? ids : urgent);
        told('');
        const now = clock.now();
        if (begun > 0 && due <= now) continue;
        // What is due and was not to be had is another process's for a moment, or waits for a run of ours to end.
        await sleep(Math.min(Math.max(due - now, shortMs), pollMs));
      } catch (error) {
        told(`schedules wait: ${(error as Error).message}`);
        await sleep(retryMs);
      }
    }
  }

  /** Once, not every second. */
  function told(message: string): void {
    if (message !== trouble && message !== '') warn(message);
    trouble = message;
  }

  async function sleep(ms: number): Promise<void> {
    if (!isWoken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        endSleep = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    endSleep = undefined;
    isWoken = false;
  }

  /** There is something to do; also just before the loop sleeps. */
  function wake(): void {
    isWoken = true;
    endSleep?.();
  }

  return {
    async doneUntil() {
      const cursors = [...(await store.states(ids)).values()].map(({ cursor }) => cursor);
      const limit = clock.now() + believedMs;
      return Math.max(0, ...cursors.filter((cursor) => cursor <= limit));
    },
    async start() {
      await add();
      looping = loop();
    },
    async runDue() {
      await add();
      for (;;) {
        const begun = await take();
        await Promise.all(running);
        if (begun === 0 && (await store.nextDue(ids)) > clock.now()) return;
      }
    },
    async hurry(wanted) {
      await store.hurry(wanted, clock.now() + 1);
      wake();
    },
    async backfill(id, { from, to }) {
      const found = entries.get(id);
      if (found === undefined) return undefined;
      await add();
      const cursor = (await store.states([id])).get(id)?.cursor ?? 0;
      const window = backfillWindow(found, { from, to }, cursor);
      if (typeof window === 'string') throw new UserError(`${id}: ${window}`);
      if (!(await store.backfill(id, window, clock.now()))) throw new UserError(`too many back-fills of ${id} wait`);
      wake();
      return window;
    },
    async runs(id, asked) {
      return entries.has(id) ? store.runs(id, asked) : undefined;
    },
    async status() {
      const states = await store.states(ids);
      const now = clock.now();
      return [...entries].flatMap(([id, planned]) => {
        const state = states.get(id);
        if (state === undefined) return [];
        const lateMs = Math.max(0, now - dueAfter(planned, state.cursor));
        return [{ ...state, schedule: planned.schedule, lateMs }];
      });
    },
    async stop() {
      stopping.abort();
      wake();
      await looping;
      const timer = setTimeout(() => stopRuns.abort(), drainMs);
      await Promise.all(running);
      clearTimeout(timer);
      await store.leave(holder).catch(() => undefined);
    },
  };
}

/** The first window of a new schedule begins at the last of its times. */
function firstCursor(tick: number, now: number): number {
  return Number.isFinite(tick) ? tick : now;
}
