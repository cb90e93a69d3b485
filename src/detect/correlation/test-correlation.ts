// The tests that correlations bring along: Panther's over matches, ours over events, through the rules that they name.

import type { RuleTestResult } from '../test-result.ts';
import { evaluateChain } from './chain.ts';
import type { Correlation, CorrelationSignal, Firing, Past } from './correlation.ts';
import { signalFields, valueText } from './field.ts';
import { testPanther } from './panther.ts';
import { type EventTest, testEvents, type TestEvent } from './test-document.ts';

export interface TestWorld {
  /** All that can run, as `resolveCorrelations` gives them. */
  readonly correlations: readonly Correlation[];
  /** Ids of the rules that match the event; its fields are as the test has them. */
  readonly match: (event: TestEvent['fields']) => readonly string[] | Promise<readonly string[]>;
  /** The test's fields with what events of their log type have besides, such as `p_ecs`. */
  readonly complete?: (event: TestEvent['fields']) => TestEvent['fields'];
  /** The text of a file of the correlation's folder; undefined: there is none. */
  readonly readFile: (name: string) => string | undefined;
}

export async function testCorrelation(correlation: Correlation, world: TestWorld): Promise<readonly RuleTestResult[]> {
  if (correlation.kind.kind === 'panther') return testPanther(correlation.kind);
  const chain = chainOf(correlation, world.correlations);
  const results: RuleTestResult[] = [];
  for (const test of correlation.tests) results.push(await runTest(chain, correlation, test, world));
  return results;
}

/** It and those that it builds on. */
function chainOf(correlation: Correlation, correlations: readonly Correlation[]): readonly Correlation[] {
  const wanted = new Set([correlation.detection.id]);
  const chain: Correlation[] = [];
  for (const each of correlations.toReversed()) {
    if (!wanted.has(each.detection.id)) continue;
    for (const rule of each.rules) wanted.add(rule);
    chain.unshift(each);
  }
  return chain;
}

async function runTest(
  chain: readonly Correlation[],
  correlation: Correlation,
  test: EventTest,
  { match, complete = (event) => event, readFile }: TestWorld,
): Promise<RuleTestResult> {
  const { name, expect } = test;
  const expected = expect.alerts > 0;
  const events = testEvents(test, readFile);
  if (typeof events === 'string') return { name, expected, passed: false, error: events };
  const signals: CorrelationSignal[] = [];
  for (const [position, { time, fields }] of events.entries()) {
    const event = complete(fields);
    const read = signalFields(event);
    for (const detection of await match(event)) {
      signals.push({ detection, time, received: time, rowId: `event ${position}`, fields: read });
    }
  }
  const from = events[0]?.time ?? 0;
  const to = endOf(chain, events, from, test.until);
  const evaluations = evaluateChain(chain, signals, (each) => ({ from, to, past: waitedFor(each, from) }));
  const firings = evaluations.get(correlation.detection.id)?.firings ?? [];
  const wrong = differences(expect, firings);
  return {
    name,
    expected,
    got: firings.length > 0,
    passed: wrong.length === 0,
    ...(wrong.length > 0 && { error: wrong.join('; ') }),
  };
}

/** Until every window has closed, but for silences: those that events do not end are told only `until` later. */
function endOf(
  chain: readonly Correlation[],
  events: readonly TestEvent[],
  from: number,
  until: number | undefined,
): number {
  if (until !== undefined) return from + until;
  const last = events.at(-1)?.time ?? from;
  const isOfSilence = chain.some(({ kind }) => kind.kind === 'absence' || kind.kind === 'ratio');
  return last + 1 + (isOfSilence ? 0 : chain.reduce((sum, { timespanMs }) => sum + timespanMs, 0));
}

function waitedFor({ kind }: Correlation, first: number): readonly Past[] {
  if (kind.kind !== 'absence' || kind.inventory.kind !== 'list') return [];
  return kind.inventory.keys.map((key) => ({ key, value: '', first, count: 0 }));
}

function differences(expect: EventTest['expect'], firings: readonly Firing[]): readonly string[] {
  const { alerts, key, value } = expect;
  const told = firings.length === 0 ? '' : ` (${firings.slice(0, 5).map(shown).join(', ')})`;
  if (firings.length !== alerts) return [`alerts: expected ${alerts}, got ${firings.length}${told}`];
  const ofKey =
    key === undefined ? firings : firings.filter((firing) => JSON.stringify(firing.key) === JSON.stringify(key));
  if (ofKey.length === 0 && key !== undefined) return [`key: expected ${JSON.stringify(key)}, got${told || ' none'}`];
  const isValue = value === undefined || ofKey.some((firing) => valueText(firing.value) === valueText(value));
  return isValue ? [] : [`value: expected ${JSON.stringify(value)}, got${told || ' none'}`];
}

function shown({ key, value }: Firing): string {
  return `${JSON.stringify(key)} with ${value}`;
}
