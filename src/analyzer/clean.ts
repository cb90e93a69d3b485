// What comes from a service is made fit to be kept and shown: without the key, without characters that steer a terminal
// or turn text around, of bounded depth. It knows nothing of what the values mean.

import type { Json } from '../core/event.ts';

export type Redact = (text: string) => string;

/** Deeper values are dropped: what reads and writes JSON does so by recursion. */
const maxDepth = 64;
/** Characters of one text among the facts. */
export const maxFactLength = 4096;
/** Controls but tab and newline; bidirectional marks, embeddings, overrides and isolates. */
const unwanted = /[\0-\x08\v-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g; // oxlint-disable-line no-control-regex
/** A shorter key is no secret, and its letters are in every word. */
const minKeyLength = 4;

/** Takes the key out of a text, as it is and as a part of a URL. */
export function redactKey(key: string): Redact {
  if (key.length < minKeyLength) return (text) => text;
  const forms = [key, encodeURIComponent(key.toWellFormed()), new URLSearchParams({ key }).toString().slice(4)];
  return (text) => forms.reduce((rest, form) => rest.replaceAll(form, '[key]'), text);
}

export function cleanText(text: string, redact: Redact): string {
  return redact(text.toWellFormed().replaceAll(unwanted, ''));
}

/** Names of fields, too. */
export function cleanJson(value: Json, redact: Redact, depth = 0): Json {
  if (typeof value === 'string') return cleanText(value, redact);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === maxDepth) return null;
  if (isList(value)) return value.map((item) => cleanJson(item, redact, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      cleanText(name, redact),
      cleanJson(child ?? null, redact, depth + 1),
    ]),
  );
}

/** Long texts are cut, with a sign that they were. */
export function boundFacts(facts: { readonly [name: string]: Json | undefined }): { readonly [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, bound(value)]])),
  );
}

function bound(value: Json): Json {
  if (typeof value === 'string') {
    return value.length > maxFactLength ? `${value.slice(0, maxFactLength - 1).toWellFormed()}…` : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  return isList(value) ? value.map(bound) : boundFacts(value);
}

/** Array.isArray does not know readonly arrays. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
