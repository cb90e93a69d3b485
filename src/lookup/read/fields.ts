// Columns made of a record: `city: city.names.en`, `region: subdivisions.0.iso_code`, `network: '{start}/{prefix}'`.

import type { Json } from '../../core/event.ts';
import { isObject } from '../../core/object.ts';
import type { LookupRow } from '../pack.ts';

/** Takes the columns that the record has a value for. A path names keys and positions, with dots between; a text with
 *  `{path}` in it is that text with the values, and is absent where one of them is. */
export function createPick(fields: Readonly<Record<string, string>>): (record: LookupRow) => LookupRow {
  const columns = Object.entries(fields).map(([name, text]) => {
    const parts = partsOf(text);
    const value = (record: LookupRow) => (parts.length === 1 ? valueAt(record, text) : fill(parts, record));
    return { name, value };
  });
  return (record) => {
    const row: Record<string, Json> = {};
    for (const { name, value } of columns) {
      const found = value(record);
      if (found !== undefined && found !== null) row[name] = found;
    }
    return row;
  };
}

/** The keys of the record that a path or text begins with. */
export function columnsOf(text: string): readonly string[] {
  const parts = partsOf(text);
  const paths = parts.length === 1 ? [text] : parts.filter((_, index) => index % 2 === 1);
  return paths.map((path) => path.split('.')[0] ?? '');
}

/** A key with dots in its name is found too, at the top. */
export function valueAt(value: Json, path: string): Json | undefined {
  if (isObject(value) && Object.hasOwn(value, path)) return value[path];
  let at: Json | undefined = value;
  for (const key of path.split('.')) {
    if (Array.isArray(at)) at = /^\d{1,6}$/.test(key) ? (at as readonly Json[])[Number(key)] : undefined;
    else at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
    if (at === undefined) return undefined;
  }
  return at;
}

/** Texts and paths by turns. One part: it is a path as a whole. */
function partsOf(text: string): readonly string[] {
  return text.split(/\{([^{}]+)\}/);
}

function fill(parts: readonly string[], record: LookupRow): string | undefined {
  let text = '';
  for (const [index, part] of parts.entries()) {
    const value = index % 2 === 0 ? part : valueAt(record, part);
    if (value === undefined || value === null || (value === '' && index % 2 === 1)) return undefined;
    text += typeof value === 'string' ? value : JSON.stringify(value);
  }
  return text;
}
