// The line in little, for tests of content: records go through a worker (schemas, lookups, rules) into the embedded
// ClickHouse, correlations and queries run at the times at which they would, and alerts are folded in the embedded
// PostgreSQL. Time is that of the records. It knows no content.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExceptions } from '../../src/alert/exception.ts';
import { readWorkspace } from '../../src/content.ts';
import type { Alert } from '../../src/core/alert.ts';
import type { Detection } from '../../src/core/detection.ts';
import { fixedTables } from '../../src/core/fixed-tables.ts';
import type { Schema } from '../../src/core/schema.ts';
import { bySignals, createCorrelations } from '../../src/correlations.ts';
import type { Correlation } from '../../src/detect/correlation/correlation.ts';
import { resolveCorrelations } from '../../src/detect/correlation/resolve.ts';
import { isScheduled } from '../../src/detect/query/query.ts';
import { createTallyRows } from '../../src/fixed-rows.ts';
import { keepHoneypotSessions } from '../../src/honeypot-sessions.ts';
import { type LoadedTable, loadTables } from '../../src/lookup/load.ts';
import { createPool } from '../../src/pool.ts';
import { queryEntry } from '../../src/schedule/query-run.ts';
import { readQueries } from '../../src/schedule/read-queries.ts';
import { createEventStore } from '../../src/store/clickhouse/event-store.ts';
import { keepForever } from '../../src/store/clickhouse/native.suite.ts';
import { createAlertStore } from '../../src/store/postgres/alert-store.ts';
import { connectPostgres } from '../../src/store/postgres/connect.ts';
import { temporaryDatabaseFolder } from '../../src/store/postgres/temporary-database.suite.ts';
import type { Rows } from '../../src/work.ts';
import { type BatchStep, stepsOf } from './step.suite.ts';
import type { Sent } from './sent.suite.ts';

export interface LineOptions {
  /** A workspace. */
  readonly folder: string;
  /** Source id to the names of its schemas. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** Rows of lookup tables, as JSON: the workspace's own files and feeds are not read. */
  readonly lookups: Readonly<Record<string, readonly object[]>>;
}

export interface Run {
  /** Of the correlations and queries only this one runs, with those that it builds on. Absent: all do. */
  readonly only?: string;
  /** From here on they run; what was sent before is their history. */
  readonly from: number;
  readonly to: number;
}

export interface Line {
  readonly schemas: readonly Schema[];
  readonly detections: ReadonlyMap<string, Detection>;
  /** Problems of the content. */
  readonly problems: readonly string[];
  /** Sends the records and gives the alerts of this run. Runs must lie so far apart in time that none sees another's. */
  run(records: readonly Sent[], run: Run): Promise<readonly Alert[]>;
  close(): Promise<void>;
}

const about = { isBackfill: false, stop: new AbortController().signal };

export async function openLine({ folder, sources, lookups }: LineOptions): Promise<Line> {
  const temporary = await mkdtemp(join(tmpdir(), 'tocsin-content-'));
  const cluster = await temporaryDatabaseFolder();
  const read = await readWorkspace(folder);
  const [database, events, tables, queries] = await Promise.all([
    connectPostgres({ path: cluster }),
    createEventStore({ path: join(temporary, 'events') }, keepForever),
    tablesOf(read.fetched, lookups, temporary),
    readQueries(read.queries),
  ]);
  const pool = await createPool({
    workers: 1,
    setup: {
      schemas: read.schemas,
      sources,
      rules: read.typescript,
      sigma: read.sigma,
      lookups: tables,
      pythonLogTypes: [],
    },
    onStopped: (detection, reason) => problems.push(`${detection}: ${reason}`),
  });
  const scheduled = [...queries.queries.values()].filter(isScheduled);
  const { correlations, quiet, problems: unresolved } = resolveCorrelations(read.correlations, pool.detections);
  const problems = [...read.problems, ...pool.problems, ...queries.problems, ...unresolved].map(
    ({ message }) => message,
  );
  const detections = new Map(
    [
      ...pool.detections,
      ...correlations.map(({ detection }) => detection),
      ...scheduled.flatMap(({ signals }) => signals?.detection ?? []),
    ].map((detection): [string, Detection] => [
      detection.id,
      quiet.has(detection.id) ? { ...detection, createAlert: false } : detection,
    ]),
  );
  const wanted = new Set(Object.values(sources).flat());
  for (const table of pool.tables) if (wanted.has(table.logType)) await events.ensureTable(table);
  const stored = new Map([...pool.tables, ...fixedTables].map((table) => [table.name, table]));
  const alerts = createAlertStore({ db: database.db, queue: database.queue, route: () => [] });
  const queried = scheduled.map((query) => queryEntry(query, { events, alerts, detections }));
  const correlate = (some: readonly Correlation[]) =>
    createCorrelations({
      correlations: some,
      detections,
      events,
      alerts,
      exceptions: () => createExceptions([]),
      sources: Object.keys(sources),
    });
  let batches = 0;
  let rows: Rows[] = [];

  /** Gives the rules that matched. */
  async function detect({ source, received, text }: BatchStep): Promise<readonly string[]> {
    const id = (batches++).toString(16).padStart(13, '0');
    const bytes = new TextEncoder().encode(text);
    const done = await pool.run({ kind: 'job', id, source, file: '', received, bytes });
    const tallies = createTallyRows();
    for (const tally of done.tallies) tallies.add(tally, { id, source, file: '', received });
    const tallied = tallies.take();
    // The worker's memory is written again once it is released.
    rows.push(...done.rows.map((each) => ({ ...each, block: each.block.slice() })), ...(tallied ? [tallied] : []));
    done.release();
    const groups = done.groups.filter(({ detection }) => detections.get(detection)?.createAlert === true);
    if (groups.length > 0) await alerts.alarm({ received, groups, detections });
    return done.groups.map(({ detection }) => detection);
  }

  async function store(): Promise<void> {
    if (rows.length === 0) return;
    const byTable = Map.groupBy(rows, ({ table }) => table);
    await events.append({
      token: `batches until ${batches}`,
      tables: [...byTable].map(([name, some]) => {
        const table = stored.get(name);
        if (table === undefined) throw new Error(`bug: no table ${name}`);
        return { table, rows: some.reduce((sum, each) => sum + each.rows, 0), blocks: some.map(({ block }) => block) };
      }),
    });
    rows = [];
  }

  /** As the program does it when events of a honeypot were stored. */
  async function keepSessions(since: number, now: number): Promise<void> {
    const keeping = await keepHoneypotSessions({
      events,
      clock: { now: () => now },
      onChange: () => {},
      warn: (message) => problems.push(message),
    });
    keeping.stored(since);
    await keeping.stop();
  }

  return {
    schemas: read.schemas,
    detections,
    problems,
    async run(records, { only, from, to }: Run) {
      const { entries, bases } = correlate(only === undefined ? correlations : chainOf(only, correlations));
      const prompt = entries.find(({ id }) => id === bySignals);
      const clocked = [...entries.filter((entry) => entry !== prompt), ...queried].filter(
        ({ id }) => only === undefined || id === only,
      );
      const steps = stepsOf(records, clocked, { from, to });
      const begin = (steps[0]?.time ?? from) - 60_000;
      let looked = begin;
      let isAwaited = false;
      for (const step of steps) {
        if (step.kind === 'batch') {
          const matched = await detect(step);
          isAwaited ||= matched.some((rule) => bases.has(rule));
          continue;
        }
        if (step.kind === 'tick') {
          await store();
          await step.entry.run({ from: step.before, to: step.time }, about);
          continue;
        }
        if (step.sources.some((source) => sources[source]?.includes('Cowrie.Events'))) {
          await store();
          await keepSessions(looked, step.time);
        }
        if (isAwaited) {
          await store();
          await prompt?.run({ from: looked, to: step.time }, about);
          isAwaited = false;
        }
        looked = step.time;
      }
      await store();
      const newest = await alerts.list(only === undefined ? {} : { detection: only }, { limit: 100 });
      return newest.alerts.filter(({ windowStart }) => windowStart >= begin);
    },
    async close() {
      await queries.close();
      await pool.close();
      await events.close();
      await database.close();
      for (const path of [temporary, cluster]) await rm(path, { recursive: true, force: true });
    },
  };
}

/** The correlation and those that it builds on. */
function chainOf(id: string, correlations: readonly Correlation[]): readonly Correlation[] {
  const wanted = new Set([id]);
  const chain = correlations.toReversed().filter(({ detection, rules }) => {
    if (!wanted.has(detection.id)) return false;
    for (const rule of rules) wanted.add(rule);
    return true;
  });
  return chain.toReversed();
}

/** The tables of these documents, with these rows. */
async function tablesOf(
  documents: Awaited<ReturnType<typeof readWorkspace>>['fetched'],
  lookups: LineOptions['lookups'],
  folder: string,
): Promise<readonly LoadedTable[]> {
  const files = Object.entries(lookups).map(async ([name, rows]) => {
    const document = documents.find(({ definition }) => definition.name === name);
    if (document === undefined) throw new Error(`there is no lookup table ${name}`);
    const path = join(folder, `${name}.jsonl`);
    await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return { ...document.definition, path, file: `${name}.jsonl`, format: 'jsonl' as const };
  });
  return (await loadTables(await Promise.all(files))).map(({ table, problems }) => {
    if (table === undefined) throw new Error(problems.map(({ message }) => message).join());
    return table;
  });
}
