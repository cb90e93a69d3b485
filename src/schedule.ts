// Runs detections by the clock: each over the records received between its times, one window after the other, none twice
// and none left out without a word. What a run does is the entry's; over any number of processes one entry runs once at a
// time, by the store's leases. It does not know what runs, and keeps nothing that the store does not have.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from './core/clock.ts';
import type { RunCounts, Schedule, Window } from './core/schedule.ts';
import type { Claim, Ended, Schedules, ScheduleStore } from './core/schedule-store.ts';
import { UserError } from './core/problem.ts';
import { createTicks } from './core/ticks.ts';
import { backfillWindow, dueAfter, leaseEnd, type Planned, planRun } from './schedule/plan.ts';
import { runInTime } from './schedule/in-time.ts';

export interface ScheduleEntry {
  readonly id: string;
  readonly schedule: Schedule;
  /** Must be able to run again over the same window with the same outcome: after a crash it does. What it throws is the
   *  run's failure, and it is tried again. */
  run(window: Window, about: RunAbout): Promise<RunResult>;
}

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
  /** All records received before it are in the store; default: the lag alone decides. */
  readonly settled?: () => number;
  /** Runs at once. */
  readonly concurrency?: number;
  readonly warn: (message: string) => void;
  /** After each attempt that failed; `failures` counts them in a row. What it throws is told by `warn`. */
  readonly onFailure?: (id: string, failure: RunFailure) => Promise<void>;
}

export interface RunFailure {
  readonly message: string;
  readonly failures: number;
  readonly window: Window;
}

export interface Scheduler extends Schedules {
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

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { store, clock, warn, concurrency = defaultConcurrency } = options;
  const holder = options.holder ?? randomUUID();
  const entries = new Map(
    options.entries.map((entry) => {
      const planned: Planned = { schedule: entry.schedule, ticks: createTicks(entry.schedule) };
      return [entry.id, { ...planned, entry }];
    }),
  );
  const ids = [...entries.keys()];
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const stopRuns = new AbortController();
  let isAdded = false;
  let looping: Promise<void> | undefined;
  let isWoken = false;
  let endSleep: (() => void) | undefined;
  let trouble = '';

  function entryOf(id: string) {
    const found = entries.get(id);
    if (found === undefined) throw new Error(`bug: a run of the unknown schedule ${id}`);
    return found;
  }

  async function add(): Promise<void> {
    if (isAdded) return;
    const now = clock.now();
    await store.add(
      [...entries].map(([id, { schedule, ticks }]) => ({
        id,
        cursor: firstCursor(ticks.floor(now - schedule.lagMs), now),
        due: now,
      })),
      holder,
    );
    isAdded = true;
    for (const { id, cursor } of (await store.states(ids)).values()) {
      if (cursor > now + aheadMs) warn(`${id}: has come to ${timeText(cursor)}, by another clock; it waits until then`);
    }
  }

  /** Begins what is due, as far as there is room. */
  async function take(): Promise<number> {
    const now = clock.now();
    const settled = options.settled?.() ?? now;
    const claims = await store.claim(ids, {
      holder,
      now,
      limit: concurrency - running.size,
      plan: (state) => planRun(entryOf(state.id), state, { now, settled }),
    });
    for (const claim of claims) {
      const run = execute(claim).finally(() => {
        running.delete(run);
        wake();
      });
      running.add(run);
    }
    return claims.length;
  }

  async function execute(claim: Claim): Promise<void> {
    const { entry, schedule } = entryOf(claim.schedule);
    const until = leaseEnd(schedule, clock.now());
    let ended: Ended;
    try {
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

  async function tellFailure({ schedule: id, failures, window }: Claim, message: string): Promise<void> {
    warn(`${id}: ${message}`);
    await options
      .onFailure?.(id, { message, failures: failures + 1, window })
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
        const begun = running.size < concurrency ? await take() : 0;
        const due = await store.nextDue(ids);
        told('');
        const now = clock.now();
        if (begun > 0 && running.size < concurrency && due <= now) continue;
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
      return [...entries].flatMap(([id, { schedule }]) => {
        const state = states.get(id);
        return state === undefined ? [] : [{ ...state, schedule }];
      });
    },
    async stop() {
      stopping.abort();
      wake();
      await looping;
      const timer = setTimeout(() => stopRuns.abort(), drainMs);
      await Promise.all(running);
      clearTimeout(timer);
    },
  };
}

function timeText(time: number): string {
  return new Date(time).toISOString();
}

/** The first window of a new schedule begins at the last of its times. */
function firstCursor(tick: number, now: number): number {
  return Number.isFinite(tick) ? tick : now;
}
