// Exceptions that a document names under `siem`: what it knows and accepts, until the end of a day. Their conditions are
// Sigma's, whatever the document's language.

import type { SiemBlock } from '../siem-block.ts';
import type { Condition } from './ast.ts';
import type { Placeholders } from './item.ts';
import type { Predicate } from './predicate.ts';
import type { SigmaException } from './rule.ts';
import { type Complain, compileSelection } from './selection.ts';

/** Where an exception's condition stands, for what is said about it. */
export function exceptionPath(index: number): readonly (string | number)[] {
  return ['siem', 'exceptions', index, 'when'];
}

/** undefined where something was complained of: nothing is run with other exceptions than are written. */
export function readExceptions(
  { exceptions }: Pick<SiemBlock, 'exceptions'>,
  placeholders: Placeholders,
  complain: Complain,
): readonly SigmaException[] | undefined {
  const read = exceptions.flatMap(({ when, ...about }, index): readonly SigmaException[] => {
    const condition = compileSelection(when, exceptionPath(index), placeholders, complain);
    return condition === undefined ? [] : [{ ...about, when: condition }];
  });
  return read.length === exceptions.length ? read : undefined;
}

export interface CompiledException {
  readonly name: string;
  readonly holdsAt: (time: number) => boolean;
}

/** Each looks at what the view of `compile` holds, and not from its end on (epoch ms). */
export function compileExceptions(
  exceptions: readonly SigmaException[],
  compile: (condition: Condition) => Predicate,
): readonly CompiledException[] {
  return exceptions.map(({ name, until = Number.POSITIVE_INFINITY, when }) => {
    const holds = compile(when);
    return { name, holdsAt: (time) => time < until && holds() };
  });
}
