// What correlations ask the store in one go is what each would get alone: over a real store, with values that JSON escapes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Signal } from '../src/core/detection.ts';
import type { EventStore } from '../src/core/event-store.ts';
import { signalTable } from '../src/core/fixed-tables.ts';
import { meetNeeds, type Need } from '../src/correlations/batch.ts';
import { groupsOf, readSignals } from '../src/correlations/signals.ts';
import { createTally } from '../src/correlations/tally.ts';
import type { Correlation, CorrelationSignal } from '../src/detect/correlation/correlation.ts';
import { correlationOf } from '../src/detect/correlation/correlation.suite.ts';
import { createSignalRows } from '../src/fixed-rows.ts';
import { createEventStore } from '../src/store/clickhouse/event-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-batch-'));
let store: EventStore;
const start = Date.UTC(2026, 2, 4);
const values = ['10.0.0.1', '10.0.0.11', 'C:\\temp\\a "b"', 'Jürgen', '12345678901234567'];
const rules = ['a', 'b', 'c', 'd'];
const signalCount = 400;

beforeAll(async () => {
  store = await createEventStore(
    { path: join(folder, 'events') },
    { retentionDays: { events: 0, signals: 0, deadLetters: 0 } },
  );
  const rows = createSignalRows();
  for (let n = 0; n < signalCount; n++) rows.add(signalOf(n), { id: '', source: 's', file: '', received: timeOf(n) });
  const taken = rows.take();
  if (taken === undefined) throw new Error('bug: no rows');
  await store.append({ token: 't', tables: [{ table: signalTable, rows: taken.rows, blocks: [taken.block] }] });
});
afterAll(async () => {
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

function timeOf(n: number): number {
  return start + n * 1000;
}

function signalOf(n: number): Signal {
  const event = {
    user: values[n % values.length],
    port: 50_101 + (n % 7),
    p_ecs: { 'source.ip': `172.16.0.${n % 3}` },
  };
  const context = { key: [`k${n % 3}`], episode: `${n % 5}`, start: timeOf(n) };
  return {
    detection: rules[n % rules.length] ?? '',
    logType: 'Test.Log',
    rowId: `r-${n}`,
    time: timeOf(n),
    title: '',
    dedup: '',
    severity: 'INFO',
    context,
    event: JSON.stringify(event),
  };
}

const correlations = [
  'rules: [a], group-by: [user], timespan: 1m, type: event_count, condition: {gte: 2}',
  'rules: [a, b], group-by: [source.ip, port], timespan: 5m, type: temporal',
  'rules: [c], group-by: [port], timespan: 2m, type: event_count, condition: {gte: 2}',
  'rules: [b, d], timespan: 1m, type: event_count, condition: {gte: 2}',
].map((body, index): Correlation => {
  const correlation = correlationOf(body);
  return { ...correlation, detection: { ...correlation.detection, id: rules[index] ?? '' } };
});

test.each([10, 60, 250, 399])('what was there before signal %i', async (now) => {
  const before = timeOf(now);
  const needs = await Promise.all(
    correlations.map(async (correlation): Promise<Need> => {
      const newest = { from: before - 8000, to: before };
      const { items } = await readSignals(store, { detections: correlation.rules, received: newest });
      const time = { from: before - correlation.timespanMs, to: before };
      return { correlation, touched: groupsOf(correlation, items), time, episodesFrom: time.from };
    }),
  );
  const together = await meetNeeds(store, needs, before, createTally());
  for (const need of needs) {
    const { correlation, touched, time } = need;
    const all = await readSignals(store, { detections: correlation.rules, time, before });
    const idsOf = (signals: readonly CorrelationSignal[] = []): readonly string[] =>
      signals.flatMap((signal) => (touched.has(signal) ? [signal.rowId] : [])).toSorted();
    const alone = (await meetNeeds(store, [need], before, createTally())).get(correlation);
    const met = together.get(correlation);
    expect(idsOf(all.items).length).toBeGreaterThan(0);
    expect(idsOf(met?.signals)).toEqual(idsOf(all.items));
    expect(idsOf(alone?.signals)).toEqual(idsOf(all.items));
    expect(met?.episodes.length).toBeGreaterThan(0);
    expect(met?.episodes.toSorted(byId)).toEqual(alone?.episodes.toSorted(byId));
  }
});

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}
