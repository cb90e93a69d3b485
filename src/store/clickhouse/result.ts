// Reads the engine's JSONCompact answer into rows.

import type { QueryResult } from '../../core/event-store.ts';

/** Settings under which the answer has the form that `readResult` expects: times as ISO text, no number lost to null. */
export const resultSettings = {
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 1,
  output_format_json_named_tuples_as_objects: 1,
} as const;

interface Answer {
  readonly meta: readonly { readonly name: string; readonly type: string }[];
  readonly data: readonly (readonly unknown[])[];
  readonly statistics?: { readonly elapsed: number; readonly rows_read: number; readonly bytes_read: number };
}

/** An integer beyond 2^53 becomes a string of its digits. Columns of one name are told apart as `a`, `a (2)`. */
export function readResult(text: string, maxRows: number): QueryResult {
  const answer: Answer = parseLossless(text);
  const columns = distinctNames(answer.meta);
  return {
    columns,
    rows: answer.data
      .slice(0, maxRows)
      .map((values) => Object.fromEntries(columns.map(({ name }, index) => [name, values[index]]))),
    truncated: answer.data.length > maxRows,
    elapsedMs: (answer.statistics?.elapsed ?? 0) * 1_000,
    rowsRead: answer.statistics?.rows_read ?? 0,
    bytesRead: answer.statistics?.bytes_read ?? 0,
  };
}

/** The reviver costs ten times the parse, so it runs only where the text has a number so long. */
function parseLossless(text: string): Answer {
  return JSON.parse(text, /\d{16}/.test(text) ? keepDigits : undefined);
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const digits = context?.source;
  return typeof value === 'number' && !Number.isSafeInteger(value) && digits !== undefined && /^-?\d+$/.test(digits)
    ? digits
    : value;
}

function distinctNames(meta: Answer['meta']): Answer['meta'] {
  const seen = new Map<string, number>();
  return meta.map((column) => {
    const count = (seen.get(column.name) ?? 0) + 1;
    seen.set(column.name, count);
    return count === 1 ? column : { ...column, name: `${column.name} (${count})` };
  });
}
