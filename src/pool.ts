// The worker threads, and their watchdog. A rule that does not end or eats the thread's memory is known by the progress
// that its worker writes: the thread is ended, the rule is left out from then on, and the batch runs again without it.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Detection } from './core/detection.ts';
import type { Problem } from './core/problem.ts';
import type { Table } from './core/table.ts';
import { progressLength } from './detect/typescript.ts';
import type { Job, JobResult, Release, WorkerReady, WorkerSetup } from './work.ts';

export interface PoolOptions {
  readonly setup: Omit<WorkerSetup, 'skip' | 'progress'>;
  readonly workers: number;
  /** One call of a rule may take so long. Default 1000 ms. */
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
  restarts(): number;
  stopped(): ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** A first call may compile; it gets so many times the usual limit. */
const firstFactor = 5;
const maxAttempts = 4;

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
  /** What the watchdog saw last, and when it changed. */
  seen: readonly [number, number];
  since: number;
  jobs: number;
}

export async function createPool(options: PoolOptions): Promise<Pool> {
  const { setup, ruleMs = 1000, heapMb = 512, onStopped } = options;
  const stopped = new Map<string, string>();
  const waiting: Task[] = [];
  const seats: Seat[] = [];
  let facts: WorkerReady | undefined;
  let restarts = 0;
  let closing = false;

  async function start(seat?: Seat): Promise<Seat> {
    const progress = new SharedArrayBuffer(progressLength * 4);
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
      workerData: { ...setup, progress, skip: [...stopped.keys()] } satisfies WorkerSetup,
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 32 },
    });
    const ready = await readiness(worker);
    facts ??= ready;
    const made: Seat = seat ?? {
      worker,
      progress: new Int32Array(progress),
      task: undefined,
      seen: [0, 0],
      since: 0,
      jobs: 0,
    };
    const current: Seat =
      seat === undefined ? made : Object.assign(seat, { worker, progress: new Int32Array(progress), jobs: 0 });
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
    restarts++;
    const rule = facts?.detections[(seat.progress[0] ?? 0) - 1];
    if (rule !== undefined && !stopped.has(rule.id)) {
      const isMemory = failure.includes('memory');
      const reason = isMemory
        ? `stopped: it took more than the ${heapMb} MiB of its worker`
        : failure === ''
          ? `stopped: one call took more than ${ruleMs} ms`
          : `stopped: its worker ended (${failure})`;
      stopped.set(rule.id, reason);
      task?.stopped.push({ detection: rule.id, reason });
      onStopped(rule.id, reason);
    }
    if (task !== undefined && ++task.attempts >= maxAttempts && rule === undefined) {
      task.reject(new Error(`bug: batch ${task.job.id} ends its worker: ${failure}`));
    } else if (task !== undefined) {
      waiting.unshift(task);
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
    seat.since = Date.now();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    seat.worker.postMessage(task.job);
  }

  const watchdog = setInterval(() => {
    const now = Date.now();
    for (const seat of seats) {
      if (seat.task === undefined) continue;
      const seen = [seat.progress[0] ?? 0, seat.progress[1] ?? 0] as const;
      if (seen[0] !== seat.seen[0] || seen[1] !== seat.seen[1] || seen[0] === 0) {
        seat.seen = seen;
        seat.since = now;
      } else if (now - seat.since > ruleMs * (seat.jobs === 0 ? firstFactor : 1)) {
        seat.since = now;
        void seat.worker.terminate();
      }
    }
  }, 100);
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
        const free = seats.find((seat) => seat.task === undefined);
        if (free !== undefined) next(free);
      }),
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
  const message: Release = { kind: 'release', buffers };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  if (buffers.length > 0) worker.postMessage(message);
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
