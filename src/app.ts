// The composition root: stores, journal, workers, rules, sources and destinations, put together and taken apart in the
// mirrored order. The only file that knows all kinds.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createExceptions, leaveOut } from './alert/exception.ts';
import { payload } from './alert/payload.ts';
import { route } from './alert/route.ts';
import { createAnalyze } from './analyzer/analyze.ts';
import { analyzerKinds } from './analyzer/index.ts';
import { analyzerStatus } from './analyzer/status.ts';
import type { App, Content, DetectionStatus, SourceStatus } from './app-port.ts';
import type { Config, SourceConfig } from './config.ts';
import { readWorkspace, type WorkspaceFiles } from './content.ts';
import { missingQueries, outsideWorkers, withOwnIds, type Written } from './content/own-id.ts';
import type { Alert } from './core/alert.ts';
import type { Raised } from './core/alert-store.ts';
import { segmentsPerJournal } from './core/batch.ts';
import { type Clock, systemClock } from './core/clock.ts';
import type { Destination } from './core/destination.ts';
import type { Detection } from './core/detection.ts';
import type { EventStore } from './core/event-store.ts';
import { fixedTables, honeypotSessionTable, signalTable } from './core/fixed-tables.ts';
import { formatProblem, type Problem, UserError } from './core/problem.ts';
import type { Source } from './core/source.ts';
import type { Table } from './core/table.ts';
import { bySignals, createCorrelations } from './correlations.ts';
import { countRuns, createCounters } from './counters.ts';
import { destinationKinds } from './destination/index.ts';
import type { Correlation } from './detect/correlation/correlation.ts';
import { resolveCorrelations } from './detect/correlation/resolve.ts';
import { type PythonRules, startPythonRules } from './detect/python-host.ts';
import { isScheduled, type ScheduledQuery } from './detect/query/query.ts';
import { cowrieLogType, cowrieTable } from './honeypot/stored.ts';
import { keepHoneypotSessions } from './honeypot-sessions.ts';
import { startJobs } from './jobs.ts';
import { takeLock } from './lock.ts';
import { type LoadedTable, loadTables } from './lookup/load.ts';
import { type Lookups, openLookups } from './lookups.ts';
import { runPipeline } from './pipeline.ts';
import { createPool, type Pool } from './pool.ts';
import { createScheduler } from './schedule.ts';
import { lookAtQuery } from './schedule/query-look.ts';
import { queryEntry, type QueryRunOptions } from './schedule/query-run.ts';
import { type Queries, readQueries } from './schedule/read-queries.ts';
import { judgeByRules } from './schedule/rule-rows.ts';
import { createSightings, type Sightings } from './sightings.ts';
import { isHttpSource } from './source/http.ts';
import { sourceKinds } from './source/index.ts';
import { takeIn } from './source/intake.ts';
import { batchId } from './source/found-segment.ts';
import { type Journal, openJournal } from './source/journal.ts';
import { readJournalKey } from './source/journal-key.ts';
import { createEventStore } from './store/clickhouse/event-store.ts';
import { createAlertStore } from './store/postgres/alert-store.ts';
import { createAnalysisStore } from './store/postgres/analysis-store.ts';
import { connectPostgres } from './store/postgres/connect.ts';
import { createScheduleStore } from './store/postgres/schedule-store.ts';
import { createApiKeys } from './store/postgres/keys.ts';

export interface AppOptions {
  readonly version: string;
  /** Instead of the configured ones. */
  readonly sources?: readonly SourceConfig[];
  /** Read from the beginning, whatever earlier runs had finished. */
  readonly again?: boolean;
  readonly clock?: Clock;
  /** What a person must know, in a sentence. */
  readonly warn: (message: string) => void;
}

export interface StartedApp extends App {
  /** Which Python runs the rules, behind which wall; '' without Python rules. */
  readonly wall: string;
  /** Tells other commands where the API is. */
  tell(info: { readonly address: string; readonly key: string }): Promise<void>;
  /** Resolves when every source is done and all that it gave is stored and raised. Rejects when the line broke. */
  finished(): Promise<void>;
}

/** What is acquired is released in the reverse order; a start that fails half-way releases what it had. */
class Releases {
  readonly #releases: (() => unknown)[] = [];

  add(release: () => unknown): void {
    this.#releases.push(release);
  }

  async run(): Promise<void> {
    for (const release of this.#releases.splice(0).toReversed()) await release();
  }
}

export async function startApp(config: Config, options: AppOptions): Promise<StartedApp> {
  const releases = new Releases();
  try {
    return await start(config, options, releases);
  } catch (error) {
    await releases.run();
    throw error;
  }
}

async function start(config: Config, options: AppOptions, releases: Releases): Promise<StartedApp> {
  const { clock = systemClock, warn } = options;
  const lock = await takeLock(config.data);
  releases.add(() => lock.release());
  const stores = await openStores(config, clock, warn, releases);
  const { events, alerts, database } = stores;

  const read = await readWorkspace(config.workspace, config.packs, config.sigma.placeholders);
  const enabled = (options.sources ?? config.sources).filter((source) => source.enabled);
  const { sources: sourceConfigs, unread } = withSchemas(enabled, read);
  for (const [id, reason] of unread) warn(`source ${id}: ${reason}`);
  /** Until the tables of events are there. */
  const added: Parameters<Sightings['look']>[] = [];
  let sightings: Sightings | undefined;
  const lookups = await openLookups({
    files: read,
    config,
    events,
    alerts,
    clock,
    env: process.env,
    warn,
    onAdded(...values) {
      if (sightings === undefined) added.push(values);
      else sightings.look(...values);
    },
  });
  releases.add(() => lookups.stop());
  const written: Written = { files: read, queries: await readQueries(read.queries) };
  releases.add(() => written.queries.close());
  const readable = withLeftOver(sourceConfigs, config.sources, read);
  const pool = await startPool(config, written, { sources: readable, tables: lookups.tables, warn });
  releases.add(() => pool.close());
  lookups.attach((table) => pool.swap(table));
  const { files, queries } = withOwnIds(written, pool.detections, [bySignals]);
  const python = await startPython(config, files, warn, (...asked) => lookups.find(...asked));
  releases.add(() => python?.close());
  const scheduled = [...queries.queries.values()].filter(
    (query) => isScheduled(query) && query.enabled,
  ) as ScheduledQuery[];
  for (const warning of queries.warnings) warn(formatProblem(warning));
  const { content, correlations } = joinContent(files, pool, lookups.problems, python, queries);
  const tables = new Map([...pool.tables, ...fixedTables].map((table) => [table.name, table]));
  await ensureTables(events, pool.tables, readable);
  const looking = createSightings({ events, tables: pool.tables, clock, warn });
  releases.add(() => looking.stop());
  for (const values of added) looking.look(...values);
  sightings = looking;

  const hasHoneypot = readable.some(({ schemas }) => schemas.includes(cowrieLogType));
  const honeypot = hasHoneypot
    ? await keepHoneypotSessions({
        events,
        clock,
        warn,
        onChange: () => lookups.stored([honeypotSessionTable.name]),
      })
    : undefined;
  releases.add(() => honeypot?.stop());

  const destinations = createDestinations(config, clock);
  releases.add(() => Promise.all(destinations.map((destination) => destination.close())));
  const jobs = await startJobs({ database, alerts, destinations, clock, link: (alert) => stores.link(alert) });
  releases.add(() => jobs.stop());

  const journalFolder = join(config.data, 'journal');
  const number = await alerts.journal(await readJournalKey(journalFolder));
  const used = await lastSegment(events, number);
  const journal = await openJournal(journalFolder, { clock, warn, number, used });
  const sources = await createSources(config, sourceConfigs, { clock, journal, alerts, again: options.again === true });
  const counters = await createCounters(events, clock);
  stores.onRaised = (raised) => counters.raised(raised);
  const detections = new Map(content.detections.map((detection) => [detection.id, detection]));
  let exceptions = createExceptions([]);
  let known = '';
  const excepting = async (): Promise<void> => {
    const list = await alerts.exceptions.list();
    // What they have left out is counted in them, too.
    const text = JSON.stringify(list.map(({ id, until, detection, when }) => [id, until, detection, when]));
    if (text === known) return;
    known = text;
    exceptions = createExceptions(list);
    pool.except(list);
  };
  await excepting();
  const refreshing = every(exceptionMs, excepting, warn);
  releases.add(() => refreshing.stop());
  const correlating = createCorrelations({
    correlations,
    detections,
    events,
    alerts,
    exceptions: () => exceptions,
    sources: config.sources.filter((source) => source.enabled).map(({ id }) => id),
  });
  const rowRules = files.python.rules.filter(({ detection }) =>
    detection.logTypes.some((name) => queries.queries.has(name)),
  );
  const querying: QueryRunOptions = {
    events,
    alerts,
    detections,
    sift: (signals, time) => leaveOut(signals, exceptions, time).kept,
    ...(python !== undefined && {
      judge: judgeByRules(python, new Set(rowRules.map(({ detection }) => detection.id))),
    }),
  };
  const scheduler = createScheduler({
    entries: [...correlating.entries, ...scheduled.map((query) => queryEntry(query, querying))],
    store: countRuns(createScheduleStore(database.db, { isAlone: database.isEmbedded }), counters),
    clock,
    // Whoever holds the data folder is the only one: what the process before it had begun goes on at once.
    ...(database.isEmbedded && { holder: 'embedded' }),
    settled: () => journal.doneUntil(),
    warn,
  });
  releases.add(() => scheduler.stop());
  await scheduler.start();
  // A clock that went back while nothing ran must give no record a time that is done with.
  journal.notBefore(await scheduler.doneUntil());
  const resolving = every(resolveMs, () => alerts.resolveDue(journal.doneUntil()).then(() => undefined), warn);
  releases.add(() => resolving.stop());
  let trouble = '';
  const stopSources = new AbortController();
  const failed = new Map<string, string>();
  const taking = sources.map((source) =>
    takeIn(source, journal, stopSources.signal).catch((error: unknown) => {
      failed.set(source.id, (error as Error).message);
      warn(`source ${source.id}: ${(error as Error).message}`);
    }),
  );
  const allTaken = Promise.all(taking).then(() => journal.close());
  const line = runPipeline({
    journal,
    pool,
    python,
    events,
    alerts,
    tables,
    detections,
    exceptions: () => exceptions,
    onBatch: (...batch) => counters.count(...batch),
    onStored(names, since) {
      if (names.includes(cowrieTable)) honeypot?.stored(since);
      if (names.includes(signalTable.name) && correlating.bases.size > 0) void hurry();
    },
    onTrouble(message) {
      trouble = message;
      if (message !== '') warn(message);
    },
  });
  /** What is stored is told by the signals, soon. */
  async function hurry(): Promise<void> {
    await scheduler
      .hurry([bySignals])
      .catch((error: unknown) => warn(`correlations wait: ${(error as Error).message}`));
  }
  /** All that was stored is correlated, or cannot be for now. */
  async function correlated(): Promise<void> {
    if (correlating.bases.size === 0) return;
    const end = clock.now();
    await hurry();
    for (;;) {
      const [state] = (await scheduler.status()).filter(({ id }) => id === bySignals);
      if (state === undefined || state.cursor >= end || state.failures > 0) return;
      await sleep(20);
    }
  }
  const finished = Promise.all([allTaken, line]).then(() => correlated());
  finished.catch(() => undefined);
  releases.add(async () => {
    stopSources.abort();
    // A line that broke was told already; the rest is let go all the same.
    await finished.catch(() => undefined);
  });

  const schemasOf = new Map(sourceConfigs.map((source) => [source.id, source.schemas]));
  const unreadStatus = enabled
    .filter(({ id }) => unread.has(id))
    .map(({ id, type, schemas }) => ({ id, kind: type, schemas, message: unread.get(id) ?? '' }));
  return {
    version: options.version,
    started: clock.now(),
    content,
    events,
    alerts,
    keys: stores.keys,
    analyze: stores.analyze,
    analyzers: () => analyzerStatus(analyzerKinds, config.analyzers.settings),
    wall: python?.wall ?? '',
    tell: (info) => {
      stores.address = info.address;
      return lock.tell(info);
    },
    finished: () => finished,
    sources: () => [
      ...sources.map((source): SourceStatus => {
        const failure = failed.get(source.id) ?? (trouble === '' ? undefined : trouble);
        return {
          id: source.id,
          kind: source.kind,
          schemas: schemasOf.get(source.id) ?? [],
          ...(failure === undefined ? source.health() : { state: 'failing', message: failure }),
          ...counters.source(source.id),
        };
      }),
      ...unreadStatus.map((status): SourceStatus => ({ ...status, state: 'failing', ...counters.source(status.id) })),
    ],
    detections: () =>
      content.detections.map((detection) => {
        const { signals, errors } = counters.detection(detection.id);
        const health = detectionHealth(detection, errors, pool, python);
        return { detection, ...health, signals, errors };
      }),
    schedules: scheduler,
    previewQuery: async (name, asked) => {
      const query = scheduled.find((each) => each.name === name);
      return query === undefined ? undefined : lookAtQuery(query, asked, clock.now(), querying);
    },
    lookups: () => lookups.status(),
    refreshLookup: (name) => lookups.refresh(name),
    alertEvents: (id, limit) => alertEvents(stores, id, limit),
    async push(id, body, about) {
      // Its sender shall come again, as it would where too much waits.
      if (unread.has(id)) return 'overloaded';
      const source = sources.find((candidate) => candidate.id === id);
      return source !== undefined && isHttpSource(source) ? source.push(body, about) : undefined;
    },
    silenced: () => counters.silenced(),
    metrics: () => [
      ...counters.metrics(),
      {
        name: 'tocsin_worker_restarts_total',
        help: 'Worker threads that were started again',
        type: 'counter',
        samples: [{ labels: {}, value: pool.restarts() }],
      },
      {
        name: 'tocsin_journal_pending_bytes',
        help: 'Bytes of records that are not stored yet',
        type: 'gauge',
        samples: [{ labels: {}, value: journal.pendingBytes() }],
      },
    ],
    stop: () => releases.run(),
  };
}

/** How late an alert may be resolved. */
const resolveMs = 1000;
/** How late an exception may hold. */
const exceptionMs = 1000;

/** Again and again, one at a time; a failure that lasts is told once. */
function every(ms: number, act: () => Promise<void>, warn: (message: string) => void): { stop(): Promise<void> } {
  let running = Promise.resolve();
  let isRunning = false;
  let isFailing = false;
  const attempt = async (): Promise<void> => {
    isRunning = true;
    try {
      await act();
      isFailing = false;
    } catch (error) {
      if (!isFailing) warn((error as Error).message);
      isFailing = true;
    }
    isRunning = false;
  };
  const timer = setInterval(() => {
    if (!isRunning) running = attempt();
  }, ms);
  return {
    stop() {
      clearInterval(timer);
      return running;
    },
  };
}

interface Stores {
  readonly events: EventStore;
  readonly alerts: ReturnType<typeof createAlertStore>;
  readonly keys: App['keys'];
  readonly analyze: App['analyze'];
  readonly database: Awaited<ReturnType<typeof connectPostgres>>;
  /** Of the API, once it listens. */
  address: string;
  onRaised(raised: Raised): void;
  link(alert: Alert): string;
}

async function openStores(
  config: Config,
  clock: Clock,
  warn: (message: string) => void,
  releases: Releases,
): Promise<Stores> {
  const { stores, data, retentionDays } = config;
  const opening = connectPostgres(stores.alerts ?? { path: join(data, 'alerts') }, { log: warn });
  releases.add(() =>
    opening.then(
      (opened) => opened.close(),
      () => undefined,
    ),
  );
  const events = await createEventStore(stores.events ?? { path: join(data, 'events') }, { retentionDays });
  releases.add(() => events.close());
  const database = await opening;
  const alerts = createAlertStore({
    db: database.db,
    queue: database.queue,
    route: (alert, detection, named) => route(alert, detection, named, config.destinations),
    tellsResolved: (id) => config.destinations.some((destination) => destination.id === id && destination.resolved),
    clock,
    onRaised: (raised) => opened.onRaised(raised),
  });
  const opened: Stores = {
    events,
    alerts,
    keys: createApiKeys(database.db, clock),
    analyze: createAnalyze({
      kinds: analyzerKinds,
      store: createAnalysisStore(database.db),
      ...config.analyzers,
      clock,
    }),
    database,
    address: `http://${config.listen.host}:${config.listen.port}`,
    onRaised: () => {},
    link: (alert) => `${opened.address}/api/v1/alerts/${alert.id}`,
  };
  return opened;
}

/** The stores alone, for commands while nothing runs. */
export async function openOffline(
  config: Config,
  warn: (message: string) => void,
): Promise<Pick<App, 'alerts' | 'events' | 'keys' | 'analyze' | 'alertEvents' | 'stop'>> {
  const releases = new Releases();
  try {
    const lock = await takeLock(config.data);
    releases.add(() => lock.release());
    const stores = await openStores(config, systemClock, warn, releases);
    return {
      events: stores.events,
      alerts: stores.alerts,
      keys: stores.keys,
      analyze: stores.analyze,
      alertEvents: (id, limit) => alertEvents(stores, id, limit),
      stop: () => releases.run(),
    };
  } catch (error) {
    await releases.run();
    throw error;
  }
}

/** Schemas and rules of the workspace and the built-in content; loads TypeScript rules in a worker that ends again, and
 *  Python rules where `python` is set: that starts their process. */
export async function loadContent(config: Config, options: { readonly python?: boolean } = {}): Promise<Content> {
  const read = await readWorkspace(config.workspace, config.packs, config.sigma.placeholders);
  const loaded = await loadTables(read.lookups);
  const written: Written = { files: read, queries: await readQueries(read.queries) };
  await written.queries.close();
  const pool = await startPool({ ...config, workers: 1 }, written, { sources: [], tables: [], warn: () => {} });
  await pool.close();
  const { files, queries } = withOwnIds(written, pool.detections, [bySignals]);
  const python = options.python === true ? await startPython(config, files, () => {}) : undefined;
  python?.close();
  const lookupProblems = loaded.flatMap(({ problems }) => problems);
  return joinContent(files, pool, lookupProblems, python, queries).content;
}

function joinContent(
  files: WorkspaceFiles,
  pool: Pool,
  lookupProblems: readonly Problem[],
  python: PythonRules | undefined,
  queries: Queries,
): { readonly content: Content; readonly correlations: readonly Correlation[] } {
  const names = new Map(files.sigma.map(({ detection, name }) => [detection.id, name]));
  const ofQueries = [...queries.queries.values()].flatMap((query) =>
    isScheduled(query) && query.signals !== undefined ? [query.signals.detection] : [],
  );
  const rules = [...pool.detections, ...files.python.rules.map((rule) => rule.detection), ...ofQueries];
  const { correlations, quiet, problems } = resolveCorrelations(
    files.correlations,
    rules.map(({ id, file }) => {
      const name = names.get(id);
      return { id, file, ...(name !== undefined && { name }) };
    }),
  );
  const detections = [...rules, ...correlations.map(({ detection }) => detection)];
  const content = {
    schemas: files.schemas,
    detections: detections.map((detection) =>
      quiet.has(detection.id) ? { ...detection, createAlert: false } : detection,
    ),
    problems: [
      ...files.problems,
      ...lookupProblems,
      ...pool.problems,
      ...(python?.problems ?? []),
      ...queries.problems,
      ...missingQueries({ files, queries }),
      ...problems,
    ],
  };
  return { content, correlations };
}

async function startPool(
  config: Config,
  written: Written,
  options: {
    readonly sources: readonly SourceConfig[];
    readonly tables: readonly LoadedTable[];
    readonly warn: (message: string) => void;
  },
): Promise<Pool> {
  const { files } = written;
  const enabled = files.python.rules.filter((rule) => rule.detection.enabled);
  return createPool({
    workers: config.workers ?? availableParallelism(),
    setup: {
      schemas: files.schemas,
      sources: Object.fromEntries(options.sources.map(({ id, schemas }) => [id, schemas])),
      rules: files.typescript,
      sigma: files.sigma,
      others: outsideWorkers(written),
      lookups: options.tables,
      pythonLogTypes: [...new Set(enabled.flatMap((rule) => rule.detection.logTypes))],
    },
    onStopped: (detection, reason) => options.warn(`rule ${detection}: ${reason}; it is left out from now on`),
  });
}

async function startPython(
  config: Config,
  files: WorkspaceFiles,
  warn: (message: string) => void,
  lookup?: Lookups['find'],
): Promise<PythonRules | undefined> {
  if (files.python.rules.length === 0) return undefined;
  return startPythonRules({
    ...files.python,
    ...(lookup === undefined ? {} : { lookup }),
    engine: config.python,
    onHealth: ({ id, reason }) => warn(`rule ${id}: ${reason}; it is left out from now on`),
  });
}

function detectionHealth(
  detection: Detection,
  errors: number,
  pool: Pool,
  python: PythonRules | undefined,
): Pick<DetectionStatus, 'state' | 'message'> {
  const { id, file, enabled } = detection;
  const stopped = pool.stopped().get(id) ?? python?.quarantined().find((rule) => rule.id === id)?.reason;
  if (stopped !== undefined) return { state: 'quarantined', message: stopped };
  const unloaded = python?.problems.find((problem) => problem.file === file);
  if (unloaded !== undefined) return { state: 'failing', message: `does not load: ${formatProblem(unloaded)}` };
  if (!enabled) return { state: 'disabled', message: '' };
  return errors > 0 ? { state: 'failing', message: `failed on ${errors} events` } : { state: 'healthy', message: '' };
}

/** A source whose schema does not load is not read, and the others are: what it would bring stays where it is until the
 *  schema is mended. A schema that no file can mean is a mistake of the configuration. `unread`: why, by source. */
function withSchemas(
  sources: readonly SourceConfig[],
  files: WorkspaceFiles,
): { readonly sources: readonly SourceConfig[]; readonly unread: ReadonlyMap<string, string> } {
  const known = new Set(files.schemas.map((schema) => schema.name));
  const loaded = new Set(files.schemas.map((schema) => schema.file));
  const broken = files.problems.filter(({ file }) => file.startsWith('schemas') && !loaded.has(file));
  const unread = new Map<string, string>();
  for (const { id, schemas } of sources) {
    const missing = schemas.find((name) => !known.has(name));
    if (missing === undefined) continue;
    const reason = `there is no schema ${missing}`;
    if (broken.length === 0) {
      const names = [...known].toSorted().join(', ');
      throw new UserError(`source ${id}: ${reason}; there are: ${names}`, { exitCode: 78 });
    }
    unread.set(id, `${reason}, and these do not load: ${broken.map(formatProblem).join('; ')}`);
  }
  return { sources: sources.filter(({ id }) => !unread.has(id)), unread };
}

/** The journal may hold records of sources that are not read now: a program was killed, and this one reads others. */
function withLeftOver(
  sources: readonly SourceConfig[],
  configured: readonly SourceConfig[],
  { schemas }: Pick<WorkspaceFiles, 'schemas'>,
): readonly SourceConfig[] {
  const ids = new Set(sources.map(({ id }) => id));
  const known = new Set(schemas.map(({ name }) => name));
  return [
    ...sources,
    ...configured.filter((source) => !ids.has(source.id) && source.schemas.every((name) => known.has(name))),
  ];
}

/** Tables of the log types that the sources may bring; the others would be empty. */
async function ensureTables(
  events: EventStore,
  tables: readonly Table[],
  sources: readonly SourceConfig[],
): Promise<void> {
  const wanted = new Set(sources.flatMap((source) => source.schemas));
  for (const table of tables) if (wanted.has(table.logType)) await events.ensureTable(table);
}

function createDestinations(config: Config, clock: Clock): Destination[] {
  const kinds: Readonly<Record<string, (typeof destinationKinds)[keyof typeof destinationKinds]>> = destinationKinds;
  return config.destinations.map(({ id, type, settings }) => {
    const kind = kinds[type];
    if (kind === undefined) throw new Error(`bug: the configuration let the destination type ${type} pass`);
    return (kind.create as (id: string, settings: object, context: object) => Destination)(id, settings, {
      clock,
      payload,
    });
  });
}

async function createSources(
  config: Config,
  sources: readonly SourceConfig[],
  context: { clock: Clock; journal: Journal; alerts: Stores['alerts']; again: boolean },
): Promise<Source[]> {
  const { clock, journal, alerts, again } = context;
  const kinds: Readonly<Record<string, (typeof sourceKinds)[keyof typeof sourceKinds]>> = sourceKinds;
  return Promise.all(
    sources.map(async ({ id, type, settings }) => {
      const kind = kinds[type];
      if (kind === undefined) throw new Error(`bug: the configuration let the source type ${type} pass`);
      const positions = again ? new Map() : new Map([...(await alerts.positions(id)), ...journal.positions(id)]);
      const create = kind.create as (id: string, settings: object, context: object) => Source;
      return create(id, settings, { clock, positions, workspace: config.workspace, stdin: process.stdin });
    }),
  );
}

/** Numbers of segments are never used twice, even if the journal's folder was deleted. */
async function lastSegment(events: EventStore, journal: number): Promise<number> {
  const first = batchId(journal * segmentsPerJournal, 0);
  const { rows } = await events.query(
    `SELECT max(batch_id) AS last FROM ingest_stats
     WHERE startsWith(batch_id, {journal:String}) AND length(batch_id) = length({first:String})`,
    { first, journal: journal === 0 ? '' : journal.toString(16) },
  );
  return Number.parseInt(String(rows[0]?.['last']), 16) || 0;
}

async function alertEvents(
  { alerts, events }: Pick<Stores, 'alerts' | 'events'>,
  id: string,
  limit: number,
): Promise<readonly Readonly<Record<string, unknown>>[] | undefined> {
  const alert = await alerts.get(id);
  if (alert === undefined) return undefined;
  const { rows } = await events.query(
    `SELECT event FROM signals
     WHERE detection_id = {detection:String} AND dedup = {dedup:String} AND (error != '') = {isError:Bool}
       AND received BETWEEN fromUnixTimestamp64Milli({from:Int64}) AND fromUnixTimestamp64Milli({to:Int64})
     ORDER BY p_event_time DESC, p_row_id DESC LIMIT {limit:UInt32}`,
    {
      detection: alert.detection,
      dedup: alert.dedup,
      isError: alert.kind === 'RULE_ERROR',
      from: alert.windowStart,
      to: alert.windowEnd,
      limit,
    },
  );
  return rows.map((row) => JSON.parse(String(row['event'])) as Readonly<Record<string, unknown>>);
}
