// What inference knows about a value: its type so far, merged from one record after the other.

import { messageOf } from '../core/failure.ts';
import type { Field, IndicatorName, ValueSchema } from '../core/schema.ts';
import { ipVersion } from '../core/ip.ts';
import { compileTimeFormat } from './time.ts';

export type Shape =
  | { readonly type: 'boolean' | 'bigint' | 'float' | 'json' | 'timestamp' }
  | { readonly type: 'string'; readonly indicator?: IndicatorName }
  /** Without an element where all arrays so far were empty. */
  | { readonly type: 'array'; readonly element?: Shape }
  /** In the order in which they are printed. */
  | { readonly type: 'object'; readonly fields: ReadonlyMap<string, Member> };

interface Member {
  readonly shape: Shape;
  readonly required: boolean;
}

/** Objects with more fields than that are maps of data, not records. */
const mostNestedFields = 200;
const deepest = 32;

/** A number as it was written: 1.0 is a float, and 64 bits do not fit into a double. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The shape of a JSON object, or what the line is instead. */
export function inferRecord(line: string): Shape | string {
  let value: unknown;
  try {
    value = JSON.parse(line, keepNumber) as unknown;
  } catch (error) {
    return `is no JSON: ${messageOf(error)}`;
  }
  const shape = inferValue(value, 0);
  return shape?.type === 'object' ? shape : 'is JSON, but no object';
}

function keepNumber(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value;
}

/** undefined for null. */
function inferValue(value: unknown, depth: number): Shape | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'boolean') return { type: 'boolean' };
  if (value instanceof NumberText) return { type: isInt64(value.text) ? 'bigint' : 'float' };
  if (typeof value === 'string') return inferText(value);
  if (depth > deepest) return { type: 'json' };
  if (Array.isArray(value)) {
    let element: Shape | undefined;
    for (const item of value) {
      const shape = inferValue(item, depth + 1);
      element = element === undefined || shape === undefined ? (element ?? shape) : mergeValues(element, shape);
    }
    return element === undefined ? { type: 'array' } : { type: 'array', element };
  }
  const members = Object.entries(value);
  if (depth > 0 && members.length > mostNestedFields) return { type: 'json' };
  const fields = new Map<string, Member>();
  for (const [name, inner] of members.toSorted(byName)) {
    const shape = inferValue(inner, depth + 1);
    if (shape !== undefined && name !== '__proto__') fields.set(name, { shape, required: true });
  }
  return { type: 'object', fields };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const booleans = new Set(['1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False']);
const parseRfc3339 = compileTimeFormat('rfc3339');

function inferText(text: string): Shape {
  if (isInt64(text)) return { type: 'bigint' };
  if (text.length < 64 && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return { type: 'float' };
  if (booleans.has(text)) return { type: 'boolean' };
  if (!Number.isNaN(parseRfc3339(text, 0))) return { type: 'timestamp' };
  if (ipVersion(text) !== 0) return { type: 'string', indicator: 'ip' };
  if (/^https?:\/\/[^/?#]/i.test(text)) return { type: 'string', indicator: 'url' };
  if (/^arn:[^:]*:[^:]*:[^:]*:[^:]*:./.test(text)) return { type: 'string', indicator: 'aws_arn' };
  return { type: 'string' };
}

function isInt64(text: string): boolean {
  if (text.length > 20 || !/^[+-]?\d+$/.test(text)) return false;
  return text.length < 19 || BigInt.asIntN(64, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', ''));
}

export function mergeValues(a: Shape, b: Shape): Shape {
  if (a.type === 'object' && b.type === 'object') return mergeObjects(a.fields, b.fields);
  if (a.type === 'array' && b.type === 'array') {
    if (a.element === undefined || b.element === undefined) return a.element === undefined ? b : a;
    return { type: 'array', element: mergeValues(a.element, b.element) };
  }
  if (a.type === 'string' && b.type === 'string') return a.indicator === b.indicator ? a : { type: 'string' };
  if (a.type === b.type) return a;
  if (isComposite(a) || isComposite(b)) return { type: 'json' };
  const numbers = [a.type, b.type].every((type) => type === 'bigint' || type === 'float');
  return { type: numbers ? 'float' : 'string' };
}

function isComposite(shape: Shape): boolean {
  return shape.type === 'object' || shape.type === 'array' || shape.type === 'json';
}

/** Fields only in the first, then only in the second, then those in both. */
function mergeObjects(a: ReadonlyMap<string, Member>, b: ReadonlyMap<string, Member>): Shape {
  if (sameKeys(a, b)) {
    const merged = [...a].map(([name, member]) => [name, mergeMembers(member, b.get(name))] as const);
    // Mostly nothing changes any more after the first records.
    return { type: 'object', fields: merged.every(([name, member]) => a.get(name) === member) ? a : new Map(merged) };
  }
  const fields = new Map<string, Member>();
  for (const [name, { shape }] of a) if (!b.has(name)) fields.set(name, { shape, required: false });
  for (const [name, { shape }] of b) if (!a.has(name)) fields.set(name, { shape, required: false });
  for (const [name, member] of a) if (b.has(name)) fields.set(name, mergeMembers(member, b.get(name)));
  return { type: 'object', fields };
}

function sameKeys(a: ReadonlyMap<string, Member>, b: ReadonlyMap<string, Member>): boolean {
  if (a.size !== b.size) return false;
  for (const name of a.keys()) if (!b.has(name)) return false;
  return true;
}

function mergeMembers(a: Member, b: Member | undefined): Member {
  if (b === undefined) throw new Error('bug: a field that both have is in one only');
  const shape = mergeValues(a.shape, b.shape);
  const required = a.required && b.required;
  return shape === a.shape && required === a.required ? a : { shape, required };
}

/** Empty objects and arrays, at any depth, tell nothing and are left out. */
export function toFields(shape: Shape): readonly Field[] {
  if (shape.type !== 'object') return [];
  return [...shape.fields].flatMap(([name, { shape: inner, required }]) => {
    const value = toValue(inner);
    return value === undefined ? [] : [{ name, required, ...value }];
  });
}

function toValue(shape: Shape): ValueSchema | undefined {
  switch (shape.type) {
    case 'object': {
      if (shape.fields.size > mostNestedFields) return { type: 'json' };
      const fields = toFields(shape);
      return fields.length === 0 ? undefined : { type: 'object', fields };
    }
    case 'array': {
      const element = shape.element && toValue(shape.element);
      return element && { type: 'array', element };
    }
    case 'string':
      return shape.indicator === undefined ? { type: 'string' } : { type: 'string', indicators: [shape.indicator] };
    case 'timestamp':
      return { type: 'timestamp', timeFormats: ['rfc3339'] };
    default:
      return { type: shape.type };
  }
}
