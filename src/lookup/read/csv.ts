// CSV with a header, or with the names of its columns in the options. A value may have quotes, and may not have a line end.
// Blanks around values are no part of them.

import { splitCsv } from '../../core/csv.ts';
import type { LookupRow } from '../pack.ts';
import { columnsOf } from './fields.ts';
import { type Content, type Format, type FormatOptions, refusal } from './format.ts';
import { linesOf } from './lines.ts';
import type { RowReport } from './row-report.ts';

export const csv: Format = { extensions: ['csv', 'tsv'], maxBytes: 512 * 1024 * 1024, read };

function read(bytes: Buffer, options: FormatOptions, report: RowReport): Content {
  const { primaryKey, columns, delimiter = ',', comment = '#', fields } = options;
  const lines = linesOf(bytes, report, comment);
  if (columns !== undefined) return { rows: rowsOf(lines, columns, delimiter) };
  const first = lines.next().value;
  if (first === undefined) return { rows: [] };
  const header = splitCsv(first, delimiter).map((name) => name.trim());
  const wanted = fields?.[primaryKey] === undefined ? [primaryKey] : columnsOf(fields[primaryKey]);
  const missing = wanted.find((name) => !header.includes(name));
  if (missing !== undefined) {
    return refusal(`there is no column ${missing}; there are: ${header.join(', ').slice(0, 200)}`, report.line);
  }
  return { rows: rowsOf(lines, header, delimiter) };
}

function* rowsOf(lines: Iterable<string>, columns: readonly string[], delimiter: string): Generator<LookupRow> {
  for (const line of lines) {
    const values = splitCsv(line, delimiter);
    const row: Record<string, string> = {};
    for (let index = 0; index < columns.length; index++) {
      const name = columns[index] as string;
      // A text that is set as `__proto__` goes nowhere.
      if (name !== '') row[name] = (values[index] ?? '').trim();
    }
    yield row;
  }
}
