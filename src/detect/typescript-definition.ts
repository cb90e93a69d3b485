// From what a rule file exports to a detection, or to what is wrong with it.

import { z } from 'zod';
import type { Detection } from '../core/detection.ts';
import type { Event } from '../core/event.ts';
import type { Problem } from '../core/problem.ts';
import { parseSeverity, severities } from '../core/severity.ts';
import { detectionId, limits } from './limit.ts';
import { describeIssues } from './problem.ts';
import type { RuleDefinition, SeverityName } from './rule.ts';

/** Checks that it is a function; what it takes and gives is seen when it is called. */
function functionFor<K extends keyof RuleDefinition>() {
  return z.custom<Extract<RuleDefinition[K], (event: Event) => unknown>>((value) => typeof value === 'function', {
    error: 'expected a function',
  });
}
const text = z.string().min(1).max(limits.text);
const severityName = z.custom<SeverityName>((value) => parseSeverity(value) !== undefined, {
  error: `expected one of ${severities.join(', ')}`,
});

const test = z.strictObject({
  name: text,
  event: z.record(z.string(), z.unknown()),
  match: z.boolean(),
  title: z.string().exactOptional(),
  dedup: z.string().exactOptional(),
  severity: severityName.exactOptional(),
});

const definitionShape = z.strictObject({
  id: detectionId,
  logTypes: z.array(text).min(1),
  severity: severityName.or(functionFor<'severity'>()),
  match: functionFor<'match'>(),
  title: text.or(functionFor<'title'>()).exactOptional(),
  dedup: text.or(functionFor<'dedup'>()).exactOptional(),
  unique: functionFor<'unique'>().exactOptional(),
  description: z.string().or(functionFor<'description'>()).exactOptional(),
  runbook: z.string().or(functionFor<'runbook'>()).exactOptional(),
  reference: z.string().or(functionFor<'reference'>()).exactOptional(),
  destinations: z.array(z.string()).max(limits.destinations).or(functionFor<'destinations'>()).exactOptional(),
  context: functionFor<'context'>().exactOptional(),
  displayName: text.exactOptional(),
  tags: z.array(z.string()).exactOptional(),
  reports: z.record(z.string(), z.array(z.string())).exactOptional(),
  dedupPeriodMinutes: z.number().int().min(1).exactOptional(),
  threshold: z.number().int().min(1).exactOptional(),
  enabled: z.boolean().exactOptional(),
  createAlert: z.boolean().exactOptional(),
  tests: z.array(test).exactOptional(),
});

/** `exported` is the default export of the file named `file`. */
export function readDefinition(
  exported: unknown,
  file: string,
): { readonly detection: Detection; readonly definition: RuleDefinition } | { readonly problems: readonly Problem[] } {
  if (exported === undefined) {
    return { problems: [{ file, message: 'expected `export default rule({ ... })`, found no default export' }] };
  }
  const checked = definitionShape.safeParse(exported);
  if (!checked.success) {
    return {
      problems: describeIssues(checked.error, Object.keys(definitionShape.shape)).map(({ message }) => ({
        file,
        message,
      })),
    };
  }
  const rule: RuleDefinition = checked.data;
  const detection: Detection = {
    id: rule.id,
    language: 'typescript',
    file,
    enabled: rule.enabled ?? true,
    logTypes: rule.logTypes,
    displayName: rule.displayName ?? '',
    description: literal(rule.description),
    severity: parseSeverity(rule.severity) ?? 'MEDIUM',
    dedupPeriodMinutes: rule.dedupPeriodMinutes ?? 60,
    threshold: rule.threshold ?? 1,
    createAlert: rule.createAlert ?? true,
    runbook: literal(rule.runbook),
    reference: literal(rule.reference),
    destinations: typeof rule.destinations === 'function' ? [] : (rule.destinations ?? []),
    tags: rule.tags ?? [],
    reports: rule.reports ?? {},
  };
  return { detection, definition: rule };
}

/** A literal; what a function says is known at a match. */
function literal(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
