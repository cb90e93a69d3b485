// Exceptions of a correlation: signals that take no part, by their fields and until the end of a day.

import type { Condition } from '../sigma/ast.ts';
import { createCompiler } from '../sigma/predicate.ts';
import { addTexts, foldCase } from '../sigma/value.ts';
import type { SigmaException } from '../sigma/rule.ts';
import { compileSelection, type Complain } from '../sigma/selection.ts';
import type { Slot, View } from '../sigma/view.ts';
import type { SiemBlock } from '../siem-block.ts';
import type { Correlation, CorrelationSignal } from './correlation.ts';
import { fieldOf } from './field.ts';

/** Of a document that has them under `siem`. */
export function readExceptions({ exceptions }: SiemBlock, complain: Complain): readonly SigmaException[] {
  return exceptions.flatMap(({ name, owner, reason, until, when }, index): readonly SigmaException[] => {
    const path = ['siem', 'exceptions', index, 'when'];
    const condition = compileSelection(when, path, {}, complain);
    if (condition === undefined) return [];
    if (asksAnyField(condition)) complain(path, 'siem.exceptions: say which fields are meant');
    return [
      {
        name,
        ...(owner !== undefined && { owner }),
        ...(reason !== undefined && { reason }),
        ...(until !== undefined && { until: Date.parse(`${until}T00:00:00Z`) + 86_400_000 }),
        when: condition,
      },
    ];
  });
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
  const compiled = correlation.exceptions.map(({ until, when }) => ({ until, isMatch: compile(when) }));
  if (compiled.length === 0) return () => false;
  return (next) => {
    signal = next;
    number++;
    return compiled.some(({ until, isMatch }) => (until === undefined || next.time < until) && isMatch());
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
