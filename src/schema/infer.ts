// Schemas inferred from samples of JSON lines, by pantherlog's rules (reference: 2.1).
// The samples are hostile: what is kept of them is bounded by the number of fields, not of records.

import type { Schema } from '../core/schema.ts';
import { inferRecord, mergeValues, toFields, type Shape } from './shape.ts';

export type Inferred =
  | { readonly kind: 'schema'; readonly schema: Schema; readonly records: number }
  /** `line` is 1-based; absent when no line in particular is meant. */
  | { readonly kind: 'failed'; readonly message: string; readonly line?: number };

const mostFields = 2000;

/** `Netstat` becomes `Custom.Netstat`. Blank lines are skipped; at most `maxRecords` (100,000) are looked at. */
export async function inferSchema(
  lines: AsyncIterable<string> | Iterable<string>,
  name: string,
  options: { readonly maxRecords?: number } = {},
): Promise<Inferred> {
  const logType = name.startsWith('Custom.') ? name : `Custom.${name}`;
  if (!/^Custom(?:\.[A-Z][A-Za-z0-9]+)+$/.test(logType)) {
    return {
      kind: 'failed',
      message: `${name} is no name for a log type; expected words such as Netstat or MyApp.Audit`,
    };
  }
  const { maxRecords = 100_000 } = options;
  let whole: Shape | undefined;
  let records = 0;
  let line = 0;
  for await (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    const found = inferRecord(text);
    if (typeof found === 'string') return { kind: 'failed', message: found, line };
    whole = whole === undefined ? found : mergeValues(whole, found);
    if (whole.type === 'object' && whole.fields.size > mostFields) {
      return {
        kind: 'failed',
        message: `the records have more than ${mostFields} fields: they are not of one log type`,
        line,
      };
    }
    if (++records >= maxRecords) break;
  }
  const fields = whole === undefined ? [] : toFields(whole);
  if (fields.length === 0) return { kind: 'failed', message: 'there is no record with a field in it' };
  return { kind: 'schema', schema: jsonSchema(logType, fields), records };
}

function jsonSchema(name: string, fields: Schema['fields']): Schema {
  return {
    name,
    description: '',
    referenceUrl: '',
    parser: { type: 'json' },
    fields,
    drop: [],
    extract: [],
    patternDefinitions: {},
    ecs: {},
    fieldDiscovery: false,
    file: '',
  };
}
