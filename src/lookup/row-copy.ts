// Copies of rows with `p_match`. `{ ...row }` at one place for the rows of all tables costs ten times what it does for rows
// of one shape, and it is done for each match of each event: the rows of each shape get code of their own.

import type { Json } from '../core/event.ts';
import type { LookupRow } from './pack.ts';

export type CopyRow = (row: LookupRow, match: string) => Json;

/** Shapes beyond so many are copied slowly. */
const maxShapes = 200;
const shapes = new Map<string, CopyRow>();

export function copyOf(row: LookupRow): CopyRow {
  const columns = Object.keys(row).filter((name) => name !== 'p_match');
  const shape = JSON.stringify(columns);
  const known = shapes.get(shape);
  if (known !== undefined) return known;
  if (shapes.size >= maxShapes || columns.includes('__proto__')) return (of, match) => ({ ...of, p_match: match });
  const copy = compile(columns);
  shapes.set(shape, copy);
  return copy;
}

function compile(columns: readonly string[]): CopyRow {
  const properties = columns.map((column) => JSON.stringify(column)).map((name) => `${name}: row[${name}], `);
  const body = `return { ${properties.join('')}p_match: match };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- names are quoted by JSON.stringify; there is nothing else in it
  return new Function('row', 'match', body) as CopyRow;
}
