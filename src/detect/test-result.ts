// When a rule's test passes, the same for every language.

import type { Event } from '../core/event.ts';
import { parseSeverity, type Severity } from '../core/severity.ts';

export interface ExpectedOutcome {
  readonly name: string;
  readonly match: boolean;
  readonly title?: string;
  readonly dedup?: string;
  readonly severity?: string;
}

/** What the rule did. `got` is undefined where it failed. */
export interface Outcome {
  readonly got?: boolean;
  readonly title?: string;
  readonly dedup?: string;
  readonly severity?: Severity;
  /** Of the rule and of every function called for the text of a match. */
  readonly errors: readonly string[];
}

export interface RuleTestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: boolean;
  readonly got?: boolean;
  /** Why it did not pass, where that is not told by `expected` and `got`. */
  readonly error?: string;
  /** Of the match. */
  readonly title?: string;
  readonly dedup?: string;
  readonly severity?: Severity;
  /** What the lookup tables had for the event, {} for nothing; absent where they were not asked. */
  readonly enrichment?: NonNullable<Event['p_enrichment']>;
}

/** A match expected: matched, no function failed, and what the test expects of it is so. None expected: exactly false. */
export function judge(test: ExpectedOutcome, { errors, ...seen }: Outcome): RuleTestResult {
  const differences = (['title', 'dedup'] as const)
    .filter((key) => test[key] !== undefined && test[key] !== seen[key])
    .map((key) => `${key}: expected ${JSON.stringify(test[key])}, got ${JSON.stringify(seen[key])}`);
  const severity = parseSeverity(test.severity);
  if (severity !== undefined && severity !== seen.severity) {
    differences.push(`severity: expected ${severity}, got ${String(seen.severity)}`);
  }
  const wrong = [...errors, ...(test.match && seen.got === true ? differences : [])];
  return {
    name: test.name,
    expected: test.match,
    passed: seen.got === test.match && wrong.length === 0,
    ...seen,
    ...(wrong.length > 0 && { error: wrong.join('; ') }),
  };
}
