// What happens when, in a run of the line: batches come, correlations look at them, the clock runs the rest.

import { createTicks } from '../../src/core/ticks.ts';
import type { ScheduleEntry } from '../../src/schedule.ts';
import type { Sent } from './sent.suite.ts';

export interface BatchStep {
  readonly kind: 'batch';
  /** When it can be seen. */
  readonly time: number;
  readonly source: string;
  readonly received: number;
  readonly text: string;
}

export type Step =
  | BatchStep
  /** Correlations that signals decide look at what has come since the last look, from these sources. */
  | { readonly kind: 'look'; readonly time: number; readonly sources: readonly string[] }
  | { readonly kind: 'tick'; readonly time: number; readonly before: number; readonly entry: ScheduleEntry };

/** So long after its event a record is there, at the latest. */
const batchMs = 60_000;
/** Between two looks; at what came before anybody watches there is one. */
const lookMs = 10 * 60_000;
/** Of what is due at the same time. */
const order = ['batch', 'look', 'tick'];

/** The entries run from `from` on. */
export function stepsOf(
  records: readonly Sent[],
  entries: readonly ScheduleEntry[],
  { from, to }: { readonly from: number; readonly to: number },
): readonly Step[] {
  const batches = batchesOf(records);
  return [...batches, ...looksOf(batches, from), ...entries.flatMap((entry) => ticksOf(entry, from, to))].toSorted(
    (a, b) => a.time - b.time || order.indexOf(a.kind) - order.indexOf(b.kind),
  );
}

/** One batch for each source and minute. */
function batchesOf(records: readonly Sent[]): readonly BatchStep[] {
  const sorted = records.toSorted((a, b) => a.time - b.time);
  const batches = Map.groupBy(sorted, ({ source, time }) => `${Math.floor(time / batchMs)} ${source}`);
  return [...batches.values()].map((some) => {
    const time = (Math.floor((some[0]?.time ?? 0) / batchMs) + 1) * batchMs;
    const text = some.map((each) => `${each.text}\n`).join('');
    return { kind: 'batch', time, source: some[0]?.source ?? '', received: time - 1, text };
  });
}

function looksOf(batches: readonly BatchStep[], from: number): readonly Step[] {
  const lookOf = (time: number): number => (time <= from ? from : Math.ceil(time / lookMs) * lookMs);
  return [...Map.groupBy(batches, ({ time }) => lookOf(time))].map(([time, some]) => ({
    kind: 'look',
    time,
    sources: [...new Set(some.map(({ source }) => source))],
  }));
}

function ticksOf(entry: ScheduleEntry, from: number, to: number): readonly Step[] {
  const ticks = createTicks(entry.schedule);
  const steps: Step[] = [];
  let before = ticks.floor(from);
  for (let time = ticks.next(before); time <= to; time = ticks.next(time)) {
    steps.push({ kind: 'tick', time, before, entry });
    before = time;
  }
  return steps;
}
