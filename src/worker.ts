// A worker thread: it takes a batch's bytes and gives rows, signals and dead letters. Parse, enrich, detect: all that is
// CPU work happens here. It must not touch stores, the network or files (but for reading rules at its start).

import { isUtf8 } from 'node:buffer';
import { parentPort, workerData } from 'node:worker_threads';
import { createExceptions, leaveOut } from './alert/exception.ts';
import { foldSignals } from './alert/fold.ts';
import { type Detection, type Signal, takesLogType } from './core/detection.ts';
import type { Event } from './core/event.ts';
import { answerLookups } from './detect/lookup.ts';
import { hardenRegex } from './detect/regex.ts';
import { createSigmaEvaluator } from './detect/sigma/evaluator.ts';
import { createEvaluator, loadTypeScriptRules } from './detect/typescript.ts';
import { idOwners, takenId } from './detect/unique.ts';
import { createBlockBuffers } from './block-buffer.ts';
import { createDeadLetterRows, createSignalRows } from './fixed-rows.ts';
import { createJoin, type Joined } from './lookup/join.ts';
import { openTable } from './lookup/table.ts';
import { type Classifier, createClassifier } from './schema/engine/classify.ts';
import { Records } from './schema/engine/record.ts';
import type { BatchFacts, SchemaReader } from './schema/engine/schema-reader.ts';
import { formatTime } from './schema/time.ts';
import type {
  Job,
  JobResult,
  NewExceptions,
  NewTable,
  PythonWork,
  Release,
  Rows,
  Tally,
  WorkerReady,
  WorkerSetup,
} from './work.ts';

const lineFeed = 10;
const carriageReturn = 13;
/** An event all the same; ingest_stats counts it under this. */
const replacedBytes = 'bytes that are no UTF-8 were replaced';

hardenRegex();
const setup = workerData as WorkerSetup;
const port = parentPort ?? undefined;
if (port === undefined) throw new Error('bug: worker.ts is started as a thread');
const { rules, sigma: sigmaRules, problems } = await loadRules();
/** By name; a table changes between two jobs when a newer version comes. */
const lookups = new Map(
  setup.lookups.map(({ definition, packed }) => [definition.name, { table: openTable(definition, packed) }]),
);
let exceptions = createExceptions(setup.exceptions);
const progress = new Int32Array(setup.progress);
const skip = new Set(setup.skip);
const signals: Signal[] = [];
const signalRows = createSignalRows();
const deadLetters = createDeadLetterRows();
const blocks = createBlockBuffers();
const buffer = (size: number): SharedArrayBuffer => blocks.take(size);

/** Those that their ids belong to. Of Sigma's, who is left out is told where they were read. */
async function loadRules() {
  const loaded = await loadTypeScriptRules(setup.rules);
  const all = [...loaded.rules, ...setup.sigma].map(({ detection }) => detection);
  const owners = idOwners([...all, ...(setup.others ?? [])]);
  const isOwner = ({ detection: { id, file } }: { readonly detection: Detection }): boolean => owners.get(id) === file;
  const taken = loaded.rules.filter((rule) => !isOwner(rule));
  return {
    rules: loaded.rules.filter(isOwner),
    sigma: setup.sigma.filter(isOwner),
    problems: [...loaded.problems, ...taken.map(({ detection }) => takenId(detection, owners.get(detection.id) ?? ''))],
  };
}

/** What happens to an event of one schema, once it is read. */
interface Station {
  readonly reader: SchemaReader;
  readonly enrich: ((time: number) => Joined | undefined) | undefined;
  /** Of TypeScript and of Sigma rules. */
  readonly detectors: readonly ((event: Event, time: number) => void)[];
  readonly python: { lines: string[]; times: number[] } | undefined;
  records: number;
  bytes: number;
}

answerLookups((table, key, time) => lookups.get(table)?.table.find(key, time));

const classifiers = new Map<string, { classifier: Classifier; stations: Map<SchemaReader, Station> }>();

function classifierOf(source: string) {
  const known = classifiers.get(source);
  if (known !== undefined) return known;
  const wanted = setup.sources[source] ?? [];
  const classifier = createClassifier(setup.schemas.filter((schema) => wanted.includes(schema.name)));
  const stations = new Map(
    classifier.readers.map((reader): [SchemaReader, Station] => {
      const logType = reader.schema.name;
      const isWanted = rules.some(({ detection }) => detection.enabled && takesLogType(detection.logTypes, logType));
      const sigma = createSigmaEvaluator(sigmaRules, reader.schema, progress, skip, signals, rules.length + 1);
      return [
        reader,
        {
          reader,
          enrich: createJoin([...lookups.values()], logType, (selector) => reader.select(selector)),
          detectors: [
            ...(isWanted ? [createEvaluator(rules, logType, progress, skip, signals)] : []),
            ...(sigma ? [sigma] : []),
          ],
          python: setup.pythonLogTypes.includes(logType) ? { lines: [], times: [] } : undefined,
          records: 0,
          bytes: 0,
        },
      ];
    }),
  );
  const made = { classifier, stations };
  classifiers.set(source, made);
  return made;
}

function work(job: Job): JobResult {
  const { classifier, stations } = classifierOf(job.source);
  const batch: BatchFacts = {
    id: job.id,
    source: job.source,
    file: job.file,
    received: job.received,
    receivedText: formatTime(job.received),
  };
  const tallies = new Map<string, { -readonly [key in keyof Tally]: Tally[key] }>();
  const tally = (logType: string, outcome: Tally['outcome'], reason: string, bytes: number): void => {
    const key = `${outcome}\n${logType}\n${reason}`;
    const known = tallies.get(key);
    if (known === undefined) tallies.set(key, { logType, outcome, reason, records: 1, bytes });
    else {
      known.records++;
      known.bytes += bytes;
    }
  };
  signals.length = 0;

  const whole = wholeRecordProblem(job);
  if (whole !== undefined) {
    deadLetters.add(
      {
        rowId: `${job.id}-000000`,
        raw: { bytes: job.bytes, start: 0, end: job.bytes.length },
        reasons: [{ schema: '', reason: whole }],
      },
      batch,
    );
    tally('', 'dead_letter', whole, job.oversized?.length ?? job.bytes.length);
  } else {
    const records = new Records(job.bytes);
    const bytes = records.bytes;
    const rowIdPrefix = `${job.id}-`;
    let number = 0;
    for (let start = 0; start < bytes.length; ) {
      const feed = bytes.indexOf(lineFeed, start);
      const next = feed < 0 ? bytes.length : feed + 1;
      let end = feed < 0 ? bytes.length : feed;
      if (end > start && bytes[end - 1] === carriageReturn) end--;
      if (!isBlank(bytes, start, end)) {
        const rowId = rowIdPrefix + hex6(number++);
        const reader = classifier.classify(records, start, end, job.received);
        if (reader !== undefined) {
          const station = stations.get(reader) as Station;
          if (records.valid || isUtf8(bytes.subarray(start, end))) {
            station.records++;
            station.bytes += end - start;
          } else {
            tally(reader.schema.name, 'event', replacedBytes, end - start);
          }
          takeEvent(station, records, start, end, batch, rowId);
        } else {
          const dropped = classifier.dropped();
          if (dropped !== undefined) {
            tally(dropped.schema, 'dropped', dropped.reason, end - start);
          } else {
            deadLetters.add({ rowId, raw: { bytes, start, end }, reasons: reasonsOf(classifier) }, batch);
            tally('', 'dead_letter', 'no schema took it', end - start);
          }
        }
      }
      start = next;
    }
  }

  const rows: Rows[] = [];
  const python: PythonWork[] = [];
  for (const station of stations.values()) {
    const logType = station.reader.schema.name;
    if (station.records > 0) {
      tallies.set(logType, { logType, outcome: 'event', reason: '', records: station.records, bytes: station.bytes });
      station.records = 0;
      station.bytes = 0;
    }
    const taken = station.reader.take(buffer);
    if (taken !== undefined) rows.push({ table: station.reader.table.name, ...taken });
    if (station.python !== undefined && station.python.lines.length > 0) {
      const text = Buffer.from(`${station.python.lines.join('\n')}\n`);
      const events = new Uint8Array(new ArrayBuffer(text.length));
      events.set(text);
      python.push({ logType, events, times: Float64Array.from(station.python.times) });
      station.python.lines.length = 0;
      station.python.times.length = 0;
    }
  }
  for (const signal of signals) signalRows.add(signal, batch);
  for (const fixed of [signalRows.take(buffer), deadLetters.take(buffer)]) if (fixed !== undefined) rows.push(fixed);
  const { kept, excepted } = leaveOut(signals, exceptions, job.received);
  return {
    kind: 'result',
    id: job.id,
    rows,
    groups: foldSignals(kept),
    excepted,
    tallies: [...tallies.values()],
    python,
  };
}

function takeEvent(
  station: Station,
  records: Records,
  start: number,
  end: number,
  batch: BatchFacts,
  rowId: string,
): void {
  const { reader, enrich, detectors, python } = station;
  const joined = enrich?.(reader.time(batch.received));
  reader.append(records, start, end, batch, rowId, joined?.json);
  if (detectors.length === 0 && python === undefined) return;
  const event = reader.event(batch, rowId, joined?.enrichment);
  const time = reader.time(batch.received);
  for (let index = 0; index < detectors.length; index++) (detectors[index] as (typeof detectors)[0])(event, time);
  if (python !== undefined) {
    python.lines.push(JSON.stringify(event));
    python.times.push(time);
  }
}

/** The batch is no run of records but one that cannot be read: too long, or lost. */
function wholeRecordProblem(job: Job): string | undefined {
  if (job.lost !== undefined) return job.lost;
  if (job.oversized === undefined) return undefined;
  const { length, limit } = job.oversized;
  return `a record of ${length} bytes is over the limit of ${limit}; its first ${job.bytes.length} are kept`;
}

function reasonsOf(classifier: Classifier) {
  const misfits = classifier.misfits();
  return misfits.length > 0 ? misfits : [{ schema: '', reason: 'the source has no schema' }];
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 0x20) return false;
  return true;
}

/** Six digits: a batch is never near 16 M records. */
function hex6(number: number): string {
  return (number + 0x1000000).toString(16).slice(1);
}

// All sources' readers are made at once, so that a schema that cannot be compiled shows at the start.
for (const source of Object.keys(setup.sources)) classifierOf(source);
const tables = setup.schemas
  .map((schema) => createClassifier([schema]).readers[0]?.table)
  .filter((table) => table !== undefined);
const ready: WorkerReady = {
  kind: 'ready',
  detections: [...rules, ...sigmaRules].map(({ detection }) => detection),
  tables,
  problems,
};
port.postMessage(ready);
port.on('message', (message: Job | Release | NewTable | NewExceptions) => {
  if (message.kind === 'exceptions') {
    exceptions = createExceptions(message.exceptions);
    return;
  }
  if (message.kind === 'release') {
    for (const free of message.buffers) blocks.giveBack(free);
    return;
  }
  if (message.kind === 'table') {
    const { definition, packed } = message.table;
    const holder = lookups.get(definition.name);
    if (holder !== undefined) holder.table = openTable(definition, packed);
    return;
  }
  const result = work(message);
  port.postMessage(
    result,
    result.python.flatMap(({ events, times }) => [events.buffer, times.buffer]),
  );
});
