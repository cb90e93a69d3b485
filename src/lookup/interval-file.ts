// Intervals on disk, as JSON lines.

import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../core/object.ts';
import { type Intervals, type Listed, noIntervals } from './intervals.ts';
import type { LookupRow } from './pack.ts';
import { replaceFile } from './replace-file.ts';

/** Of a refreshed table that keeps a history; `folder` has the folders of all such tables. */
export function intervalPath(folder: string, table: string): string {
  return join(folder, table, 'intervals.jsonl');
}

/** The file's first line; then a line for each value: its key, its intervals (null for infinite), and its row. */
interface Header {
  readonly intervals: 1;
  readonly time: number;
}

type Line = readonly [key: string, spans: readonly (number | null)[], row?: LookupRow];

/** On disk when it resolves; a crash leaves the former file or the new one. */
export async function writeIntervals(path: string, intervals: Intervals): Promise<void> {
  await replaceFile(path, linesOf(intervals));
}

function* linesOf({ time, values }: Intervals): Generator<string> {
  const header: Header = { intervals: 1, time };
  yield `${JSON.stringify(header)}\n`;
  for (const [key, { spans, row }] of values) {
    // JSON has no infinity: it becomes null.
    const line: Line = row === undefined ? [key, spans] : [key, spans, row];
    yield `${JSON.stringify(line)}\n`;
  }
}

/** Without a file there are no intervals. A damaged one is set aside as `<path>.damaged`, with a problem to tell. */
export async function readIntervals(
  path: string,
): Promise<{ readonly intervals: Intervals; readonly problem?: string }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { intervals: noIntervals };
    throw error;
  }
  try {
    return { intervals: parse(bytes) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    await rename(path, `${path}.damaged`);
    return { intervals: noIntervals, problem: `the intervals are damaged and begin anew: ${error.message}` };
  }
}

/** Throws a SyntaxError. */
function parse(bytes: Buffer): Intervals {
  const values = new Map<string, Listed>();
  let time: number | undefined;
  for (let from = 0, end = 0; from < bytes.length; from = end + 1) {
    end = bytes.indexOf(10, from);
    if (end < 0) throw new SyntaxError('the last line is not whole');
    const line: unknown = JSON.parse(bytes.toString('utf8', from, end));
    if (time === undefined) {
      time = (line as Partial<Header> | null)?.time;
      if (typeof time !== 'number') throw new SyntaxError('the first line has no time');
    } else if (isLine(line)) {
      const [key, spans, row] = line;
      const times = spans.map((each) => each ?? Infinity);
      values.set(key, row === undefined ? { spans: times } : { spans: times, row });
    } else throw new SyntaxError(`${JSON.stringify(line).slice(0, 60)} is not expected`);
  }
  return time === undefined ? noIntervals : { time, values };
}

function isLine(line: unknown): line is Line {
  if (!Array.isArray(line)) return false;
  const [key, spans, row] = line as unknown[];
  const isTimes = Array.isArray(spans) && spans.every((each) => each === null || typeof each === 'number');
  const isRow = row === undefined || isObject(row);
  return typeof key === 'string' && isTimes && spans.length % 2 === 0 && isRow;
}
