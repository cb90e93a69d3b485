// `tocsin queries backfill`: a schedule over records of the past, in the running program, or in one that is started for
// it. Its signals have the ids that the scheduled runs would have given them, so that nothing is there twice.

import { setTimeout as sleep } from 'node:timers/promises';
import { closest } from '../core/closest.ts';
import { UserError } from '../core/problem.ts';
import type { Run, Window } from '../core/schedule.ts';
import type { Backfill, Schedules, ScheduleState } from '../core/schedule-store.ts';
import { findRunning } from './backend.ts';
import { type Cli, exitCodes } from './command.ts';
import { formatBytes, formatTime, plural } from './format.ts';
import { renderTable, type TableColumn, toJson } from './output.ts';
import { tellProblems } from './problems.ts';
import { printable } from './width.ts';
import { requireConfig } from './workspace.ts';

/** What of the schedules is needed here, wherever they run. */
export interface BackfillSchedules extends Pick<Schedules, 'runs' | 'backfill'> {
  status(): Promise<readonly BackfillStatus[]>;
}

type BackfillStatus = Pick<ScheduleState, 'id' | 'cursor' | 'due' | 'failures'> & {
  readonly gaps: number;
  readonly backfill?: Omit<Backfill, 'id' | 'due'>;
};

const lookEveryMs = 200;
/** A failure that lasts is no hiccup of the store. */
const maxFailures = 3;
/** For what the schedule has to make up for by itself first. */
const maxBehindMs = 60_000;
const pageLimit = 1000;

/** Without a window: over all gaps. */
export async function backfill(cli: Cli, name: string, asked?: Window): Promise<number> {
  const config = await requireConfig(cli);
  const api = await findRunning(config);
  const interrupt = cli.onInterrupt();
  if (api !== undefined) return fill(cli, api.schedules, name, asked, interrupt);
  const running = await cli.program.start(config, { api: false, sources: [], warn: cli.warn });
  try {
    await tellProblems(cli, running.app.content.problems);
    return await fill(cli, running.app.schedules, name, asked, interrupt);
  } finally {
    await running.stop();
  }
}

async function fill(
  cli: Cli,
  schedules: BackfillSchedules,
  name: string,
  window: Window | undefined,
  interrupt: AbortSignal,
): Promise<number> {
  const known = (await schedules.status()).map(({ id }) => id);
  if (!known.includes(name)) throw unknown(name, known);
  const begun = Date.now();
  const asked = window === undefined ? await gapsOf(schedules, name) : [window];
  if (asked.length === 0) {
    if (cli.json) await cli.stdout.write(`${toJson({ windows: [], runs: [] }, 2)}\n`);
    else if (!cli.quiet) await cli.stderr.line(printable(`${name} has no gaps`));
    return exitCodes.ok;
  }
  await comeTo(schedules, name, Math.max(...asked.map(({ to }) => to)), interrupt);
  const windows: Window[] = [];
  let end: FillEnd = 'done';
  for (const each of asked) {
    const taken = await schedules.backfill(name, each);
    if (taken !== undefined) windows.push(taken);
    end = await follow(schedules, name, interrupt);
    if (end !== 'done') break;
  }
  const runs = await runsOf(schedules, name, begun);
  await tell(cli, name, windows, runs);
  if (end === 'done') return exitCodes.ok;
  if (end === 'failing') {
    const failed = runs.findLast(({ state }) => state === 'failed');
    throw new UserError(`${name} fails: ${failed?.message ?? ''}; it is tried again while tocsin runs`);
  }
  await cli.stderr.line('not done yet; it goes on while tocsin runs');
  return exitCodes.interrupted;
}

function unknown(name: string, known: readonly string[]): UserError {
  const near = closest(name, known);
  const hint = near === undefined ? `there are: ${known.toSorted().join(', ') || 'none'}` : `did you mean ${near}?`;
  return new UserError(`nothing that is enabled runs by the clock as ${name}; ${hint}`, { exitCode: exitCodes.usage });
}

/** The oldest first. */
async function gapsOf(schedules: BackfillSchedules, name: string): Promise<readonly Window[]> {
  const page = await schedules.runs(name, { limit: pageLimit, states: ['gap'] });
  return (page?.runs ?? []).map(({ from, to }) => ({ from, to })).toSorted((a, b) => a.from - b.from);
}

/** What is due before that time runs by itself, and a back-fill cannot be of it. */
async function comeTo(schedules: BackfillSchedules, name: string, to: number, interrupt: AbortSignal): Promise<void> {
  for (const end = Date.now() + maxBehindMs; !interrupt.aborted && Date.now() < end; ) {
    const state = (await schedules.status()).find(({ id }) => id === name);
    const isBehind = state !== undefined && state.failures === 0 && state.due <= Date.now() && state.cursor < to;
    if (!isBehind) return;
    await sleep(lookEveryMs, undefined, { signal: interrupt }).catch(() => undefined);
  }
}

type FillEnd = 'done' | 'failing' | 'interrupted';

async function follow(schedules: BackfillSchedules, name: string, interrupt: AbortSignal): Promise<FillEnd> {
  for (;;) {
    const state = (await schedules.status()).find(({ id }) => id === name);
    if (state?.backfill === undefined) return 'done';
    if (state.backfill.failures >= maxFailures) return 'failing';
    if (interrupt.aborted) return 'interrupted';
    await sleep(lookEveryMs, undefined, { signal: interrupt }).catch(() => undefined);
  }
}

/** Back-fills that began since, the oldest first. */
async function runsOf(schedules: BackfillSchedules, name: string, since: number): Promise<readonly Run[]> {
  const runs: Run[] = [];
  let cursor: string | undefined;
  do {
    const page = await schedules.runs(name, { limit: pageLimit, ...(cursor !== undefined && { cursor }) });
    runs.push(...(page?.runs ?? []));
    cursor = page?.next;
  } while (cursor !== undefined && (runs.at(-1)?.started ?? 0) >= since);
  return runs.filter(({ isBackfill, started }) => isBackfill && started >= since).toReversed();
}

async function tell(cli: Cli, name: string, windows: readonly Window[], runs: readonly Run[]): Promise<void> {
  const sum = (value: (run: Run) => number): number => runs.reduce((total, run) => total + value(run), 0);
  const total = {
    rows: sum(({ rows }) => rows),
    signals: sum(({ signals }) => signals),
    rowsRead: sum(({ rowsRead }) => rowsRead),
    bytesRead: sum(({ bytesRead }) => bytesRead),
  };
  if (cli.json) {
    const told = { windows: windows.map(asText), ...total, runs: runs.map(runAsText) };
    await cli.stdout.write(`${toJson(told, 2)}\n`);
    return;
  }
  await cli.stdout.write(renderTable(runs, columns, cli.stdout));
  if (cli.quiet) return;
  const done = runs.filter(({ state }) => state === 'done' || state === 'overflow').length;
  await cli.stderr.line(
    printable(
      `${name}: ${plural(done, 'run')}, ${plural(total.rows, 'row')}, ${plural(total.signals, 'signal')}; ` +
        `${plural(total.rowsRead, 'row')}, ${formatBytes(total.bytesRead)} read`,
    ),
  );
}

function asText({ from, to }: Window): Readonly<Record<keyof Window, string>> {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function runAsText({ started, ended, ...run }: Run) {
  return {
    ...run,
    ...asText(run),
    started: new Date(started).toISOString(),
    ...(ended !== undefined && { ended: new Date(ended).toISOString() }),
  };
}

const columns: readonly TableColumn<Run>[] = [
  { title: 'FROM', value: ({ from }) => formatTime(from) },
  { title: 'TO', value: ({ to }) => formatTime(to) },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => (state === 'done' ? undefined : 'yellow') },
  { title: 'ROWS', value: ({ rows }) => rows, align: 'right' },
  { title: 'SIGNALS', value: ({ signals }) => signals, align: 'right' },
  { title: 'MESSAGE', value: ({ message }) => message, flexible: true },
];
