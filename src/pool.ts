// The worker threads, and their watchdog. A rule that does not end or eats the thread's memory is known by the progress
// that its worker writes: the thread is ended, the rule is left out from then on, and the batch runs again without it.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Detection } from './core/detection.ts';
import type { Exception } from './core/exception.ts';
import type { Problem } from './core/problem.ts';
import type { Table } from './core/table.ts';
import { progressLength } from './detect/typescript.ts';
import type { LoadedTable } from './lookup/load.ts';
import type { Job, JobResult, NewExceptions, NewTable, Release, WorkerReady, WorkerSetup } from './work.ts';

export interface PoolOptions {
  readonly setup: Omit<WorkerSetup, 'skip' | 'progress' | 'exceptions'>;
  readonly workers: number;
  /** One call of a rule may take so long. Default 2000 ms. */
  readonly ruleMs?: number;
  /** Heap of a worker. Default 512 MiB. */
  readonly heapMb?: number;
  readonly onStopped: (detection: string, reason: string) => void;
}

export interface Done extends JobResult {
  /** The rows are stored, or copied: their memory may be written again. */
  release(): void;
  /** Rules that were stopped while this batch ran. */
  readonly stopped: readonly { readonly detection: string; readonly reason: string }[];
}

export interface Pool {
  readonly detections: readonly Detection[];
  readonly tables: readonly Table[];
  readonly problems: readonly Problem[];
  readonly size: number;
  /** Takes a job when a worker is free. The job's bytes are copied to the worker, for it may have to run again. */
  run(job: Job): Promise<Done>;
  /** Jobs that start after this see the table instead of the one of the same name. */
  swap(table: LoadedTable): void;
  /** Jobs that start after this leave out what these do, and nothing else. */
  except(exceptions: readonly Exception[]): void;
  restarts(): number;
  stopped(): ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** A first call may compile; it gets so many times the usual limit. */
const firstFactor = 5;
const maxAttempts = 4;
const lookMs = 100;

interface Task {
  readonly job: Job;
  readonly stopped: { detection: string; reason: string }[];
  attempts: number;
  readonly resolve: (done: Done) => void;
  readonly reject: (error: Error) => void;
}

interface Seat {
  worker: Worker;
  readonly progress: Int32Array;
  task: Task | undefined;
  /** What the watchdog saw last, and how often it saw the same. */
  seen: readonly [number, number];
  same: number;
  /** The watchdog ended the thread. */
  timedOut: boolean;
  /** false while its thread is started again. */
  alive: boolean;
  jobs: number;
}

export async function createPool(options: PoolOptions): Promise<Pool> {
  const { setup, ruleMs = 2000, heapMb = 512, onStopped } = options;
  const stopped = new Map<string, string>();
  const lookups = new Map(setup.lookups.map((table) => [table.definition.name, table]));
  let exceptions: readonly Exception[] = [];
  const waiting: Task[] = [];
  const seats: Seat[] = [];
  let facts: WorkerReady | undefined;
  let restarts = 0;
  let closing = false;

  async function start(seat?: Seat): Promise<Seat> {
    const progress = new SharedArrayBuffer(progressLength * 4);
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const given = new Set(lookups.values());
    const givenExceptions = exceptions;
    const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
      workerData: {
        ...setup,
        exceptions,
        lookups: [...given],
        progress,
        skip: [...stopped.keys()],
      } satisfies WorkerSetup,
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 32 },
    });
    const ready = await readiness(worker);
    facts ??= ready;
    for (const table of lookups.values()) if (!given.has(table)) send(worker, { kind: 'table', table });
    if (exceptions !== givenExceptions) send(worker, { kind: 'exceptions', exceptions });
    const made: Seat = seat ?? {
      worker,
      progress: new Int32Array(progress),
      task: undefined,
      seen: [0, 0],
      same: 0,
      timedOut: false,
      alive: true,
      jobs: 0,
    };
    const current: Seat =
      seat === undefined
        ? made
        : Object.assign(seat, { worker, progress: new Int32Array(progress), alive: true, jobs: 0 });
    let failure = '';
    worker.on('message', (result: JobResult) => finish(current, result));
    worker.on('error', (error) => {
      failure = error.message;
    });
    worker.on('exit', () => {
      if (!closing) void revive(current, failure);
    });
    return current;
  }

  function finish(seat: Seat, result: JobResult): void {
    const task = seat.task as Task;
    seat.task = undefined;
    seat.jobs++;
    const { worker } = seat;
    task.resolve({ ...result, stopped: task.stopped, release: () => release(worker, result) });
    next(seat);
  }

  /** The thread is gone: leave out the rule that ran, and try the batch again in a new one. */
  async function revive(seat: Seat, failure: string): Promise<void> {
    const task = seat.task;
    seat.task = undefined;
    seat.alive = false;
    restarts++;
    const rule = facts?.detections[(seat.progress[0] ?? 0) - 1];
    if (rule !== undefined && !stopped.has(rule.id)) {
      const isMemory = failure.includes('memory');
      const reason = isMemory
        ? `stopped: it took more than the ${heapMb} MiB of its worker`
        : seat.timedOut
          ? `stopped: one call took more than ${ruleMs} ms`
          : `stopped: it ended its worker${failure === '' ? '' : ` (${failure})`}`;
      stopped.set(rule.id, reason);
      task?.stopped.push({ detection: rule.id, reason });
      onStopped(rule.id, reason);
    }
    if (task !== undefined) {
      // A batch that ends every thread must not stop the line: it becomes a dead letter as a whole.
      const isPoison = rule === undefined && ++task.attempts >= maxAttempts;
      const lost = `a mistake in tocsin: the batch ended its worker ${maxAttempts} times (${failure})`;
      waiting.unshift(isPoison ? { ...task, job: { ...task.job, lost } } : task);
    }
    try {
      await start(seat);
      next(seat);
    } catch (error) {
      for (const lost of waiting.splice(0)) lost.reject(error as Error);
    }
  }

  function next(seat: Seat): void {
    const task = waiting.shift();
    if (task === undefined) return;
    seat.task = task;
    seat.seen = [0, 0];
    seat.same = 0;
    seat.timedOut = false;
    send(seat.worker, task.job);
  }

  // Counts its own looks rather than time: a machine that stood still is no rule that does not end.
  const watchdog = setInterval(() => {
    for (const seat of seats) {
      if (seat.task === undefined) continue;
      const seen = [seat.progress[0] ?? 0, seat.progress[1] ?? 0] as const;
      const isSame = seen[0] !== 0 && seen[0] === seat.seen[0] && seen[1] === seat.seen[1];
      seat.seen = seen;
      seat.same = isSame ? seat.same + 1 : 0;
      if (seat.same * lookMs <= ruleMs * (seat.jobs === 0 ? firstFactor : 1)) continue;
      seat.same = 0;
      seat.timedOut = true;
      void seat.worker.terminate();
    }
  }, lookMs);
  watchdog.unref();

  for (let index = 0; index < options.workers; index++) seats.push(await start());
  const { detections, tables, problems } = facts as WorkerReady;
  return {
    detections,
    tables,
    problems,
    size: seats.length,
    run: (job) =>
      new Promise((resolve, reject) => {
        waiting.push({ job, stopped: [], attempts: 0, resolve, reject });
        const free = seats.find((seat) => seat.alive && seat.task === undefined);
        if (free !== undefined) next(free);
      }),
    except(wanted) {
      exceptions = wanted;
      for (const seat of seats) if (seat.alive) send(seat.worker, { kind: 'exceptions', exceptions });
    },
    swap(table) {
      lookups.set(table.definition.name, table);
      // A thread that is being started gets it when it is ready.
      for (const seat of seats) if (seat.alive) send(seat.worker, { kind: 'table', table });
    },
    restarts: () => restarts,
    stopped: () => stopped,
    async close() {
      closing = true;
      clearInterval(watchdog);
      await Promise.all(seats.map((seat) => seat.worker.terminate()));
    },
  };
}

function release(worker: Worker, { rows }: JobResult): void {
  const buffers = rows.map(({ block }) => block.buffer).filter((buffer) => buffer instanceof SharedArrayBuffer);
  if (buffers.length > 0) send(worker, { kind: 'release', buffers });
}

function send(worker: Worker, message: Job | Release | NewTable | NewExceptions): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(message);
}

async function readiness(worker: Worker): Promise<WorkerReady> {
  const given = new AbortController();
  const { signal } = given;
  try {
    const [ready] = (await Promise.race([
      once(worker, 'message', { signal }),
      once(worker, 'exit', { signal }).then(([code]) => {
        throw new Error(`a worker ended with code ${String(code)} before it was ready`);
      }),
    ])) as [WorkerReady];
    return ready;
  } finally {
    given.abort();
  }
}
