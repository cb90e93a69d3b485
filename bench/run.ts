// `npm run bench`: every stage in turns, a warm-up and then rounds; medians, ratios within this run, and a check of what
// each stage put out. It knows nothing of what a stage does (stages.ts).

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DataSet, type DataSetName, dataSet, dataSetNames } from './generate.ts';
import type { Measure } from './measure.ts';
import { type Stage, stages } from './stages.ts';

const { values: flags } = parseArgs({
  options: {
    /** Counted rounds after the warm-up. */
    rounds: { type: 'string' },
    /** Lines of each data set. */
    lines: { type: 'string' },
    /** 100,000 lines and two rounds: does it run, and is anything far off? */
    quick: { type: 'boolean', default: false },
    /** Only stages with this in `name data`. */
    only: { type: 'string', default: '' },
    /** Puts the tables into bench/README.md. */
    write: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds ?? (flags.quick ? 2 : 5));
const lines = Number(flags.lines ?? (flags.quick ? 100_000 : 1_000_000));

interface Result {
  readonly stage: Stage;
  readonly data: DataSet;
  readonly measures: Measure[];
  /** Why it cannot run here. */
  missing?: string;
  /** What was wrong with its output, or why it failed: the run is then no success. */
  problem?: string;
}

const wanted = stages.filter(({ name, dataSet: data }) => `${name} ${data}`.includes(flags.only));
const data = new Map<DataSetName, DataSet>();
for (const name of dataSetNames) {
  if (wanted.some((stage) => stage.dataSet === name)) data.set(name, dataSet(name, lines));
}

const results: Result[] = [];
for (const stage of wanted) {
  const of = data.get(stage.dataSet);
  if (of !== undefined) results.push({ stage, data: of, measures: [] });
}

for (let round = 0; round <= rounds; round += 1) {
  for (const result of results) {
    if ((result.missing ?? result.problem) !== undefined) continue;
    process.stderr.write(`round ${round} of ${rounds}: ${result.stage.name}, ${result.stage.dataSet}\n`);
    await runOnce(result, round > 0);
  }
}

const report = [...header(), '', ...dataSetNames.flatMap(table), ...notes()].join('\n');
console.log(report);
keep();
if (flags.write) writeReadme(report);
if (results.some(({ problem }) => problem !== undefined)) process.exitCode = 1;

async function runOnce(result: Result, isCounted: boolean): Promise<void> {
  const { stage, data: of, measures } = result;
  try {
    const missing = await stage.missing(of);
    if (missing !== undefined) {
      result.missing = missing;
      return;
    }
    const measure = await stage.run(of);
    if (isCounted) measures.push(measure);
    const expected = stage.events === undefined ? of.lines : stage.events(of);
    if (expected !== undefined && measure.events !== expected)
      result.problem = `${measure.events} of ${expected} events came out`;
    else if (measure.sum !== undefined && measure.sum !== of.sum) result.problem = `sum ${measure.sum}, not ${of.sum}`;
  } catch (error) {
    result.problem = error instanceof Error ? error.message : String(error);
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

function header(): string[] {
  let commit = 'unknown';
  try {
    commit = `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
  } catch {
    // Not a git checkout.
  }
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}, Node ${process.version}`,
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${memory}, Linux ${release()}, load ${loadavg()[0]?.toFixed(1)}`,
    `${lines.toLocaleString('en')} lines each, median of ${rounds} interleaved rounds after a warm-up`,
  ];
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

function perSecond({ measures }: Result): number {
  return median(measures.map(({ events, wallMs }) => (events / wallMs) * 1000));
}

function table(name: DataSetName): string[] {
  const rows = results.filter(({ data: of }) => of.name === name).map((result) => row(result));
  if (rows.length === 0) return [];
  return [
    `### ${name}, ${Math.round((data.get(name)?.bytes ?? 0) / lines)} bytes a line`,
    '',
    '| stage | events/s | spread | events per CPU second | MB/s | peak MB | of |',
    '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows,
    '',
  ];
}

function row(result: Result): string {
  const { stage, measures, missing, problem } = result;
  const wrong = problem === undefined ? [] : [`WRONG: ${problem}`];
  if (measures.length === 0) return `| ${stage.name} | ${[missing ?? 'not measured', ...wrong].join(', ')} | | | | | |`;
  const rate = perSecond(result);
  const walls = measures.map(({ wallMs }) => wallMs);
  const spread = `${Math.round(((Math.max(...walls) - Math.min(...walls)) / median(walls)) * 100)} %`;
  const cpuRate = median(measures.map(({ events, cpuMs }) => (events / cpuMs) * 1000));
  const megabytes = median(measures.map(({ bytes, wallMs }) => bytes / wallMs / 1000));
  const peak = median(measures.map(({ peakBytes }) => peakBytes / 2 ** 20));
  const ratios = stage.against.flatMap((name) => {
    const other = results.find((one) => one.stage.name === name && one.stage.dataSet === stage.dataSet);
    return other === undefined || other.measures.length === 0
      ? []
      : [`${(rate / perSecond(other)).toFixed(2)} ${name}`];
  });
  const cells = [stage.name, thousands(rate), spread, thousands(cpuRate), megabytes.toFixed(0), peak.toFixed(0)];
  return `| ${cells.join(' | ')} | ${[...ratios, ...extras(result), ...wrong].join(', ')} |`;
}

function extras({ measures }: Result): string[] {
  const names = Object.keys(measures[0]?.extra ?? {});
  return names.map((name) => `${name} ${median(measures.map(({ extra }) => extra?.[name] ?? Number.NaN)).toFixed(1)}`);
}

function thousands(value: number): string {
  return Math.round(value / 1000) < 10 ? value.toFixed(0) : `${Math.round(value / 1000)}k`;
}

function notes(): string[] {
  const seen = new Map(results.map(({ stage }) => [stage.name, stage.note]));
  return [...seen].map(([name, note]) => `* ${name}: ${note}`);
}

function keep(): void {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const kept = results.map(({ stage: { name }, data: { name: of }, measures, problem }) => ({
    name,
    data: of,
    measures,
    problem,
  }));
  const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify({ header: header(), rounds, lines, results: kept }, null, 2)}\n`);
}

function writeReadme(text: string): void {
  const file = join(import.meta.dirname, 'README.md');
  const marked = /(<!-- results -->\n)[\s\S]*(<!-- end of results -->)/;
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(marked, (_all, begin: string, end: string) => `${begin}\n${text}\n\n${end}`),
  );
}
