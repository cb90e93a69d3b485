// What a foreign document says, inside the SQL of a query that is written to a file for people. It enters SQL only through
// here.

import { quoteName, quoteText } from '../../core/quote.ts';

/** A table, column or alias. Foreign names may hold NUL, which no name of ours has: it is left out. */
export function quoteForeignName(name: string): string {
  return quoteName(name.replaceAll('\0', ''));
}

/** A literal. In a query's text `{name:Type}` and `{{name}}` mean something; a brace of the document's never does. */
export function quoteForeignText(text: string): string {
  return quoteText(text).replaceAll('{', '\\x7B');
}

export function quoteNumber(value: number): string {
  if (!Number.isFinite(value)) throw new Error('bug: not a number');
  return Object.is(value, -0) ? '0' : String(value);
}

export function quoteScalar(value: string | number | boolean): string {
  if (typeof value === 'string') return quoteForeignText(value);
  return typeof value === 'number' ? quoteNumber(value) : String(value);
}
