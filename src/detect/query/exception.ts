// Exceptions of a query's document: rows that are known and accepted make no signal until a day. Their conditions are
// Sigma's, over the columns of a row.

import type { Path } from '../../core/document-text.ts';
import type { SiemBlock } from '../siem-block.ts';
import { createCompiler, type Predicate } from '../sigma/predicate.ts';
import { type Complain, compileSelection } from '../sigma/selection.ts';
import { addTexts, foldCase } from '../sigma/value.ts';
import type { Slot, View } from '../sigma/view.ts';
import type { QueryRow } from './definition.ts';
import { valueAt } from './row-text.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** The name of the exception under which a row falls at a time (epoch ms); undefined: under none. */
export type ExceptionOf = (row: QueryRow, time: number) => string | undefined;

/** undefined where something was complained of: a query is not run with other exceptions than are written. */
export function readExceptions(
  written: SiemBlock['exceptions'],
  path: Path,
  complain: Complain,
): ExceptionOf | undefined {
  const view = createRowView();
  const compile = createCompiler(view);
  const exceptions: { readonly name: string; readonly until: number; readonly holds: Predicate }[] = [];
  for (const [index, { name, until, when }] of written.entries()) {
    const condition = compileSelection(when, [...path, index, 'when'], {}, complain);
    if (condition === undefined) continue;
    const end = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${until}T00:00:00Z`) + dayMs;
    exceptions.push({ name, until: end, holds: compile(condition) });
  }
  if (exceptions.length < written.length) return undefined;
  return (row, time) => {
    view.take(row);
    return exceptions.find(({ until, holds }) => time < until && holds())?.name;
  };
}

/** A row as conditions read it; each question is answered anew, there being few exceptions. */
function createRowView(): View & { take(row: QueryRow): void } {
  let row: QueryRow = {};
  let number = 0;
  const take = (next: QueryRow): void => {
    row = next;
    number++;
  };
  return {
    take,
    hold: (event) => take(event as QueryRow),
    number: () => number,
    slot: (field) => slotOf(() => valueAt(row, field)),
    all: slotOf(() => Object.values(row)),
  };
}

function slotOf(value: () => unknown): Slot {
  const texts = (): readonly string[] => {
    const found: string[] = [];
    addTexts(value(), found);
    return found;
  };
  return { value, texts, lowers: () => texts().map(foldCase) };
}
