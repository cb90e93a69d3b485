// What a format of lookup files is: bytes to rows, or to a table that is asked as it is. A format knows its bytes; it knows
// neither events nor where the bytes come from.

import type { LookupRow } from '../pack.ts';
import type { MmdbTable } from './mmdb-table.ts';
import type { RowReport } from './row-report.ts';

/** How the rows lie in a file; each format uses what concerns it. */
export interface FormatOptions {
  readonly primaryKey: string;
  /** CSV: the names of the columns, where the file has no header; '' leaves one out. */
  readonly columns?: readonly string[];
  /** CSV: one character or more; a comma where absent. */
  readonly delimiter?: string;
  /** CSV and lists: lines that begin with it are left out; '' for none. Where absent: `#`, in lists `;` too. */
  readonly comment?: string;
  /** JSON: the path of the list in the document, `data.list`; the document itself where absent. */
  readonly rows?: string;
  /** The row's columns by the paths of their values (fields.ts); the record as it is where absent. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Nothing of the file is used, and why: one sentence for a person. */
export interface Refusal {
  readonly refused: string;
  readonly line?: number;
}

/** Rows are read while they are taken; what is wrong with one is told to the report. */
export type Content = { readonly rows: Iterable<LookupRow> } | { readonly table: MmdbTable } | Refusal;

export interface Format {
  /** Of file names, without the dot. */
  readonly extensions: readonly string[];
  /** Most bytes, decompressed. */
  readonly maxBytes: number;
  read(bytes: Buffer, options: FormatOptions, report: RowReport): Content;
}

/** More than this is no row: it would be copied into every event that matches it. In UTF-16 units of its JSON or line. */
export const longestRow = 64 * 1024;

export function refusal(refused: string, line?: number): Refusal {
  return { refused, ...(line === undefined ? {} : { line }) };
}
