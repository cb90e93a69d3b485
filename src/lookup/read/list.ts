// One value per line: addresses, networks, names, hashes. The row has the primary key alone.

import type { LookupRow } from '../pack.ts';
import type { Format, FormatOptions } from './format.ts';
import { linesOf } from './lines.ts';
import type { RowReport } from './row-report.ts';

export const list: Format = {
  extensions: ['txt', 'list', 'lst', 'netset', 'ipset', 'cidr'],
  maxBytes: 512 * 1024 * 1024,
  read: (bytes, options, report) => ({ rows: rowsOf(bytes, options, report) }),
};

function* rowsOf(bytes: Buffer, { primaryKey, comment }: FormatOptions, report: RowReport): Generator<LookupRow> {
  const marks = comment === undefined ? ['#', ';'] : comment === '' ? [] : [comment];
  for (const line of linesOf(bytes, report)) {
    const value = withoutComment(line.trim(), marks);
    if (value !== '') yield { [primaryKey]: value };
  }
}

/** `1.10.16.0/20 ; SBL256894`: a mark after a blank begins a comment too. */
function withoutComment(line: string, marks: readonly string[]): string {
  let end = line.length;
  for (const mark of marks) {
    if (line.startsWith(mark)) return '';
    for (const blank of [' ', '\t']) {
      const at = line.indexOf(blank + mark);
      if (at >= 0 && at < end) end = at;
    }
  }
  return line.slice(0, end).trimEnd();
}
