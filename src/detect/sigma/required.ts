// Which texts an event must have for a condition to hold at all: what makes it needless to try most rules on most events.

import type { Condition, Match } from './ast.ts';
import { literalOf } from './text.ts';
import { foldCase } from './value.ts';

/** A text, in lower case, in a field (by the rule's name; undefined: in any value). */
export interface Literal {
  readonly field: string | undefined;
  readonly text: string;
  /** The whole text, not a part of it. */
  readonly isWhole: boolean;
}

/** At least one of them occurs where the condition holds. */
export type Required = readonly Literal[];

/** Shorter parts say too little and cannot be looked up, unless there is a character in them that is rare in logs. */
export const shortestPart = 5;

/** Where the last character stands that is beyond ASCII; -1 where there is none. (Of an emoji the half that tells more.) */
export function rareAt(text: string): number {
  let at = text.length - 1;
  while (at >= 0 && text.charCodeAt(at) <= 0x7f) at--;
  return at;
}

/** How rarely events have a literal, as a guess: the smaller, the fewer rules are tried. */
export type Weight = (literal: Literal) => number;

/** undefined where the condition may hold without any text that is known. */
export function requiredOf(condition: Condition, weight: Weight): Required | undefined {
  switch (condition.kind) {
    case 'and':
      return lightest(
        condition.of.map((each) => requiredOf(each, weight)),
        weight,
      );
    case 'or': {
      const each = condition.of.map((one) => requiredOf(one, weight));
      return each.every((one) => one !== undefined) ? each.flat() : undefined;
    }
    case 'not':
      return undefined;
    case 'keyword':
      return ofMatch(undefined, condition.match);
    default:
      return ofMatch(condition.field, condition.match);
  }
}

/** Every literal that a condition could be looked up by; how often rules share one tells how common it is. */
export function* literalsOf(condition: Condition): Generator<Literal> {
  if (condition.kind === 'and' || condition.kind === 'or') for (const each of condition.of) yield* literalsOf(each);
  else if (condition.kind === 'field') yield* ofMatch(condition.field, condition.match) ?? [];
  else if (condition.kind === 'keyword') yield* ofMatch(undefined, condition.match) ?? [];
}

export function literalKey({ field, text, isWhole }: Literal): string {
  return `${field ?? ''}\n${isWhole ? '=' : '~'}${text}`;
}

function lightest(sets: readonly (Required | undefined)[], weight: Weight): Required | undefined {
  let best: Required | undefined;
  let least = Infinity;
  for (const set of sets) {
    if (set === undefined) continue;
    const sum = set.reduce((total, literal) => total + weight(literal), 0);
    if (sum < least) {
      best = set;
      least = sum;
    }
  }
  return best;
}

function ofMatch(field: string | undefined, match: Match): Required | undefined {
  if (match.kind === 'number') return [{ field, text: String(match.value), isWhole: true }];
  if (match.kind !== 'text') return undefined;
  const whole = literalOf(match.pieces);
  if (whole !== undefined) return [{ field, text: foldCase(whole), isWhole: true }];
  const parts = match.pieces.filter((piece) => typeof piece === 'string').toSorted((a, b) => b.length - a.length);
  const [longest = ''] = parts;
  const text = foldCase(longest);
  return text.length >= shortestPart || rareAt(text) >= 0 ? [{ field, text, isWhole: false }] : undefined;
}
