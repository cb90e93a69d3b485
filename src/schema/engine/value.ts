// Values inside objects and arrays, by their schema. Slower than fields of the top level, which never become JSON values.
// Decode rules are Panther's (string takes numbers and booleans, numbers take numeric text, unknown keys are dropped).

import type { Json } from '../../core/event.ts';
import type { ValueSchema } from '../../core/schema.ts';
import { gather } from '../indicator.ts';
import { compileTimeFormat, formatTime } from '../time.ts';
import { compileValidate } from '../validate.ts';

/** The value, undefined for "no value", or a Misfit. */
export type Coerced = Json | undefined | Misfit;

export class Misfit {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

export type Coerce = (value: unknown, received: number) => Coerced;
export type AddIndicator = (column: string, value: string) => void;

export const integerRanges = {
  smallint: [-32_768, 32_767],
  int: [-2_147_483_648, 2_147_483_647],
  bigint: [-(2 ** 63), 2 ** 63 - 1024],
} as const;

/** Compiles the decoder of a nested value. `path` names it in reasons; `add` gets its indicators. */
export function compileCoerce(schema: ValueSchema, path: string, add: AddIndicator): Coerce {
  const misfit = (expected: string, value: unknown) => new Misfit(`${path}: expected ${expected}, got ${show(value)}`);
  switch (schema.type) {
    case 'string': {
      const valid = schema.validate === undefined ? undefined : compileValidate(schema.validate);
      const indicators = schema.indicators ?? [];
      return (value) => {
        if (value === null || value === undefined) return undefined;
        if (typeof value === 'object') return misfit('a string', value);
        const text = `${value as string | number | boolean}`;
        if (valid !== undefined && !valid(text)) return misfit('a value that `validate` allows', text);
        for (const indicator of indicators) gather(indicator, text, add);
        return text;
      };
    }
    case 'int':
    case 'smallint':
    case 'bigint': {
      const [low, high] = integerRanges[schema.type];
      return (value) => {
        if (value === null || value === undefined || value === '') return undefined;
        const number = typeof value === 'string' ? Number(value) : value;
        if (typeof number !== 'number' || !Number.isInteger(number) || number < low || number > high) {
          return misfit(`${schema.type} (${low} to ${high})`, value);
        }
        return number;
      };
    }
    case 'float':
      return (value) => {
        if (value === null || value === undefined || value === '') return undefined;
        const number = typeof value === 'string' ? Number(value) : value;
        return typeof number === 'number' && Number.isFinite(number) ? number : misfit('a number', value);
      };
    case 'boolean':
      return (value) => {
        if (value === null || value === undefined || value === '') return undefined;
        return parseBoolean(value) ?? misfit('a boolean', value);
      };
    case 'timestamp': {
      const formats = (schema.timeFormats ?? []).map(compileTimeFormat);
      return (value, received) => {
        if (value === null || value === undefined || value === '') return undefined;
        if (typeof value === 'object') return misfit('a time', value);
        for (const format of formats) {
          const time = format(`${value as string | number | boolean}`, received);
          if (!Number.isNaN(time)) return formatTime(time);
        }
        return misfit(`a time as ${(schema.timeFormats ?? []).join(' or ')}`, value);
      };
    }
    case 'json':
      return (value) => (value === null ? undefined : (value as Json));
    case 'array': {
      const element = compileCoerce(schema.element as ValueSchema, `${path}[]`, add);
      return (value, received) => {
        if (value === null || value === undefined) return undefined;
        if (!Array.isArray(value)) return misfit('an array', value);
        const elements: Json[] = [];
        for (const item of value) {
          const coerced = element(item, received);
          if (coerced instanceof Misfit) return coerced;
          if (coerced !== undefined) elements.push(coerced);
        }
        return elements.length === 0 ? undefined : elements;
      };
    }
    default: {
      const fields = (schema.fields ?? []).map((field) => ({
        field,
        coerce: compileCoerce(field, `${path}.${field.name}`, add),
        key: field.rename?.from ?? field.name,
      }));
      return (value, received) => {
        if (value === null || value === undefined) return undefined;
        if (typeof value !== 'object' || Array.isArray(value)) return misfit('an object', value);
        const source = value as Record<string, unknown>;
        const result: Record<string, Json> = {};
        for (const { field, coerce, key } of fields) {
          const raw = Object.hasOwn(source, key)
            ? source[key]
            : Object.hasOwn(source, field.name)
              ? source[field.name]
              : undefined;
          const coerced = coerce(field.isEmbeddedJson === true ? parseEmbedded(raw) : raw, received);
          if (coerced instanceof Misfit) return coerced;
          if (coerced !== undefined) define(result, field.name, coerced);
          else if (field.required) return new Misfit(`${path}.${field.name}: required, but missing`);
        }
        return result;
      };
    }
  }
}

/** Own property even for names like `__proto__`. */
function define(target: Record<string, Json>, name: string, value: Json): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

export function parseEmbedded(value: unknown): unknown {
  if (typeof value !== 'string' || value === '') return value === '' ? undefined : value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Go's ParseBool, and the numbers 0 and 1. */
export function parseBoolean(value: unknown): boolean | undefined {
  switch (value) {
    case true:
    case 1:
    case '1':
    case 't':
    case 'T':
    case 'TRUE':
    case 'true':
    case 'True':
      return true;
    case false:
    case 0:
    case '0':
    case 'f':
    case 'F':
    case 'FALSE':
    case 'false':
    case 'False':
      return false;
    default:
      return undefined;
  }
}

/** A value in a reason: at most 60 characters of it. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
