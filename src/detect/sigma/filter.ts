// Filters put upon the rules that they name.

import type { Problem } from '../../core/problem.ts';
import { allOf } from './connect.ts';
import { isWithin } from './logsource.ts';
import type { SigmaFilter, SigmaRule } from './rule.ts';

export interface FilteredRules {
  readonly rules: readonly SigmaRule[];
  /** What came of each filter, for people: `conditionText` of its rules tells the whole. */
  readonly applied: readonly { readonly filter: SigmaFilter; readonly rules: readonly string[] }[];
  /** Filters that fit no rule. */
  readonly problems: readonly Problem[];
}

export function applyFilters(rules: readonly SigmaRule[], filters: readonly SigmaFilter[]): FilteredRules {
  const applied = filters.map((filter) => ({ filter, rules: rules.filter((rule) => fits(filter, rule)).map(idOf) }));
  const filtered = rules.map((rule) => {
    const own = filters.filter((filter) => fits(filter, rule));
    if (own.length === 0) return rule;
    return {
      ...rule,
      condition: allOf([rule.condition, ...own.map(({ keep }) => keep)]),
      conditionText: [`(${rule.conditionText})`, ...own.map(({ keepText }) => keepText)].join(' and '),
    };
  });
  const problems = applied
    .filter((each) => each.rules.length === 0)
    .map(({ filter }): Problem => ({ file: filter.file, message: `the filter \`${filter.title}\` fits no rule` }));
  return { rules: filtered, applied, problems };
}

function fits({ rules, logsource }: SigmaFilter, rule: SigmaRule): boolean {
  if (!isWithin(rule.logsource, logsource)) return false;
  const { id, displayName } = rule.detection;
  return rules === 'any' || rules.some((wanted) => wanted === id || wanted === rule.name || wanted === displayName);
}

function idOf(rule: SigmaRule): string {
  return rule.detection.id;
}
