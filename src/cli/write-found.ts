// `tocsin test --enrich --update`: what lookup tables had for the tests of a Python rule, written into its document.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatProblem } from '../core/problem.ts';
import type { PythonRule } from '../detect/python-rule.ts';
import { writeEnrichments } from '../detect/test-document.ts';
import type { RuleTestReport } from '../detect/test-runner.ts';

export interface WrittenReport extends RuleTestReport {
  /** Positions of the tests into which what the tables had was written. */
  readonly written: readonly number[];
}

/** What is not written is a warning of the report. */
export async function writeFound(report: RuleTestReport, rule: PythonRule, root: string): Promise<WrittenReport> {
  const found = new Map(
    report.tests.flatMap(({ enrichment = {} }, index) =>
      Object.keys(enrichment).length > 0 ? [[index, enrichment] as const] : [],
    ),
  );
  if (found.size === 0) return { ...report, written: [] };
  const path = join(root, rule.document);
  const { text, written, problems } = writeEnrichments(await readFile(path, 'utf8'), rule.document, found);
  if (written.size > 0) await writeFile(path, text);
  return { ...report, warnings: [...report.warnings, ...problems.map(formatProblem)], written: [...written] };
}
