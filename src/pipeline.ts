// The line: batch by batch from the journal through the workers to the stores. A batch's signals are raised at once and
// in order; its rows wait for their segment and are appended together. Only then does the journal forget the segment.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Exceptions, leaveOut } from './alert/exception.ts';
import { foldSignals } from './alert/fold.ts';
import type { Alert } from './core/alert.ts';
import type { AlertStore } from './core/alert-store.ts';
import type { Batch } from './core/batch.ts';
import type { Detection, Signal, SignalGroup } from './core/detection.ts';
import type { EventStore } from './core/event-store.ts';
import { inOrder } from './core/in-order.ts';
import type { Table, TableRows } from './core/table.ts';
import { createSignalRows, createTallyRows } from './fixed-rows.ts';
import type { Pool } from './pool.ts';
import type { Journal, Sealed } from './source/journal.ts';
import type { PythonWork, Rows, Tally } from './work.ts';

/** Python rules, as the line needs them. */
export interface PythonRules {
  run(work: PythonWork): Promise<readonly Signal[]>;
}

export interface Line {
  readonly journal: Journal;
  readonly pool: Pool;
  readonly python: PythonRules | undefined;
  readonly events: EventStore;
  readonly alerts: AlertStore;
  readonly tables: ReadonlyMap<string, Table>;
  readonly detections: ReadonlyMap<string, Detection>;
  /** Those that hold now. */
  readonly exceptions: () => Exceptions;
  readonly onBatch: (
    batch: Batch,
    tallies: readonly Tally[],
    groups: readonly SignalGroup[],
    opened: readonly Alert[],
  ) => void;
  /** Rows of these tables are in the store now; of what was received since then, epoch ms. */
  readonly onStored?: (tables: readonly string[], since: number) => void;
  /** What a person must know while the line waits: a full disk, a store that does not answer. '' when it goes on. */
  readonly onTrouble: (message: string) => void;
}

interface Processed {
  readonly kind: 'processed';
  readonly batch: Batch;
  readonly rows: readonly Rows[];
  readonly groups: readonly SignalGroup[];
  /** Signals that exceptions leave out of alerts, by exception. */
  readonly excepted: ReadonlyMap<string, number>;
  readonly tallies: readonly Tally[];
  release(): void;
}

/** Ends when the journal is closed and everything in it is done. */
export async function runPipeline(line: Line): Promise<void> {
  const { journal, pool } = line;
  let rows: Rows[] = [];
  let releases: (() => void)[] = [];
  let since = Number.POSITIVE_INFINITY;
  let storing = Promise.resolve();
  const ahead = pool.size * 2;
  const steps = inOrder(
    journal.entries(),
    ahead,
    async (entry): Promise<Processed | Sealed> => (entry.kind === 'batch' ? detect(line, entry.batch) : entry),
  );
  for await (const step of steps) {
    if (step.kind === 'processed') {
      const opened = await raise(line, step);
      rows.push(...step.rows);
      releases.push(() => step.release());
      since = Math.min(since, step.batch.received);
      line.onBatch(step.batch, step.tallies, step.groups, opened);
    } else {
      // Segments are appended one after the other, and no alert waits for that. How many wait is the journal's limit.
      const segment = { sealed: step, rows, releases, since };
      storing = storing.then(() => store(line, segment));
      storing.catch(() => journal.close());
      rows = [];
      releases = [];
      since = Number.POSITIVE_INFINITY;
    }
  }
  await storing;
}

async function detect(line: Line, batch: Batch): Promise<Processed> {
  const { id, source, received, bytes, oversized, lost, file = '' } = batch;
  const done = await line.pool.run({
    kind: 'job',
    id,
    source,
    file,
    received,
    bytes,
    ...(oversized === undefined ? {} : { oversized }),
    ...(lost === undefined ? {} : { lost }),
  });
  const late = done.stopped.map(({ detection, reason }) =>
    batchError(batch, line.detections.get(detection) as Detection, `RuleStopped(${JSON.stringify(reason)})`),
  );
  for (const work of done.python) late.push(...(await runPython(line, batch, work)));

  const row = { id, source, file, received };
  const tallyRows = createTallyRows();
  for (const tally of done.tallies) tallyRows.add(tally, row);
  const signalRows = createSignalRows();
  for (const signal of late) signalRows.add(signal, row);
  const added = [tallyRows.take(), signalRows.take()].filter((rows) => rows !== undefined);
  const { kept, excepted } = leaveOut(late, line.exceptions(), received);
  return {
    kind: 'processed',
    batch,
    rows: [...done.rows, ...added],
    groups: [...done.groups, ...foldSignals(kept)],
    excepted: sumOf(done.excepted, excepted),
    tallies: done.tallies,
    release: () => done.release(),
  };
}

/** Where Python itself fails, each of its rules has failed on the batch. */
async function runPython({ python, detections }: Line, batch: Batch, work: PythonWork): Promise<readonly Signal[]> {
  try {
    return (await python?.run(work)) ?? [];
  } catch (error) {
    return [...detections.values()]
      .filter(({ language, enabled, logTypes }) => language === 'python' && enabled && logTypes.includes(work.logType))
      .map((detection) => batchError(batch, detection, `PythonFailed(${JSON.stringify((error as Error).message)})`));
  }
}

/** A failure of a rule on a batch, of which no event can be named. */
function batchError({ id, received }: Batch, detection: Detection, error: string): Signal {
  return {
    detection: detection.id,
    logType: detection.logTypes[0] ?? '',
    rowId: `${id}-000000`,
    time: received,
    title: error,
    dedup: error.slice(0, error.indexOf('(')),
    severity: detection.severity,
    error,
    event: '{}',
  };
}

function sumOf(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const sum = new Map(one);
  for (const [id, count] of other) sum.set(id, (sum.get(id) ?? 0) + count);
  return sum;
}

async function raise(line: Line, { batch, groups, excepted }: Processed): Promise<readonly Alert[]> {
  if (groups.length === 0 && excepted.size === 0) return [];
  const { segment, frame, received } = batch;
  const { alerts, detections } = line;
  return insist(line, () => alerts.raise({ segment, frame, received, groups, excepted, detections }));
}

interface Segment {
  readonly sealed: Sealed;
  readonly rows: readonly Rows[];
  readonly releases: readonly (() => void)[];
  /** When its first batch was received. */
  readonly since: number;
}

async function store(line: Line, { sealed, rows, releases, since }: Segment): Promise<void> {
  const { events, alerts, journal } = line;
  const token = sealed.segment.toString(16).padStart(8, '0');
  const tables = byTable(line, rows);
  if (tables.length > 0) await insist(line, () => events.append({ token, tables }));
  for (const release of releases) release();
  await insist(line, () => alerts.finish(sealed.segment, sealed.positions));
  await journal.remove(sealed.segment);
  if (tables.length > 0) {
    const names = tables.map(({ table }) => table.name);
    line.onStored?.(names, since);
  }
}

function byTable(line: Line, rows: readonly Rows[]): TableRows[] {
  const tables = new Map<string, { table: Table; rows: number; blocks: Uint8Array[] }>();
  for (const { table: name, rows: count, block } of rows) {
    const table = line.tables.get(name);
    if (table === undefined) throw new Error(`bug: rows of the unknown table ${name}`);
    const known = tables.get(name);
    if (known === undefined) tables.set(name, { table, rows: count, blocks: [block] });
    else {
      known.rows += count;
      known.blocks.push(block);
    }
  }
  return [...tables.values()];
}

const firstWaitMs = 250;
const longestWaitMs = 30_000;

/** A store that fails is asked again until it takes what it is given: nothing is lost, and whoever sends must wait. */
async function insist<T>(line: Line, attempt: () => Promise<T>): Promise<T> {
  for (let wait = firstWaitMs; ; wait = Math.min(wait * 2, longestWaitMs)) {
    try {
      const result = await attempt();
      if (wait > firstWaitMs) line.onTrouble('');
      return result;
    } catch (error) {
      if (isBug(error)) throw error;
      line.onTrouble(`${(error as Error).message}; trying again in ${Math.round(wait / 1000) || 'less than 1'} s`);
      await sleep(wait);
    }
  }
}

function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || (error as Error).message.startsWith('bug:');
}
