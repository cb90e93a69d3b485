// What the process said of the tests of a Python rule, judged.

import { isObject } from '../core/object.ts';
import { parseSeverity, type Severity } from '../core/severity.ts';
import type { PythonRule } from './python-rule.ts';
import { judge, type RuleTestResult } from './test-result.ts';

export function readTestResults(told: unknown, { tests, detection }: PythonRule): readonly RuleTestResult[] {
  return tests.map((test, index) => {
    const outcome: unknown = Array.isArray(told) ? told[index] : undefined;
    if (!isObject(outcome)) return failedTest(test, 'the process said nothing of this test');
    const { got, title, dedup, severity, errors } = outcome;
    const said: { title?: string; dedup?: string; severity?: Severity } = {};
    if (typeof title === 'string') said.title = title;
    if (typeof dedup === 'string') said.dedup = dedup;
    if (got === true) said.severity = parseSeverity(severity) ?? detection.severity;
    return judge(test, {
      ...(typeof got === 'boolean' && { got }),
      ...said,
      errors: Array.isArray(errors) ? errors.map(String) : [],
    });
  });
}

/** The test could not be run to its end. */
export function failedTest(test: { readonly name: string; readonly match: boolean }, error: string): RuleTestResult {
  return { name: test.name, expected: test.match, passed: false, error };
}
