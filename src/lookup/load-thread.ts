// The thread in which load.ts reads and packs tables. What is wrong in a file is a problem with its place; the other rows
// are taken.

import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { splitCsv } from '../core/csv.ts';
import type { Problem } from '../core/problem.ts';
import type { Loaded, LookupFile, Validity } from './load.ts';
import { type LookupRow, packTable } from './pack.ts';

const files: readonly LookupFile[] = workerData;
const main = parentPort;
if (main === null) throw new Error('bug: load-thread.ts runs in a worker thread only');
main.postMessage(files.map(load), []);

function load({ path, file, format, validity, ...definition }: LookupFile): Loaded {
  const problems: Problem[] = [];
  const lines = readFileSync(path, 'utf8').split(/\r?\n/);
  const rows =
    format === 'jsonl' ? jsonRows(lines, file, problems) : csvRows(lines, file, definition.primaryKey, problems);
  if (rows === undefined) return { problems };
  const valid = validity === undefined ? {} : { valid: (row: LookupRow) => intervalOf(row, validity, file, problems) };
  return { table: { definition, packed: packTable({ ...definition, ...valid }, rows).table }, problems };
}

/** A row with a time that cannot be read never holds. */
function intervalOf(row: LookupRow, { from, to }: Validity, file: string, problems: Problem[]) {
  const read = (column: string | undefined, otherwise: number): number => {
    const value = column === undefined ? undefined : row[column];
    if (column === undefined || value === undefined || value === null || value === '') return otherwise;
    const time = timeOf(value);
    if (Number.isNaN(time)) {
      const message = `${column}: expected a time (2026-01-31T12:00:00Z, or epoch seconds), not ${JSON.stringify(value)}`;
      problems.push({ file, message });
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

function* jsonRows(lines: readonly string[], file: string, problems: Problem[]): Generator<LookupRow> {
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const row = parse(line);
    if (row === undefined) problems.push({ file, line: index + 1, message: 'expected a JSON object' });
    else yield row;
  }
}

function parse(line: string): LookupRow | undefined {
  try {
    const row: unknown = JSON.parse(line);
    return typeof row === 'object' && row !== null && !Array.isArray(row) ? (row as LookupRow) : undefined;
  } catch {
    return undefined;
  }
}

function csvRows(
  lines: readonly string[],
  file: string,
  primaryKey: string,
  problems: Problem[],
): Iterable<LookupRow> | undefined {
  const header = splitCsv(lines[0] ?? '', ',');
  if (!header.includes(primaryKey)) {
    const message = `there is no column ${primaryKey}; there are: ${header.join(', ')}`;
    problems.push({ file, line: 1, message });
    return undefined;
  }
  return csvLines(lines, header);
}

function* csvLines(lines: readonly string[], header: readonly string[]): Generator<LookupRow> {
  for (const line of lines.slice(1)) {
    if (line.trim() === '') continue;
    const values = splitCsv(line, ',');
    yield Object.fromEntries(header.map((name, index) => [name, values[index] ?? '']));
  }
}
