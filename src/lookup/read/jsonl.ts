// JSON lines: an object per line.

import type { Json } from '../../core/event.ts';
import { isObject } from '../../core/object.ts';
import type { LookupRow } from '../pack.ts';
import type { Format } from './format.ts';
import { linesOf } from './lines.ts';
import type { RowReport } from './row-report.ts';

export const jsonl: Format = {
  extensions: ['jsonl', 'ndjson'],
  maxBytes: 512 * 1024 * 1024,
  read: (bytes, _, report) => ({ rows: jsonLines(bytes, report) }),
};

export function* jsonLines(bytes: Buffer, report: RowReport): Generator<LookupRow> {
  for (const line of linesOf(bytes, report)) {
    const row = parseJson(line);
    if (isObject(row)) yield row;
    else report.problem('expected a JSON object');
  }
}

/** undefined for what is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
