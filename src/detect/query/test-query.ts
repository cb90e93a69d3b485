// The tests that a query carries: a row of its result, and what its signal must be. The SQL itself is not run.

import { parseSeverity } from '../../core/severity.ts';
import type { QueryTest } from './definition.ts';
import type { Said, ScheduledQuery } from './query.ts';

export interface QueryTestResult {
  readonly name: string;
  readonly passed: boolean;
  /** What is not as it must be, a sentence each. */
  readonly failures: readonly string[];
}

export async function testQuery({ tests, signals }: ScheduledQuery): Promise<readonly QueryTestResult[]> {
  if (signals === undefined || tests.length === 0) return [];
  let said: readonly Said[] = [];
  let reason = 'nothing was said of the row';
  try {
    // Before any exception has ended.
    said = await signals.say(
      tests.map(({ row }) => row),
      0,
    );
  } catch (error) {
    reason = (error as Error).message;
  }
  return tests.map((test, index) => {
    const failures = failuresOf(test, said[index] ?? { error: reason, name: '' });
    return { name: test.name, passed: failures.length === 0, failures };
  });
}

function failuresOf({ title, dedup, severity }: QueryTest, said: Said): readonly string[] {
  if ('error' in said) return [said.error];
  if ('exception' in said) return [`falls under the exception ${said.exception}`];
  const pairs = {
    title: [title, said.title],
    dedup: [dedup, said.dedup],
    severity: [parseSeverity(severity), said.severity],
  };
  return Object.entries(pairs).flatMap(([key, [wanted, given]]) =>
    wanted === undefined || wanted === given
      ? []
      : [`${key}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(given)}`],
  );
}
