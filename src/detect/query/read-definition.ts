// From what a TypeScript file in `queries/` exports to a query, or to what is wrong with it.

import { z } from 'zod';
import type { Detection } from '../../core/detection.ts';
import type { Problem } from '../../core/problem.ts';
import { parseSeverity, severities } from '../../core/severity.ts';
import { detectionId, limits, limitText } from '../limit.ts';
import { describeIssues } from '../problem.ts';
import { blockTimes, scheduleOf } from '../schedule-block.ts';
import { duration } from '../siem-block.ts';
import type { QueryRow, ScheduledQueryDefinition } from './definition.ts';
import { parameters } from './document-shape.ts';
import { sql } from './panther-shape.ts';
import type { RowSaid, Said, ScheduledQuery } from './query.ts';
import { readStatement } from './statement.ts';

/** Checks that it is a function; what it takes and gives is seen when it is called. */
function functionFor<K extends keyof ScheduledQueryDefinition>() {
  return z.custom<Extract<ScheduledQueryDefinition[K], (row: QueryRow) => unknown>>(
    (value) => typeof value === 'function',
    {
      error: 'expected a function',
    },
  );
}

const text = z.string().min(1).max(limits.text);
const severityName = z
  .custom<Detection['severity']>((value) => parseSeverity(value) !== undefined, {
    error: `expected one of ${severities.join(', ')}`,
  })
  .transform((value) => parseSeverity(value) ?? value);

const test = z.strictObject({
  name: text,
  row: z.record(z.string(), z.json()),
  title: z.string().exactOptional(),
  dedup: z.string().exactOptional(),
  severity: severityName.exactOptional(),
});

const shape = z.strictObject({
  id: detectionId,
  query: sql,
  params: parameters.default({}),
  every: duration.exactOptional(),
  cron: z.string().exactOptional(),
  timezone: z.string().default('UTC'),
  lag: duration.exactOptional(),
  timeout: duration.exactOptional(),
  catchup: duration.exactOptional(),
  severity: severityName.or(functionFor<'severity'>()),
  title: text.or(functionFor<'title'>()).exactOptional(),
  dedup: functionFor<'dedup'>().exactOptional(),
  context: functionFor<'context'>().exactOptional(),
  description: z.string().max(limits.text).default(''),
  runbook: z.string().max(limits.text).default(''),
  reference: z.string().max(limits.text).default(''),
  destinations: z.array(z.string()).max(limits.destinations).default([]),
  displayName: text.exactOptional(),
  tags: z.array(z.string()).default([]),
  reports: z.record(z.string(), z.array(z.string())).default({}),
  dedupPeriodMinutes: z.number().int().min(1).default(60),
  threshold: z.number().int().min(1).default(1),
  limit: z.number().int().min(1).max(10_000).default(500),
  enabled: z.boolean().default(true),
  createAlert: z.boolean().default(true),
  tests: z.array(test).default([]),
});

type Definition = z.infer<typeof shape>;

/** `exported` is the default export of the file named `file`. */
export function readQueryDefinition(
  exported: unknown,
  file: string,
): { readonly query?: ScheduledQuery; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const refuse = (messages: readonly string[]) => ({
    problems: messages.map((message): Problem => ({ file, message })),
    warnings: [],
  });
  if (exported === undefined)
    return refuse(['expected `export default scheduledQuery({ ... })`, found no default export']);
  const checked = shape.safeParse(exported);
  if (!checked.success) {
    return refuse(describeIssues(checked.error, Object.keys(shape.shape)).map(({ message }) => message));
  }
  const read = checked.data;
  const scheduled = scheduleOf(blockTimes(read));
  if (scheduled.refused !== undefined) return refuse([`every: ${scheduled.refused}`]);
  const { problems, warnings, ...statement } = readStatement(read.query, read.params, { isScheduled: true });
  if (problems.length > 0) return refuse(problems.map((message) => `query: ${message}`));
  return {
    query: {
      name: read.id,
      description: read.description,
      tags: read.tags,
      ...statement,
      parameters: read.params,
      file,
      enabled: read.enabled,
      schedule: scheduled.schedule,
      alertLimit: read.limit,
      signals: { detection: detectionOf(read, file), say: async (rows) => rows.map((row) => sayOf(read, row)) },
      tests: read.tests,
    },
    problems: [],
    warnings: warnings.map((message) => ({ file, message })),
  };
}

function detectionOf(read: Definition, file: string): Detection {
  return {
    id: read.id,
    language: 'sql',
    file,
    enabled: read.enabled,
    logTypes: [],
    displayName: read.displayName ?? '',
    description: read.description,
    severity: typeof read.severity === 'function' ? 'MEDIUM' : read.severity,
    dedupPeriodMinutes: read.dedupPeriodMinutes,
    threshold: read.threshold,
    createAlert: read.createAlert,
    runbook: read.runbook,
    reference: read.reference,
    destinations: read.destinations,
    tags: read.tags,
    reports: read.reports,
  };
}

function sayOf(read: Definition, row: QueryRow): Said {
  try {
    return say(read, row);
  } catch (error) {
    // Anything can be thrown, and anything can be its text.
    const isError = error instanceof Error;
    return {
      error: limitText(isError ? `${error.name}: ${error.message}` : 'not an Error was thrown'),
      name: limitText(isError ? error.name : 'Error'),
    };
  }
}

/** What an author's function gives is looked at: the types are erased. */
function say(read: Definition, row: QueryRow): RowSaid {
  const title =
    typeof read.title === 'function' ? textOf('title', read.title(row)) : (read.title ?? read.displayName ?? read.id);
  const dedup = read.dedup === undefined ? title : textOf('dedup', read.dedup(row));
  const given = typeof read.severity === 'function' ? read.severity(row) : read.severity;
  const severity = parseSeverity(given);
  if (severity === undefined)
    throw new TypeError(`severity gave ${JSON.stringify(given)}, expected one of ${severities.join(', ')}`);
  const context = read.context === undefined ? row : read.context(row);
  if (typeof context !== 'object' || context === null) throw new TypeError('context gave no object');
  return { title, dedup, severity, context };
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${name} gave ${JSON.stringify(value) ?? 'nothing'}, expected a text`);
}
