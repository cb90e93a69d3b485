// Values within a value, by the part of JSONPath that selectors use: `client.ipAddress`, `requests[0].ip`, `hosts[*].ip`.

import type { Json } from './event.ts';

/** The key of an object, or of each element of a list; the position in a list; `*`: each element. */
type Step = string | number;

/** The first key, and a getter of what lies below its value; undefined for text that is no such path. Where a list is on
 *  the way the getter gives a list. */
export function parsePath(
  text: string,
): { readonly first: string; readonly below: (value: Json) => Json | undefined } | undefined {
  const form = /^(?:\$\.)?([^.[\]]+)((?:\.[^.[\]]+|\[(?:\d{1,6}|\*)\])+)$/.exec(text);
  const [, first, rest] = form ?? [];
  if (first === undefined || rest === undefined) return undefined;
  const steps = [...rest.matchAll(/\.([^.[\]]+)|\[(\d+|\*)\]/g)].map(
    ([, key, place = '']): Step => key ?? (place === '*' ? '*' : Number(place)),
  );
  return { first, below: (value) => at(value, steps, 0) };
}

function at(value: Json | undefined, steps: readonly Step[], from: number): Json | undefined {
  const step = steps[from];
  if (step === undefined || value === undefined || value === null) return value ?? undefined;
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    if (typeof step === 'number') return at(list[step], steps, from + 1);
    const next = step === '*' ? from + 1 : from;
    const found = list.flatMap((each) => at(each, steps, next) ?? []);
    return found.length === 0 ? undefined : found;
  }
  if (typeof value !== 'object' || typeof step === 'number' || !Object.hasOwn(value, step)) return undefined;
  return at((value as Readonly<Record<string, Json | undefined>>)[step], steps, from + 1);
}
