// Keeps fetched lookup tables fresh: each by its own schedule, checked before it is used, the last good version in use
// until a better one is there. It knows neither formats nor what is done with a version.

import { openRefreshedTable, type RefreshedTable, type RefreshOptions } from './refreshed-table.ts';
import type { TableLife, TableState } from './refreshed-table.ts';

export interface Refresher {
  /** Resolves when the stored versions are in use; what is due is refreshed from then on, in the background. */
  start(): Promise<void>;
  /** Refreshes what is due, and resolves when that is done; `start` sees to it by itself. */
  refreshDue(): Promise<void>;
  /** Whatever the schedule says; false: there is no such table. */
  refreshNow(name: string): Promise<boolean>;
  states(): readonly TableState[];
  /** Breaks off what is being fetched, and waits for its end. */
  stop(): Promise<void>;
}

/** A clock that was set and a machine that slept are noticed after so long. */
const maxSleepMs = 60_000;

export function createRefresher<Good extends { readonly rows: number }>(
  options: RefreshOptions<Good> & { readonly tables: readonly RefreshedTable[] },
): Refresher {
  const { clock } = options;
  const lives: TableLife[] = [];
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const inTurn = createTurn();
  let timer: NodeJS.Timeout | undefined;

  function refresh(life: TableLife): Promise<void> {
    const refreshing = life.refresh().finally(() => {
      running.delete(refreshing);
      if (timer !== undefined) wake();
    });
    running.add(refreshing);
    return refreshing;
  }

  function refreshDue(): Promise<unknown> {
    for (const life of lives) life.tellStale();
    return Promise.all(lives.filter((life) => life.state().due <= clock.now()).map(refresh));
  }

  /** Sets the timer to the next table that is due. */
  function wake(): void {
    clearTimeout(timer);
    if (stopping.signal.aborted) return;
    const sleepMs = Math.min(maxSleepMs, ...lives.map((life) => life.state().due - clock.now()));
    timer = setTimeout(
      () => {
        void refreshDue();
        wake();
      },
      Math.max(0, sleepMs),
    );
  }

  return {
    async start() {
      for (const table of options.tables) {
        if (stopping.signal.aborted) return;
        lives.push(await openRefreshedTable(table, options, inTurn, stopping.signal));
      }
      wake();
    },
    async refreshDue() {
      await refreshDue();
    },
    async refreshNow(name) {
      const life = lives.find((one) => one.state().name === name);
      if (life !== undefined) await refresh(life);
      return life !== undefined;
    },
    states: () => lives.map((life) => life.state()),
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

/** One after the other. */
function createTurn() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}
