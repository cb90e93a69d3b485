// Two processes on one store, at random: they tick, crash, start again, lose the store, and their clock jumps. Whatever
// happens, runs that went through and gaps lie one after the other, and nothing is run beyond what all have stored.
// TOCSIN_SCHEDULE_SEED and TOCSIN_SCHEDULE_SEQUENCES choose others, and more.

import { rm } from 'node:fs/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run, Schedule, Window } from '../core/schedule.ts';
import type { ScheduleStore } from '../core/schedule-store.ts';
import { createScheduler, type RunResult, type Scheduler } from '../schedule.ts';
import { connectPostgres, type Database } from '../store/postgres/connect.ts';
import { createScheduleStore } from '../store/postgres/schedule-store.ts';
import { clusterTimeoutMs, temporaryDatabaseFolder } from '../store/postgres/temporary-database.suite.ts';

const firstSeed = Number(process.env['TOCSIN_SCHEDULE_SEED'] ?? 1);
const sequences = Number(process.env['TOCSIN_SCHEDULE_SEQUENCES'] ?? 6);
const steps = 40;
const start = 1_700_000_000_000;
const found: RunResult = { rows: 1, signals: 1, rowsRead: 10, bytesRead: 100 };
const base = { timezone: 'UTC', lagMs: 2000, timeoutMs: 20_000, catchupMs: 60_000 };
const schedules: Readonly<Record<string, Schedule>> = {
  every: { ...base, everyMs: 10_000 },
  cron: { ...base, cron: '*/7 * * * * *' },
};

let database: Database;
let path = '';
beforeAll(async () => {
  path = await temporaryDatabaseFolder();
  database = await connectPostgres({ path });
}, clusterTimeoutMs);
afterAll(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

test.each(Array.from({ length: sequences }, (_, index) => firstSeed + index))(
  'sequence %i',
  { timeout: 120_000 },
  async (seed) => {
    await sql`truncate schedules, schedule_runs, schedule_backfills, schedulers`.execute(database.db);
    const world = createWorld(seed);
    for (let step = 0; step < steps; step++) await world.step();
    await world.heal();
    for (const id of Object.keys(schedules)) {
      const { runs } = await world.store.runs(id, { limit: 10_000 });
      const tiles = tilesOf(runs);
      expect([world.log, holesOf(tiles)]).toEqual([world.log, []]);
      expect(tiles.length).toBeGreaterThan(3);
      // What ran again ran over the same window.
      const effects = [
        ...new Map(world.effects.filter((each) => each.id === id).map((each) => [each.text, each])).values(),
      ];
      expect([world.log, holesOf(effects, true)]).toEqual([world.log, []]);
      for (const { from, to } of runs.filter(({ state }) => state === 'done')) {
        expect(effects).toContainEqual(expect.objectContaining({ from, to }));
      }
    }
    expect([world.log, world.early]).toEqual([world.log, []]);
  },
);

function tilesOf(runs: readonly Run[]): readonly Window[] {
  return runs
    .filter(({ state, isBackfill }) => ['done', 'overflow', 'gap'].includes(state) && !isBackfill)
    .toSorted((a, b) => a.from - b.from);
}

/** Where the windows do not join, or where `isLoose` overlap. */
function holesOf(windows: readonly Window[], isLoose = false): readonly string[] {
  const sorted = windows.toSorted((a, b) => a.from - b.from);
  return sorted.slice(1).flatMap((window, index) => {
    const before = sorted[index]?.to ?? 0;
    const isFine = isLoose ? before <= window.from : before === window.from;
    return isFine ? [] : [`${(before - start) / 1000} and ${(window.from - start) / 1000}`];
  });
}

interface Process {
  readonly holder: string;
  readonly scheduler: Scheduler;
  /** Its runs that hang. */
  readonly hanging: ((error: Error) => void)[];
  isDead: boolean;
  /** The other one knows of it, and waits for what it has not stored. */
  isKnown: boolean;
}

function createWorld(seed: number) {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const store = createScheduleStore(database.db);
  const log: string[] = [];
  const effects: (Window & { readonly id: string; readonly text: string })[] = [];
  const early: string[] = [];
  let now = start;
  let latest = start;
  let isHealed = false;
  let errors = 0;
  /** A process ends when its next run is through, before it can say so. */
  let diesAtEnd = false;
  let nextRun: 'done' | 'fails' | 'hangs' = 'done';
  let names = 0;
  /** Records received before it are stored, by place. */
  const settled = [start, start];
  const backlog = [0, 0];

  function shaky(process: () => Process): ScheduleStore {
    return new Proxy(store, {
      get(target, name: keyof ScheduleStore) {
        return async (...words: never[]) => {
          if (name === 'end' && diesAtEnd) {
            diesAtEnd = false;
            process().isDead = true;
          }
          const fails = process().isDead || (errors > 0 && errors-- > 0);
          // A connection that breaks may have done what it was asked for.
          const isLate = fails && !process().isDead && random() < 0.5;
          if (fails && !isLate) throw new Error('the database is down');
          const result: unknown = await (target[name] as (...given: never[]) => Promise<unknown>)(...words);
          if (name === 'settle') process().isKnown = true;
          if (isLate) throw new Error('the database is gone');
          return result;
        };
      },
    });
  }

  function launch(place: number, holder: string): Process {
    const hanging: Process['hanging'] = [];
    const process: Process = {
      holder,
      hanging,
      isDead: false,
      isKnown: false,
      scheduler: createScheduler({
        store: shaky(() => process),
        clock: { now: () => now },
        holder,
        settled: () => settledOf(place),
        warn: () => {},
        entries: Object.entries(schedules).map(([id, schedule]) => ({
          id,
          schedule,
          run: (window) => run(id, window, hanging),
        })),
      }),
    };
    return process;
  }

  function settledOf(place: number): number {
    return (settled[place] = Math.max(settled[place] ?? start, now - (backlog[place] ?? 0)));
  }

  async function run(id: string, { from, to }: Window, hanging: Process['hanging']): Promise<RunResult> {
    const outcome = nextRun;
    nextRun = 'done';
    const known = processes.flatMap(({ isKnown }, place) => (isKnown ? [settledOf(place)] : []));
    if (to > Math.min(...known)) early.push(`${id} ${(to - start) / 1000}`);
    if (outcome === 'fails') throw new Error('no such table');
    if (outcome === 'hangs') return new Promise((_, reject) => hanging.push(reject));
    effects.push({ id, from, to, text: `${from}-${to}` });
    return found;
  }

  const processes: Process[] = [0, 1].map((place) => launch(place, `p${names++}`));

  async function tick(process: Process): Promise<void> {
    const through = process.scheduler.runDue().catch(() => undefined);
    const isHanging = async (): Promise<void> => {
      while (process.hanging.length === 0 && !process.isDead) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await Promise.race([through, isHanging()]);
  }

  /** Nothing of it reaches the store any more. */
  async function crash(place: number, holder: string): Promise<void> {
    const process = processes[place];
    if (process === undefined) return;
    process.isDead = true;
    void process.scheduler.stop();
    for (const reject of process.hanging.splice(0)) reject(new Error('the process is gone'));
    await forget(process.holder);
    processes[place] = launch(place, holder);
    await tick(processes[place]);
  }

  /** As if a minute had passed. */
  async function forget(holder: string): Promise<void> {
    await sql`update schedulers set seen = seen - interval '61 seconds' where name = ${holder}`.execute(database.db);
  }

  const acts: readonly (readonly [number, string, (place: number) => void | Promise<void>])[] = [
    [10, 'goes on', () => void (now += below(25_000))],
    [10, 'ticks', (place) => tick(processes[place] as Process)],
    [1, 'back', () => void (now -= below(60_000))],
    [1, 'far back', () => void (now -= below(3_600_000))],
    [1, 'far on', () => void (now += below(20 * 60_000))],
    [2, 'crashes', (place) => crash(place, `p${names++}`)],
    [2, 'crashes and is itself again', (place) => crash(place, processes[place]?.holder ?? '')],
    [3, 'dies at the end of a run', () => void (diesAtEnd = true)],
    [2, 'store fails', () => void (errors = 1 + below(3))],
    [2, 'run fails', () => void (nextRun = 'fails')],
    [1, 'run hangs', () => void (nextRun = 'hangs')],
    [1, 'stores late', (place) => void (backlog[place] = below(30_000))],
    [4, 'hurry', (place) => processes[place]?.scheduler.hurry(['every']).catch(() => undefined)],
  ];
  const weights = acts.reduce((sum, [weight]) => sum + weight, 0);

  return {
    store,
    log,
    effects,
    early,
    async step(): Promise<void> {
      let left = below(weights);
      const place = below(processes.length);
      const act = acts.find(([weight]) => (left -= weight) < 0);
      if (act === undefined || isHealed) return;
      log.push(`${(now - start) / 1000}: ${place} ${act[1]}`);
      await act[2](place);
      for (const [each, { isDead, holder }] of processes.entries()) {
        if (isDead) await crash(each, random() < 0.5 ? holder : `p${names++}`);
      }
      latest = Math.max(latest, now);
    },
    /** All is well again, for long enough. */
    async heal(): Promise<void> {
      isHealed = true;
      errors = 0;
      diesAtEnd = false;
      nextRun = 'done';
      backlog.fill(0);
      for (const [place] of processes.entries()) await crash(place, `p${names++}`);
      for (let round = 0; round < 4; round++) {
        now = latest += 55_000;
        for (const process of [...processes, ...processes]) await tick(process);
      }
    },
  };
}

/** A fixed sequence for a seed. */
function createRandom(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
