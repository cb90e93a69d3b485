// What lookup tables know of the events of rules' tests, where a test does not say it itself. It must not know how tables
// are made and asked, nor run a rule.

import type { Event, Json } from '../core/event.ts';
import type { RuleTestResult } from './test-result.ts';

export type TestEvent = Readonly<Record<string, unknown>>;
export type Enrichment = NonNullable<Event['p_enrichment']>;

export interface TestTables {
  /** What the line would join to the event; `misfits` says which fields its schema would not have taken. */
  enrich(event: TestEvent, logType: string): { readonly enrichment: Enrichment; readonly misfits: readonly string[] };
  /** Answers `event.lookup(table, key)`. */
  find(event: TestEvent, table: string, key: string): Json | undefined;
}

export interface TestsToEnrich {
  /** Of the rule: an event that does not say its log type is of the first. */
  readonly logTypes: readonly string[];
  readonly tests: readonly { readonly name: string; readonly event: TestEvent }[];
}

export interface EnrichedTests {
  /** By test; undefined where the event has `p_enrichment` itself, and keeps it. */
  readonly enrichments: readonly (Enrichment | undefined)[];
  readonly warnings: readonly string[];
}

export function enrichTests({ tests, logTypes: [first = ''] }: TestsToEnrich, tables: TestTables): EnrichedTests {
  const warnings: string[] = [];
  const enrichments = tests.map(({ name, event }) => {
    const { p_enrichment: own, p_log_type: logType } = event;
    if (own !== undefined) return undefined;
    const { enrichment, misfits } = tables.enrich(event, typeof logType === 'string' ? logType : first);
    warnings.push(...misfits.map((misfit) => `test ${JSON.stringify(name)}: ${misfit}`));
    return enrichment;
  });
  return { enrichments, warnings };
}

/** As in the line, an event of which no table knows anything has no `p_enrichment`. */
export function withEnrichment<E extends TestEvent>(event: E, enrichment: Enrichment | undefined): E {
  const isKnown = enrichment !== undefined && Object.keys(enrichment).length > 0;
  return isKnown ? { ...event, p_enrichment: enrichment } : event;
}

/** Says of each test what it was given. */
export function tellEnrichment(
  results: readonly RuleTestResult[],
  { enrichments }: EnrichedTests,
): readonly RuleTestResult[] {
  return results.map((result, index) => {
    const enrichment = enrichments[index];
    return enrichment === undefined ? result : { ...result, enrichment };
  });
}
