// The stages of the bench, as data: what is run, on which lines, and against which others it is held. run.ts knows no
// stage by name. Product stages are scripts of their own that end in `measureSelf`.

import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, type DataSet, type DataSetName, dataSetNames } from './generate.ts';
import { latencyLines, latencyRate } from './latency-sender.ts';
import { type Measure, runScript } from './measure.ts';
import { peers } from './peers.ts';
import { tables } from './sum.ts';

export interface Stage {
  readonly name: string;
  readonly dataSet: DataSetName;
  /** What it does and what it leaves out, in a few words. */
  readonly note: string;
  /** Stages on the same lines that its events/s are divided by. */
  readonly against: readonly string[];
  /** How many events must come out; the data set's lines where absent. */
  readonly events?: number;
  /** undefined: it can run. Otherwise why not, for a person. */
  missing(data: DataSet): Promise<string | undefined>;
  run(data: DataSet): Promise<Measure>;
}

/** Where `chdb-export.ts` leaves a data set's rows. */
function rowsFolder(data: DataSet): string {
  const memory = '/dev/shm';
  return join(existsSync(memory) ? memory : cacheFolder, `tocsin-bench-rows-${data.name}-${data.lines}`);
}

/** Folders that this run has filled. They are large, and another run's tables may be others: none outlives its run. */
const exported = new Set<string>();
process.once('exit', () => {
  for (const folder of exported) rmSync(folder, { recursive: true, force: true });
});

/** Takes the rows out of a store's ClickHouse folder for the chDB stages; no process may have it open. */
async function exportRows(data: DataSet, clickhouseFolder: string): Promise<void> {
  const script = join(import.meta.dirname, 'chdb-export.ts');
  const args = [script, clickhouseFolder, tables[data.name], rowsFolder(data)];
  exported.add(rowsFolder(data));
  await promisify(execFile)(process.execPath, args);
}

function peerStages(): Stage[] {
  return peers.flatMap((peer) =>
    peer.dataSets.map((dataSet) => ({
      name: `parse: ${peer.name}`,
      dataSet,
      note: peer.note,
      against: [],
      missing: async () => ((await peer.isThere()) ? undefined : 'not installed'),
      run: async (data: DataSet) => await peer.run(data),
    })),
  );
}

const chdbAlone = 'insert: chDB alone';
const chdbOwn = 'insert: chDB alone, own fields';

/** The first run leaves its rows for the chDB stages, which therefore come after it. */
function endToEndStage(dataSet: DataSetName): Stage {
  return {
    name: 'end to end: tocsin',
    dataSet,
    note: 'file, typed fields, indicators, a CIDR and an exact lookup, 50 TypeScript rules, stored durably',
    against: [chdbAlone, chdbOwn, 'parse: rsyslog'],
    missing: async () => undefined,
    async run(data) {
      const workspace = join(cacheFolder, `workspace-${dataSet}`);
      const measure = await runScript('end-to-end.ts', [dataSet, String(data.lines), workspace]);
      if (!exported.has(rowsFolder(data))) await exportRows(data, join(workspace, '.tocsin', 'events'));
      rmSync(workspace, { recursive: true, force: true });
      return measure;
    },
  };
}

function chdbStages(dataSet: DataSetName): Stage[] {
  const stage = (form: string, name: string, note: string): Stage => ({
    name,
    dataSet,
    note,
    against: [],
    missing: async (data) => (exported.has(rowsFolder(data)) ? undefined : 'needs the end to end stage before it'),
    run: async (data) => await runScript('chdb-insert.ts', [rowsFolder(data), form, String(data.bytes)]),
  });
  return [
    stage('full', chdbAlone, "the product's rows and table, JSONEachRow, 100k rows at a time, fsync"),
    stage('own', chdbOwn, "only the event's own fields, JSONEachRow, 100k rows at a time, fsync"),
  ];
}

function latencyStage(): Stage {
  const workspace = join(cacheFolder, 'workspace-latency');
  return {
    name: `latency: socket to alert at ${latencyRate / 1000}k/s`,
    dataSet: 'nginx',
    note: 'events into a TCP socket at a steady rate, 50 rules, lookups, stored; until the alert is committed',
    against: [],
    events: latencyLines,
    missing: async () => undefined,
    async run() {
      const measure = await runScript('./latency.ts', [workspace]);
      rmSync(workspace, { recursive: true, force: true });
      return measure;
    },
  };
}

export const stages: readonly Stage[] = [
  ...peerStages(),
  ...dataSetNames.flatMap((dataSet) => [endToEndStage(dataSet), ...chdbStages(dataSet)]),
  latencyStage(),
];
