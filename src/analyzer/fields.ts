// Reads the answers of outside services. They are JSON of any shape, whatever the service documents, and partly the text
// of attackers: what is absent or of another type is undefined here, and nothing throws.

import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';

/** Of a list in an answer, no more entries than this become facts. */
const listLimit = 100;

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value at a path of names; a name is never looked for in prototypes. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let found = value;
  for (const name of path) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}

/** Empty and blank text is as good as none. */
export function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** Some services write numbers as text: `"120"`. */
export function number(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
}

export function flag(value: Json | undefined): boolean | undefined {
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : undefined;
}

/** [] for what is no list. */
export function list(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

/** The texts of a list, in its order; undefined for what is no list. */
export function texts(value: Json | undefined): readonly string[] | undefined {
  return isList(value)
    ? value
        .filter((each) => text(each) !== undefined)
        .map(String)
        .slice(0, listLimit)
    : undefined;
}

export function numbers(value: Json | undefined): readonly number[] | undefined {
  if (!isList(value)) return undefined;
  return value.flatMap((each) => number(each) ?? []).slice(0, listLimit);
}

/** Texts of any number of lists, each once, sorted by code unit. Values that are no texts are left out. */
export function union(values: readonly (Json | undefined)[]): readonly string[] {
  return [...new Set(values.flatMap((each) => text(each) ?? []))].toSorted().slice(0, listLimit);
}

/** An object's fields that are texts: `{ "spamhaus_dbl": "not listed" }`. */
export function textFields(value: Json | undefined): { readonly [name: string]: string } | undefined {
  if (!isObject(value)) return undefined;
  const fields = Object.entries(value).flatMap(([name, field]): [string, string][] => {
    const found = text(field);
    return found === undefined ? [] : [[name, found]];
  });
  return Object.fromEntries(fields.slice(0, listLimit));
}
