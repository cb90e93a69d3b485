// How a stage is measured: in a process of its own, from the first byte of work to the last, with its CPU time and its
// peak memory. A stage in JavaScript measures itself; a peer is measured from outside.

import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface Measure {
  readonly events: number;
  /** Of input. */
  readonly bytes: number;
  readonly wallMs: number;
  /** User and system time of all threads and children. */
  readonly cpuMs: number;
  readonly peakBytes: number;
  /** The data set's sum as found in the output; absent where the stage keeps no output that has it. */
  readonly sum?: number;
  /** What else the stage has to tell: percentiles, bytes on disk. */
  readonly extra?: Readonly<Record<string, number>>;
}

export type Work = Pick<Measure, 'events' | 'bytes' | 'sum' | 'extra'>;

/** In a stage's own process: measures the work, without what was loaded and prepared before, and tells the runner. What is
 *  asked `after` is told too, and not measured. */
export async function measureSelf(
  work: () => Promise<Work>,
  after: (measure: Measure) => Promise<Measure['extra']> = async () => ({}),
): Promise<void> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const done = await work();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const measure: Measure = { ...done, wallMs, cpuMs: (user + system) / 1000, peakBytes };
  const extra = { ...done.extra, ...(await after(measure)) };
  process.stdout.write(`${JSON.stringify({ ...measure, extra })}\n`);
}

/** How bin/tocsin.js starts Node. */
const asLaunched = { flags: ['--max-semi-space-size=4'], env: { MALLOC_ARENA_MAX: '2' } };

/** Runs a script of bench/ that ends in `measureSelf`. */
export async function runScript(script: string, args: readonly string[]): Promise<Measure> {
  const path = new URL(script, import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [...asLaunched.flags, path, ...args], {
    maxBuffer: 2 ** 24,
    env: { ...process.env, ...asLaunched.env },
  });
  const measure: Measure = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  return measure;
}

/** `share` of [0, 1]; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export interface Usage {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

/** Runs a program to its end. Its standard error goes to ours. */
export async function runProgram(
  command: string,
  args: readonly string[],
  io: { stdin: string; stdout: string },
): Promise<Usage> {
  const [input, output] = [openSync(io.stdin, 'r'), openSync(io.stdout, 'w')];
  const began = performance.now();
  const child = spawn(command, args, { stdio: [input, output, 'inherit'] });
  closeSync(input);
  closeSync(output);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const watched = watch(child.pid ?? 0, ended);
  const code = await ended;
  const wallMs = performance.now() - began;
  if (code !== 0) throw new Error(`cannot run ${command} ${args.join(' ')}: exit code ${code}`);
  return { wallMs, ...(await watched) };
}

/** CPU time and peak memory of a process, looked at every 10 ms while it runs: what it does in its last 10 ms is not
 *  seen. Linux only. */
export async function watch(pid: number, ended: Promise<unknown>): Promise<Omit<Usage, 'wallMs'>> {
  const state = { isRunning: true };
  const stop = (): void => {
    state.isRunning = false;
  };
  ended.then(stop, stop);
  let seen = { cpuMs: 0, peakBytes: 0 };
  while (state.isRunning) {
    seen = usageOf(pid) ?? seen;
    await sleep(10);
  }
  return seen;
}

/** undefined: the process is gone. */
function usageOf(pid: number): Omit<Usage, 'wallMs'> | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the command in brackets: state is field 3, utime and stime are 14 and 15, in ticks of 10 ms.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (peak === undefined) return undefined;
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, peakBytes: Number(peak) * 1024 };
  } catch {
    return undefined;
  }
}

export async function isInstalled(program: string): Promise<boolean> {
  return await promisify(execFile)('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}
