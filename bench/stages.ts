// The stages of the bench, as data: what is run, on which lines, and against which others it is held. run.ts knows no
// stage by name. Product stages are scripts of their own that end in `measureSelf`.

import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { correlationCount, queryCount } from './correlations-workspace.ts';
import { cacheFolder, type DataSet, type DataSetName, type LogName, logNames } from './generate.ts';
import { latencyLines, latencyRate } from './latency-sender.ts';
import type { LookupTableName } from './lookup-tables.ts';
import { type Measure, runScript } from './measure.ts';
import { networkCount } from './networks.ts';
import { peers } from './peers.ts';
import { hasSigmaRules } from './sigma-rules.ts';
import { tables } from './sum.ts';
import type { WorkspaceExtra } from './workspace.ts';

export interface Stage {
  readonly name: string;
  readonly dataSet: DataSetName;
  /** What it does and what it leaves out, in a few words. */
  readonly note: string;
  /** Stages on the same lines that its events/s are divided by. */
  readonly against: readonly string[];
  /** How many events must come out; undefined: the stage checks itself. The data set's lines where absent. */
  events?(data: DataSet): number | undefined;
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
async function exportRows(data: DataSet, dataSet: LogName, clickhouseFolder: string): Promise<void> {
  const script = join(import.meta.dirname, 'chdb-export.ts');
  const args = [script, clickhouseFolder, tables[dataSet], rowsFolder(data)];
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
      run: async (data: DataSet) => await peer.run({ ...data, name: dataSet }),
    })),
  );
}

const chdbAlone = 'insert: chDB alone';
const chdbOwn = 'insert: chDB alone, own fields';

const endToEnd = 'end to end: tocsin';
/** Events that are ready are held in memory, all at once. */
const sigmaLines = 100_000;

/** The first run leaves its rows for the chDB stages, which therefore come after it. */
function endToEndStage(dataSet: LogName): Stage {
  return {
    name: endToEnd,
    dataSet,
    note: 'file, typed fields, indicators, a CIDR and an exact lookup, 50 TypeScript rules, stored durably',
    against: [chdbAlone, chdbOwn, 'parse: rsyslog'],
    missing: async () => undefined,
    async run(data) {
      const workspace = join(cacheFolder, `workspace-${dataSet}`);
      const measure = await runScript('end-to-end.ts', [dataSet, String(data.lines), workspace]);
      if (!exported.has(rowsFolder(data))) await exportRows(data, dataSet, join(workspace, '.tocsin', 'events'));
      rmSync(workspace, { recursive: true, force: true });
      return measure;
    },
  };
}

/** The same with more to do. */
function fullerStage(dataSet: LogName, extra: WorkspaceExtra, note: string): Stage {
  return {
    name: `end to end: ${extra}`,
    dataSet,
    note,
    against: [endToEnd],
    missing: async () => (extra === 'sigma' ? sigmaMissing() : undefined),
    async run(data) {
      const workspace = join(cacheFolder, `workspace-${dataSet}`);
      const measure = await runScript('end-to-end.ts', [dataSet, String(data.lines), workspace, extra]);
      rmSync(workspace, { recursive: true, force: true });
      return measure;
    },
  };
}

function enrichedStage(dataSet: LogName): Stage {
  const note =
    'the same with 1,300 Tor exit nodes and when they were listed, 60,000 VPN networks, and GeoIP of 11 columns';
  return fullerStage(dataSet, 'enriched', note);
}

function sigmaMissing(): string | undefined {
  return hasSigmaRules() ? undefined : "SigmaHQ's repository is not beside the checkout";
}

/** All on one core. */
function sigmaStage(
  form: 'parse' | 'both' | 'detect',
  name: string,
  note: string,
  against: readonly string[] = [],
): Stage {
  return {
    name: `sigma: ${name}`,
    dataSet: 'windows',
    note,
    against,
    events: ({ lines }) => Math.min(lines, sigmaLines),
    missing: async () => (form === 'parse' ? undefined : sigmaMissing()),
    run: async ({ lines }) => await runScript('sigma.ts', [String(Math.min(lines, sigmaLines)), form]),
  };
}

const sigmaStages = [
  sigmaStage('detect', 'rules', "all of SigmaHQ's rules over events that are ready; one core"),
  sigmaStage('parse', 'lines to rows', 'as a worker does it, without rules; one core'),
  sigmaStage('both', 'lines to rows, and rules', 'the two together; one core', ['sigma: lines to rows']),
];

function chdbStages(dataSet: LogName): Stage[] {
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

function latencyStage(name: string, note: string, flags: readonly string[]): Stage {
  const workspace = join(cacheFolder, 'workspace-latency');
  return {
    name: `latency: ${name}`,
    dataSet: 'nginx',
    note,
    against: [],
    events: ({ lines }) => latencyLines(lines),
    missing: async () => undefined,
    async run({ lines }) {
      const measure = await runScript('./latency.ts', [String(latencyLines(lines)), workspace, ...flags]);
      rmSync(workspace, { recursive: true, force: true });
      return measure;
    },
  };
}

function correlationsStage(): Stage {
  const workspace = join(cacheFolder, 'workspace-correlations');
  return {
    name: 'latency: correlations',
    dataSet: 'nginx',
    note: `2,000 events/s, ${correlationCount} correlations by signal, ${queryCount} queries by the minute, ten events stored for each line`,
    against: [],
    events: () => undefined,
    missing: async () => undefined,
    async run({ lines }) {
      const args = [String(Math.min(lines / 10, 120_000)), String(lines * 10), workspace];
      const measure = await runScript('./correlations.ts', args);
      rmSync(workspace, { recursive: true, force: true });
      return measure;
    },
  };
}

function lookupStage(
  name: string,
  note: string,
  [mode, ...names]: readonly ['load' | 'find', ...LookupTableName[]],
  events: Stage['events'] = ({ lines }) => lines,
): Stage {
  return {
    name: `lookup: ${name}`,
    dataSet: 'addresses',
    note,
    against: [],
    events,
    missing: async () => undefined,
    run: async ({ lines }) => await runScript('lookup.ts', [mode, String(lines), ...names]),
  };
}

export const stages: readonly Stage[] = [
  ...peerStages(),
  ...logNames.flatMap((dataSet) => [
    endToEndStage(dataSet),
    ...(dataSet === 'nginx' || dataSet === 'zeek' ? [enrichedStage(dataSet)] : []),
    ...(dataSet === 'windows'
      ? [fullerStage(dataSet, 'sigma', "the same with all of SigmaHQ's rules"), ...sigmaStages]
      : []),
    ...chdbStages(dataSet),
  ]),
  latencyStage(
    `socket to alert at ${latencyRate / 1000}k/s`,
    'events into a TCP socket at a steady rate, 50 rules, lookups, stored; until the alert is committed',
    [],
  ),
  correlationsStage(),
  latencyStage('enriched', 'the same with the tables of `end to end: enriched`', ['enriched']),
  latencyStage(
    'enriched, a table swapped every second',
    'the same, and the 60,000 VPN networks are loaded anew and given to the workers every second',
    ['enriched', 'swapped'],
  ),
  lookupStage(
    'load networks',
    'a CSV of 60,000 networks, by the thread that loads tables; its start included',
    ['load', 'vpn'],
    () => networkCount,
  ),
  lookupStage('load hashes', 'a CSV of as many SHA-256 as lines, with two more columns; likewise', ['load', 'hashes']),
  lookupStage(
    'load both',
    'the two one after the other, as at the start of the program',
    ['load', 'vpn', 'hashes'],
    ({ lines }) => networkCount + lines,
  ),
  lookupStage('find network', 'addresses, one in ten of which lies in one of the 60,000 networks; one core', [
    'find',
    'vpn',
  ]),
  lookupStage('find place', 'the same addresses in the MMDB of 250,000 networks; all are found; one core', [
    'find',
    'geo',
  ]),
];
