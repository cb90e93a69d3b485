// Fields of signals, and values as texts and numbers.

import type { Json } from '../../core/event.ts';
import { parsePath } from '../../core/json-path.ts';
import { isObject } from '../../core/object.ts';
import type { Correlation, CorrelationSignal } from './correlation.ts';

type Fields = { readonly [name: string]: unknown };

const contextPrefix = 'p_alert_context.';

/** Looks up a path in the event's own fields, then in its `p_ecs`, and `p_alert_context.` in the context. A name with dots
 *  may be one field. Null is no value. */
export function signalFields(event: Fields, context: Fields = {}): CorrelationSignal['fields'] {
  const ecs = own(event, 'p_ecs');
  return (path) =>
    valueAt(event, path) ??
    (isObject(ecs) ? valueAt(ecs, path) : undefined) ??
    (path.startsWith(contextPrefix) ? valueAt(context, path.slice(contextPrefix.length)) : undefined);
}

function valueAt(fields: Fields, path: string): Json | undefined {
  const flat = own(fields, path);
  if (flat !== undefined) return flat;
  const parsed = parsePath(path);
  const first = parsed === undefined ? undefined : own(fields, parsed.first);
  return first === undefined ? undefined : (parsed?.below(first) ?? undefined);
}

function own(fields: Fields, name: string): Json | undefined {
  return Object.hasOwn(fields, name) ? ((fields[name] as Json | undefined) ?? undefined) : undefined;
}

/** What a field, or an alias, is called in the events of a detection. */
export function fieldOf({ aliases }: Correlation, field: string, detection: string): string {
  return aliases.get(field)?.get(detection) ?? field;
}

/** Of a field, or an alias. */
export function fieldText(
  correlation: Correlation,
  signal: Pick<CorrelationSignal, 'detection' | 'fields'>,
  field: string,
): string | undefined {
  return valueText(signal.fields(fieldOf(correlation, field, signal.detection)));
}

/** 22 and '22' are alike, case counts, a list of one is its element. undefined: no value. */
export function valueText(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    if (list.length <= 1) return valueText(list[0]);
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A number, or a text that is one. */
export function valueNumber(value: Json | undefined): number | undefined {
  const text = valueText(value);
  if (text === undefined || text.trim() === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** One text for several values; of a single one, itself. undefined where one is missing. */
export function tupleText(values: readonly (string | undefined)[]): string | undefined {
  if (!values.every((value) => value !== undefined)) return undefined;
  return values.length === 1 ? values[0] : JSON.stringify(values);
}
