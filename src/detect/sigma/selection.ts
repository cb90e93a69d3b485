// A selection of a rule (what stands under a name in `detection`) as a condition.

import type { Path } from '../../core/document-text.ts';
import type { Condition } from './ast.ts';
import { allOf, anyOf } from './connect.ts';
import { compileItem, type Placeholders } from './item.ts';

/** Something in it that cannot be taken, at the place. */
export type Complain = (path: Path, message: string, key?: string) => undefined;

/** undefined where something was complained of. Maps: all entries; lists: any of them; a text alone: a keyword. */
export function compileSelection(
  value: unknown,
  path: Path,
  placeholders: Placeholders,
  complain: Complain,
): Condition | undefined {
  if (Array.isArray(value)) {
    if (value.length === 0) return complain(path, 'expected at least one entry');
    const list: readonly unknown[] = value;
    const each = list.map((entry, index) => compileSelection(entry, [...path, index], placeholders, complain));
    return isWhole(each) ? anyOf(each) : undefined;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return complain(path, 'expected at least one field');
    const each = entries.map(([key, entry]) => compileOne(key, entry, path, placeholders, complain, key));
    return isWhole(each) ? allOf(each) : undefined;
  }
  return compileOne('', value, path, placeholders, complain);
}

function compileOne(
  key: string,
  value: unknown,
  path: Path,
  placeholders: Placeholders,
  complain: Complain,
  at?: string,
): Condition | undefined {
  const compiled = compileItem(key, value, placeholders);
  if ('condition' in compiled) return compiled.condition;
  return complain(path, `${at === undefined ? '' : `${at}: `}${compiled.problem}`, at);
}

function isWhole(conditions: readonly (Condition | undefined)[]): conditions is readonly Condition[] {
  return conditions.every((condition) => condition !== undefined);
}
