// What PostgreSQL takes as text and JSON: no NUL and no half of a surrogate pair, both of which log lines may hold.

import type { Json } from '../../core/event.ts';

interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Each such character becomes U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{FFFD}');
}

/** Keys, too. Nesting is as deep as JSON.parse had taken it. */
export function storableObject(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [storableText(key), storable(child)]));
}

function storable(value: Json | undefined): Json | undefined {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => storable(item) ?? null);
  return storableObject(value);
}

/** Array.isArray does not know readonly arrays. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
