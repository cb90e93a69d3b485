// Exceptions of a query's document: rows that are known and accepted make no signal until a day. Their conditions are
// Sigma's, over the columns of a row.

import { compileExceptions } from '../sigma/exception.ts';
import { createCompiler } from '../sigma/predicate.ts';
import type { SigmaException } from '../sigma/rule.ts';
import { slotOf } from '../sigma/slot.ts';
import type { View } from '../sigma/view.ts';
import type { QueryRow } from './definition.ts';
import { valueAt } from './row-text.ts';

/** The name of the exception under which a row falls at a time (epoch ms); undefined: under none. */
export type ExceptionOf = (row: QueryRow, time: number) => string | undefined;

export function createExceptionOf(exceptions: readonly SigmaException[]): ExceptionOf {
  const view = createRowView();
  const compiled = compileExceptions(exceptions, createCompiler(view));
  return (row, time) => {
    view.take(row);
    return compiled.find(({ holdsAt }) => holdsAt(time))?.name;
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
