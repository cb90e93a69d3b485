// Panther's transformations that make one field out of others, in its order: copy, concat, split. (rename is a matter of
// slots, mask of the field.) Paths go into nested objects, dot by dot.

import type { Schema } from '../../core/schema.ts';
import { type Records, type Slots, slotKind } from './record.ts';

type Transform = (records: Records, start: number, end: number, slots: Slots) => void;

/** undefined where the schema asks for none. */
export function createTransform(schema: Schema, slotOf: (name: string) => number): Transform | undefined {
  const at = (path: string) => {
    const [top, ...rest] = path.split('.') as [string, ...string[]];
    const slot = slotOf(top);
    const whole = slotOf(path);
    return (records: Records, slots: Slots): string | undefined => {
      if (whole >= 0 && slots.kind[whole] !== slotKind.absent) return slots.text(whole, records);
      const text = slot < 0 ? undefined : slots.text(slot, records);
      return text === undefined || rest.length === 0 ? text : walk(text, rest);
    };
  };
  const steps: Transform[] = [];
  for (const field of schema.fields) {
    if (field.copy === undefined) continue;
    const source = at(field.copy.from);
    const slot = slotOf(field.name);
    steps.push((records, _start, _end, slots) => put(slots, slot, source(records, slots)));
  }
  for (const field of schema.fields) {
    if (field.concat === undefined) continue;
    const { separator, paths } = field.concat;
    const sources = paths.map(at);
    const slot = slotOf(field.name);
    steps.push((records, _start, _end, slots) => {
      const parts = sources.map((source) => source(records, slots)).filter((part) => part !== undefined);
      put(slots, slot, parts.length === 0 ? undefined : parts.join(separator));
    });
  }
  for (const field of schema.fields) {
    if (field.split === undefined) continue;
    const { separator, index } = field.split;
    const source = at(field.split.from);
    const slot = slotOf(field.name);
    steps.push((records, _start, _end, slots) => put(slots, slot, source(records, slots)?.split(separator)[index]));
  }
  if (steps.length === 0) return undefined;
  return (records, start, end, slots) => {
    for (const step of steps) step(records, start, end, slots);
  };
}

function put(slots: Slots, slot: number, value: string | undefined): void {
  if (value !== undefined) slots.setSide(slot, value);
}

function walk(json: string, path: readonly string[]): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  if (value === null || value === undefined) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number | boolean}`;
}
