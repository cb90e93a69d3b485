// Where an event of a log type has what a rule calls by a name: under that name, below a nested field, or under another
// name for the same thing (Windows, ECS, Sigma's taxonomy). One table for streaming and for SQL.

import type { Field, Schema } from '../../core/schema.ts';
import { ecsNames, windowsNames, windowsNested } from './taxonomy.ts';

export type Place =
  /** A field of the event, a column of its table. */
  | { readonly kind: 'field'; readonly name: string }
  /** Below a field of the type object or json. The key `*` is each key. */
  | { readonly kind: 'path'; readonly field: string; readonly keys: readonly string[] }
  /** `p_ecs.<name>`: a field's value, by the map where it is in it. */
  | {
      readonly kind: 'ecs';
      readonly name: string;
      readonly field: string;
      readonly values?: Readonly<Record<string, string>>;
    }
  /** `p_ecs.<name>`: the same for every event. */
  | { readonly kind: 'constant'; readonly name: string; readonly value: string };

/** The first that has a value counts. Empty where events of the log type cannot have it. */
export function placesOf(name: string, schema: Schema): readonly Place[] {
  if (name.startsWith('p_')) return [{ kind: 'field', name }];
  const places = ownPlaces(name, schema);
  if (isWindows(schema)) {
    for (const other of Object.hasOwn(windowsNames, name) ? (windowsNames[name] ?? []) : []) {
      places.push(...ownPlaces(other, schema));
    }
    // What XML nests has no dots in its name; what ECS names has.
    if (ecsPlace(name, schema) === undefined) places.push(...nestedPlaces(name, schema));
  }
  if (places.length > 0) return places;
  for (const ecs of [name, ...(Object.hasOwn(ecsNames, name) ? (ecsNames[name] ?? []) : [])]) {
    const place = ecsPlace(ecs, schema);
    if (place !== undefined) return [place];
  }
  return [];
}

export function isWindows(schema: Pick<Schema, 'name'>): boolean {
  return schema.name.startsWith('Windows.');
}

function ownPlaces(name: string, schema: Schema): Place[] {
  const field = findField(name, schema.fields);
  if (field !== undefined) return [{ kind: 'field', name: field.name }];
  const [first = '', ...keys] = name.split('.');
  const top = keys.length === 0 ? undefined : findField(first, schema.fields);
  // `event.outcome` is ECS's, and no key below a field `Event` of any content.
  if (top === undefined || (top.type === 'json' && top.name !== first)) return [];
  const below = keysBelow(top, keys);
  return below === undefined ? [] : [{ kind: 'path', field: top.name, keys: below }];
}

/** With its own case, or else whatever its case. */
function findField(name: string, fields: readonly Field[]): Field | undefined {
  const lower = name.toLowerCase();
  return fields.find((field) => field.name === name) ?? fields.find((field) => field.name.toLowerCase() === lower);
}

/** The keys as the schema writes them; what is below json is unknown, and taken as the rule writes it. */
function keysBelow(
  field: Pick<Field, 'type' | 'fields' | 'element'>,
  keys: readonly string[],
): readonly string[] | undefined {
  const inner = field.type === 'array' && field.element !== undefined ? field.element : field;
  const [key, ...rest] = keys;
  if (key === undefined || inner.type === 'json') return keys;
  if (inner.type !== 'object') return undefined;
  const next = findField(key, inner.fields ?? []);
  const below = next && keysBelow(next, rest);
  return next === undefined || below === undefined ? undefined : [next.name, ...below];
}

/** Windows events as XML has them: `Event.EventData.Image`. A name's spaces are left out in rules: `Threat Name`. */
function nestedPlaces(name: string, schema: Schema): Place[] {
  const spaced = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2');
  return windowsNested.flatMap(([field = '', ...keys]) => {
    if (!schema.fields.some((each) => each.name === field && each.type === 'json')) return [];
    const place = (key: string): Place => ({ kind: 'path', field, keys: [...keys, key] });
    return spaced === name || keys.includes('*') ? [place(name)] : [place(name), place(spaced)];
  });
}

function ecsPlace(name: string, schema: Schema): Place | undefined {
  const field = schema.fields.find((each) => each.ecs === name);
  if (field !== undefined) {
    return { kind: 'ecs', name, field: field.name, ...(field.ecsValues && { values: field.ecsValues }) };
  }
  const value = Object.hasOwn(schema.ecs, name) ? schema.ecs[name] : undefined;
  return value === undefined ? undefined : { kind: 'constant', name, value };
}
