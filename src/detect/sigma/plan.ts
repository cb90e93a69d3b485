// Rules made ready for events of one kind: which of them an event can concern at all, and those tried on it.

import type { Condition } from './ast.ts';
import { createLiteralIndex, type LiteralIndex } from './literal-index.ts';
import type { Predicate } from './predicate.ts';
import { type Literal, literalKey, literalsOf, type Required, requiredOf } from './required.ts';
import type { Slot, View } from './view.ts';

export interface Planned {
  /** Position in the evaluator's rules. */
  readonly position: number;
  /** Without the route's own: that holds already. */
  readonly condition: Condition;
  readonly predicate: Predicate;
}

export interface Plan {
  /** Those that can match the event in hand, in the order of their positions. */
  candidates(): readonly Planned[];
  /** Rules that every event is tried on. */
  readonly unindexed: number;
}

export function createPlan(rules: readonly Planned[], view: View): Plan {
  const weight = weightsOf(rules);
  const always: number[] = [];
  const byField = new Map<string | undefined, { whole: Map<string, number[]>; parts: Map<string, number[]> }>();
  for (const [number, { condition }] of rules.entries()) {
    const required: Required | undefined = requiredOf(condition, weight);
    if (required === undefined) {
      always.push(number);
      continue;
    }
    for (const { field, text, isWhole } of required) {
      const maps = byField.get(field) ?? { whole: new Map<string, number[]>(), parts: new Map<string, number[]>() };
      byField.set(field, maps);
      const map = isWhole ? maps.whole : maps.parts;
      const owners = map.get(text);
      if (owners === undefined) map.set(text, [number]);
      else owners.push(number);
    }
  }
  const scans = [...byField].map(([field, maps]): readonly [Slot, LiteralIndex] => [
    field === undefined ? view.all : view.slot(field),
    createLiteralIndex(maps.whole, maps.parts),
  ]);

  const none: readonly Planned[] = [];
  /** By rule: the event that it was last found for. */
  const foundAt = new Float64Array(rules.length);
  let event = 0;
  let found: number[] = [];
  function note(owners: readonly number[]): void {
    for (const owner of owners) {
      if (foundAt[owner] === event) continue;
      foundAt[owner] = event;
      found.push(owner);
    }
  }

  return {
    unindexed: always.length,
    candidates() {
      event = view.number();
      found = [...always];
      for (const [slot, index] of scans) for (const text of slot.lowers()) index.scan(text, note);
      if (found.length === 0) return none;
      return found.toSorted((a, b) => a - b).map((number) => rules[number] as Planned);
    },
  };
}

/** What many rules ask for is what events often have; what is short occurs by chance. */
function weightsOf(rules: readonly Planned[]): (literal: Literal) => number {
  const uses = new Map<string, number>();
  for (const { condition } of rules) {
    for (const key of new Set([...literalsOf(condition)].map(literalKey))) uses.set(key, (uses.get(key) ?? 0) + 1);
  }
  return (literal) =>
    (uses.get(literalKey(literal)) ?? 1) / rules.length +
    4 * 2 ** -Math.min(20, literal.isWhole ? 20 : literal.text.length);
}
