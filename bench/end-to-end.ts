// A stage: the product from a file on disk to events that can be searched, with rules and lookups, durably.
// `node bench/end-to-end.ts DATASET LINES WORKSPACE [enriched | sigma]` leaves the stores in WORKSPACE/.tocsin.

import { statSync } from 'node:fs';
import { startApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { dataSet, isLogName, type LogName } from './generate.ts';
import { measureSelf } from './measure.ts';
import { sumQueries, tables } from './sum.ts';
import { logTypes, makeWorkspace } from './workspace.ts';

const [, , name = '', lines = '', folder = '', extra] = process.argv;
if (!isLogName(name)) throw new Error(`no data set ${name}`);
const data = dataSet(name, Number(lines));
const { source } = makeWorkspace(folder, name, extra === 'enriched' || extra === 'sigma' ? extra : undefined);
const { config, problems } = await loadConfig(folder);
if (problems.length > 0) throw new Error(JSON.stringify(problems));
const settings = { paths: [data.file], follow: false, maxRecordBytes: 1024 * 1024 };
// The source begins to read in the moment in which the app is there: the start of the stores is not measured.
const app = await startApp(config, {
  version: 'bench',
  sources: [{ id: source, type: 'file', schemas: [logTypes[name]], enabled: true, settings }],
  warn: (message) => process.stderr.write(`${message}\n`),
});
if (app.content.problems.length > 0) throw new Error(JSON.stringify(app.content.problems));
/** Resident memory while lines flow, in MB; the start's peak is the measure's. */
const resident: number[] = [];
const watch = setInterval(() => resident.push(process.memoryUsage.rss() / 1e6), 100);
const measured = async () => {
  await app.finished();
  clearInterval(watch);
  const { rows } = await app.events.query(sumQueries[name]);
  const [{ events = 0, sum = 0 } = {}] = rows;
  return {
    events: Number(events),
    sum: Number(sum),
    bytes: statSync(data.file).size,
    extra: { 'steady MB': steady() },
  };
};
await measureSelf(measured, extra === 'enriched' ? shares : undefined);
await app.stop();

/** Of the events, in percent: which have a row of which table. */
async function shares(): Promise<Readonly<Record<string, number>>> {
  const wanted = ['geo', 'vpn', 'tor'];
  const columns = wanted.map((table) => `100 * countIf(JSONHas(p_enrichment, '${table}')) / count() AS ${table}`);
  const { rows } = await app.events.query(`SELECT ${columns.join(', ')} FROM ${tables[name as LogName]}`);
  return Object.fromEntries(wanted.map((table) => [`${table} %`, Number(rows[0]?.[table])]));
}

/** The median of the second half. */
function steady(): number {
  const late = resident.slice(resident.length >> 1).toSorted((a, b) => a - b);
  return late[late.length >> 1] ?? Number.NaN;
}
