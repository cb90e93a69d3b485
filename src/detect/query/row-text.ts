// Texts made of a row: titles with `{{column}}`, and dedup strings.

import type { Json } from '../../core/event.ts';
import { limitText } from '../limit.ts';
import { fillIn } from '../template.ts';
import type { QueryRow } from './definition.ts';

/** `{{column}}`, `{{object.key}}`: what is not there is ''. */
export function fillTemplate(template: string, row: QueryRow): string {
  return fillIn(template, (name) => textOf(valueAt(row, name)));
}

/** The values of these columns; a comma in one of several does not make it look like two. */
export function keyText(columns: readonly string[], row: QueryRow): string {
  const values = columns.map((column) => textOf(valueAt(row, column)));
  if (values.length < 2) return limitText(values.join(''));
  return limitText(values.map((value) => value.replaceAll(/[\\,]/g, String.raw`\$&`)).join(', '));
}

/** A column of that name, or a value within one. */
export function valueAt(row: QueryRow, name: string): Json | undefined {
  if (Object.hasOwn(row, name)) return row[name];
  let value: Json | undefined = row;
  for (const key of name.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
      return undefined;
    value = (value as QueryRow)[key];
  }
  return value;
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') return isTexts(value) ? value.join(', ') : JSON.stringify(value);
  return String(value);
}

function isTexts(value: Json): value is readonly (string | number | boolean)[] {
  return Array.isArray(value) && value.every((each) => typeof each !== 'object');
}
