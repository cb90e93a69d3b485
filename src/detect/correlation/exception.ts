// Exceptions of a correlation: signals that take no part, by their fields and until the end of a day.

import type { Condition } from '../sigma/ast.ts';
import { compileExceptions, exceptionPath, readExceptions } from '../sigma/exception.ts';
import { createCompiler } from '../sigma/predicate.ts';
import type { SigmaException } from '../sigma/rule.ts';
import type { Complain } from '../sigma/selection.ts';
import { slotOf } from '../sigma/slot.ts';
import type { View } from '../sigma/view.ts';
import type { SiemBlock } from '../siem-block.ts';
import type { Correlation, CorrelationSignal } from './correlation.ts';
import { fieldOf } from './field.ts';

/** As `readExceptions`, of a document whose exceptions are about signals. */
export function readSignalExceptions(siem: SiemBlock, complain: Complain): readonly SigmaException[] {
  const exceptions = readExceptions(siem, {}, complain) ?? [];
  for (const [index, { when }] of exceptions.entries()) {
    if (asksAnyField(when)) complain(exceptionPath(index), 'siem.exceptions: say which fields are meant');
  }
  return exceptions;
}

type Excepted = (signal: Pick<CorrelationSignal, 'detection' | 'time' | 'fields'>) => boolean;

/** Aliases are fields here, too. The end of an exception is by event time. */
export function createExcepted(correlation: Correlation): Excepted {
  let signal: Parameters<Excepted>[0] | undefined;
  let number = 0;
  const view: View = {
    hold: () => undefined,
    number: () => number,
    slot: (field) => slotOf(() => signal?.fields(fieldOf(correlation, field, signal.detection))),
    all: slotOf(() => undefined),
  };
  const compile = createCompiler(view);
  const compiled = compileExceptions(correlation.exceptions, compile);
  if (compiled.length === 0) return () => false;
  return (next) => {
    signal = next;
    number++;
    return compiled.some(({ holdsAt }) => holdsAt(next.time));
  };
}

/** Which fields are meant has to be said: what is asked of any field cannot be asked of a signal. */
function asksAnyField(condition: Condition): boolean {
  switch (condition.kind) {
    case 'keyword':
      return true;
    case 'field':
      return false;
    case 'not':
      return asksAnyField(condition.of);
    default:
      return condition.of.some(asksAnyField);
  }
}
