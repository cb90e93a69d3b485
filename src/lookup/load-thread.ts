// The thread in which load.ts reads and packs tables. What is wrong in a file is a problem with its place; the other rows
// are taken, and the file is refused where that would be worse than to go on with the version before.

import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { parseNetwork } from '../core/ip.ts';
import { readIntervals, writeIntervals } from './interval-file.ts';
import { foldList, intervalRows } from './intervals.ts';
import type { Loaded, LookupFile, Validity } from './load.ts';
import { type LookupRow, packTable } from './pack.ts';
import { readBytes } from './read/bytes.ts';
import { createTyping } from './read/column-types.ts';
import { createPick } from './read/fields.ts';
import type { Format, Refusal } from './read/format.ts';
import { formats } from './read/index.ts';
import { createRowReport, type RowReport } from './read/row-report.ts';
import type { LookupDefinition } from './table.ts';

const files: readonly LookupFile[] = workerData;
const main = parentPort;
if (main === null) throw new Error('bug: load-thread.ts runs in a worker thread only');
giveWay();
for (const file of files) main.postMessage(await load(file), []);

/** To the threads through which events flow: of this thread alone, which Linux knows by a number as it does processes. */
function giveWay(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (thread !== process.pid) setPriority(thread, 19);
  } catch {
    // Elsewhere the threads are equal.
  }
}

async function load(wanted: LookupFile): Promise<Loaded> {
  const { path, file, format, options, types, validity, maxBytes, lastRows, mayShrink, history, ...definition } =
    wanted;
  const report = createRowReport(file);
  const refuse = ({ refused, line }: Refusal): Loaded => ({
    refused,
    problems: [...report.problems(), { file, ...(line === undefined ? {} : { line }), message: refused }],
  });
  const kind: Format = formats[format];
  const bytes = readBytes(path, maxBytes ?? kind.maxBytes, kind.extensions);
  if (!Buffer.isBuffer(bytes)) return refuse(bytes);
  const content = kind.read(bytes, { ...options, primaryKey: definition.primaryKey }, report);
  if ('refused' in content) return refuse(content);
  const refuseFew = (rows: number): Loaded | undefined => {
    if (mayShrink === true) return undefined;
    if (rows === 0) return refuse({ refused: 'the file has no row that can be used' });
    if (lastRows === undefined || rows >= lastRows / 2) return undefined;
    return refuse({ refused: `the file has ${rows} rows; the version before it had ${lastRows}` });
  };
  if ('table' in content) {
    const { rows } = content.table;
    return refuseFew(rows) ?? { table: { definition, packed: content.table }, rows, problems: [] };
  }
  const steps = [
    ...(options?.fields === undefined ? [] : [createPick(options.fields)]),
    ...(types === undefined ? [] : [createTyping(types, report)]),
  ];
  // A loop over the steps of each row would take a tenth of the loading.
  const prepare = steps.reduce(
    (former, step) => (row) => step(former(row)),
    (row: LookupRow) => row,
  );
  const usable = usableRows(content.rows, prepare, definition, report);
  if (history === undefined) {
    const valid = validity === undefined ? {} : { valid: (row: LookupRow) => intervalOf(row, validity, report) };
    const packed = packTable({ ...definition, ...valid }, usable).table;
    return refuseFew(packed.rows) ?? { table: { definition, packed }, rows: packed.rows, problems: report.problems() };
  }
  const listed = [...usable];
  const few = refuseFew(listed.length);
  if (few !== undefined) return few;
  const { packed, added, problem } = await joinHistory(listed, { ...definition, ...history, validity, report });
  const problems = [...report.problems(), ...(problem === undefined ? [] : [{ file, message: problem }])];
  return { table: { definition, packed }, rows: listed.length, added, problems };
}

/** What this version says, folded into what those before it said. The dates of the list, where it has some, tell since
 *  when. */
async function joinHistory(listed: readonly LookupRow[], { path, time, primaryKey, match, validity, report }: History) {
  const { intervals: former, problem } = await readIntervals(path);
  const from = validity?.from;
  const since = from === undefined ? {} : { since: (row: LookupRow) => intervalOf(row, { from }, report)[0] };
  const { intervals, added } = foldList(former, listed, { primaryKey, match, time, ...since });
  if (intervals !== former) await writeIntervals(path, intervals);
  const { rows, valid } = intervalRows(intervals, primaryKey);
  return { packed: packTable({ primaryKey, match, valid }, rows).table, added, problem };
}

interface History extends LookupDefinition, NonNullable<LookupFile['history']> {
  readonly validity: Validity | undefined;
  readonly report: RowReport;
}

function* usableRows(
  records: Iterable<LookupRow>,
  prepare: (row: LookupRow) => LookupRow,
  { primaryKey, match }: LookupDefinition,
  report: RowReport,
): Generator<LookupRow> {
  for (const record of records) {
    const row = prepare(record);
    const key = row[primaryKey];
    if (key === '' || (typeof key !== 'string' && typeof key !== 'number'))
      report.problem(`${primaryKey}: expected a key`);
    else if (match === 'cidr' && parseNetwork(String(key)) === undefined)
      report.problem(`${primaryKey}: expected an address or a network, not ${JSON.stringify(key)}`);
    else yield row;
  }
}

/** A row with a time that cannot be read never holds. */
function intervalOf(row: LookupRow, { from, to }: Validity, report: RowReport) {
  const read = (column: string | undefined, otherwise: number): number => {
    const value = column === undefined ? undefined : row[column];
    if (column === undefined || value === undefined || value === null || value === '') return otherwise;
    const time = timeOf(value);
    if (Number.isNaN(time)) {
      const expected = 'expected a time (2026-01-31T12:00:00Z, or epoch seconds)';
      report.problem(`${column}: ${expected}, not ${JSON.stringify(value)}`);
    }
    return time;
  };
  return [read(from, -Infinity), read(to, Infinity)] as const;
}

/** Epoch ms; NaN for what is no time. Without a zone it is UTC. */
function timeOf(value: unknown): number {
  if (typeof value === 'number') return value * 1000;
  if (typeof value !== 'string') return Number.NaN;
  if (/^\d{1,12}(\.\d{1,9})?$/.test(value)) return Number(value) * 1000;
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(value);
  if (parts === null) return Number.NaN;
  const [, date = '', clock = '00:00', zone = 'Z'] = parts;
  return Date.parse(`${date}T${clock}${zone}`);
}
