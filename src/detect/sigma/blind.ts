// Rules that see nothing: no log type of the workspace is what their log source means, or its events cannot have the
// fields that the rule asks for. Such a rule never matches, and nobody would notice.

import type { Schema } from '../../core/schema.ts';
import type { Condition } from './ast.ts';
import { logsourceText } from './logsource.ts';
import { placesOf } from './place.ts';
import { onRoute, routesOf } from './route.ts';
import type { SigmaRule } from './rule.ts';

export type Blindness =
  /** No schema makes such events. */
  | { readonly why: 'log source'; readonly logsource: string }
  /** By log type: fields that its events cannot have, under any name that is known here. */
  | { readonly why: 'fields'; readonly missing: Readonly<Record<string, readonly string[]>> };

/** undefined for a rule that can match. */
export function blindnessOf(rule: SigmaRule, schemas: readonly Schema[]): Blindness | undefined {
  const missing: Record<string, readonly string[]> = {};
  for (const schema of schemas) {
    const conditions = routesOf(rule.logsource, schema).map((route) => onRoute(rule.condition, route));
    if (conditions.length === 0) continue;
    const isThere = (field: string): boolean => placesOf(field, schema).length > 0;
    if (conditions.some((condition) => chance(condition, isThere) !== 'never')) return undefined;
    const fields = conditions.flatMap(fieldsOf).filter((field) => !isThere(field));
    missing[schema.name] = [...new Set(fields)];
  }
  if (Object.keys(missing).length > 0) return { why: 'fields', missing };
  return { why: 'log source', logsource: logsourceText(rule.logsource) };
}

type Chance = 'never' | 'maybe' | 'always';

/** What is known of a condition from which fields there are. */
function chance(condition: Condition, isThere: (field: string) => boolean): Chance {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const of = condition.of.map((each) => chance(each, isThere));
      const [decides, other] =
        condition.kind === 'and' ? (['never', 'always'] as const) : (['always', 'never'] as const);
      if (of.includes(decides)) return decides;
      return of.every((each) => each === other) ? other : 'maybe';
    }
    case 'not': {
      const of = chance(condition.of, isThere);
      return of === 'maybe' ? of : of === 'never' ? 'always' : 'never';
    }
    case 'keyword':
      return 'maybe';
    default: {
      const { field, match } = condition;
      if (match.kind === 'fieldref' && !isThere(match.other)) return 'never';
      if (isThere(field)) return 'maybe';
      return match.kind === 'null' || (match.kind === 'exists' && !match.wanted) ? 'always' : 'never';
    }
  }
}

function fieldsOf(condition: Condition): readonly string[] {
  if (condition.kind === 'keyword') return [];
  if (condition.kind === 'not') return fieldsOf(condition.of);
  if (condition.kind !== 'field') return condition.of.flatMap(fieldsOf);
  return condition.match.kind === 'fieldref' ? [condition.field, condition.match.other] : [condition.field];
}
