// Conditions put together: none within another of its kind, none around a single one.

import type { Condition } from './ast.ts';

export function allOf(conditions: readonly Condition[]): Condition {
  return connect('and', conditions);
}

export function anyOf(conditions: readonly Condition[]): Condition {
  return connect('or', conditions);
}

function connect(kind: 'and' | 'or', conditions: readonly Condition[]): Condition {
  const of = conditions.flatMap((condition) => (condition.kind === kind ? condition.of : [condition]));
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind, of };
}
