// One JSON document with a list in it, of rows or of bare values, or with a map whose values are rows. A file of JSON lines
// that is called .json is read as that.

import type { Json } from '../../core/event.ts';
import { isObject } from '../../core/object.ts';
import type { LookupRow } from '../pack.ts';
import { valueAt } from './fields.ts';
import { type Content, type Format, type FormatOptions, longestRow, refusal } from './format.ts';
import { jsonLines, parseJson } from './jsonl.ts';
import type { RowReport } from './row-report.ts';

/** Parsed as a whole: it takes some ten times its size of memory. */
const maxBytes = 64 * 1024 * 1024;

export const json: Format = { extensions: ['json'], maxBytes, read };

function read(bytes: Buffer, options: FormatOptions, report: RowReport): Content {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const document = parseJson(text);
  if (document === undefined) {
    if (options.rows === undefined && isObject(parseJson(firstLine(text)))) return { rows: jsonLines(bytes, report) };
    return refusal('the file is no JSON');
  }
  const found = options.rows === undefined ? document : valueAt(document, options.rows);
  if (found === undefined) return refusal(`there is nothing at ${options.rows ?? ''}, where Rows says the list is`);
  // A file of JSON lines may have one line.
  const one = isObject(found) && isKey(found[options.primaryKey]);
  const elements = one ? [found] : isObject(found) ? valuesOf(found) : found;
  if (!Array.isArray(elements)) return refusal('expected a list of rows; Rows may say where it is in the document');
  return { rows: rowsOf(elements, options, report) };
}

/** `{"3523721": [{...}], ...}`, as abuse.ch writes it; what is no row among the values is no element either. */
function valuesOf(map: LookupRow): readonly Json[] {
  return Object.values(map)
    .flat()
    .filter((value) => isObject(value));
}

function* rowsOf(elements: readonly Json[], { primaryKey }: FormatOptions, report: RowReport): Generator<LookupRow> {
  for (const [index, element] of elements.entries()) {
    const row = isKey(element) ? { [primaryKey]: element } : element;
    if (!isObject(row)) report.problem(`[${index}]: expected an object, a text or a number`);
    else if (JSON.stringify(row).length > longestRow)
      report.problem(`[${index}]: expected a row of at most ${longestRow} characters`);
    else yield row;
  }
}

function isKey(value: Json | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function firstLine(text: string): string {
  const start = text.trimStart();
  const end = start.indexOf('\n');
  return (end < 0 ? start : start.slice(0, end)).slice(0, longestRow);
}
