// From the times at which a condition held to firings: what held on is one episode. It holds on while it never stopped
// for the timespan, or for `resolve_after` where that is longer.

import { createHash } from 'node:crypto';
import { caps, type Correlation, type CorrelationSignal, type Episode, type Firing } from './correlation.ts';
import type { Entry } from './group.ts';
import type { Hold } from './hold.ts';

export interface Told extends Hold {
  /** new_value: what makes it another episode of the group. */
  readonly text?: string;
  readonly known?: readonly string[];
}

interface Options {
  readonly key: readonly string[];
  readonly entries: readonly Entry[];
  readonly known: readonly Episode[];
  /** Whether the lowest value is the most extreme. */
  readonly isLowest: boolean;
}

/** Holds are in order of time. */
export function firingsOf(correlation: Correlation, holds: readonly Told[], options: Options): readonly Firing[] {
  const gapMs = Math.max(correlation.timespanMs, correlation.detection.resolveAfterMs ?? 0);
  const episodes: Told[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const hold of holds) {
    const holdEnd = hold.until ?? hold.time;
    const isOngoing = !correlation.isReset && hold.text === undefined && hold.time - end < gapMs;
    if (isOngoing) episodes.at(-1)?.push(hold);
    else episodes.push([hold]);
    end = isOngoing ? Math.max(end, holdEnd) : holdEnd;
  }
  return episodes.map((episode) => firingOf(correlation, episode, { ...options, gapMs }));
}

function firingOf(
  correlation: Correlation,
  holds: readonly Told[],
  { key, entries, known, isLowest, gapMs }: Options & { gapMs: number },
): Firing {
  const begin = holds[0]?.time ?? 0;
  const time = holds.reduce((latest, hold) => Math.max(latest, hold.until ?? hold.time), begin);
  const text = holds[0]?.text;
  const before = known.find((each) => each.value === text && begin - each.last < gapMs && each.start - time < gapMs);
  const start = before?.start ?? begin;
  const values = holds.map(({ value }) => value);
  const value = values.reduce((most, each) => (isLowest === each < most ? each : most));
  const first = Math.max(
    0,
    holds.reduce((least, hold) => Math.min(least, hold.first), entries.length),
  );
  const last = holds.reduce((most, hold) => Math.max(most, hold.last), -1);
  const parts = partsOf(holds, entries, first, last);
  const seen = holds[0]?.seen ?? start;
  const sample = parts.at(-1)?.signal;
  return {
    id: before?.id ?? firingId(correlation.detection.id, key, start, text),
    key,
    start,
    time,
    isNew: before === undefined,
    holds: thinned(holds, correlation.timespanMs / 20),
    value: text ?? value,
    count: Math.max(0, last - first + 1),
    first: entries[first]?.time ?? seen,
    last: entries[last]?.time ?? seen,
    evidence: [...new Set(evidenceOf(parts).map(({ signal }) => signal.rowId))],
    isEvidenceCapped: parts.length > caps.evidence,
    isApproximate: holds.some(({ isApproximate }) => isApproximate === true),
    ...(holds[0]?.known !== undefined && { known: holds[0].known }),
    ...(sample !== undefined && { sample }),
    samples: samplesOf(parts, correlation.rules.length),
  };
}

export function firingId(detection: string, key: readonly string[], start: number, text?: string): string {
  const name = JSON.stringify(text === undefined ? [detection, key, start] : [detection, key, start, text]);
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/** The entries that the holds are made of, the oldest first. */
function partsOf(holds: readonly Told[], entries: readonly Entry[], first: number, last: number): readonly Entry[] {
  if (holds.every((hold) => hold.entries === undefined)) return entries.slice(first, last + 1);
  const positions = [...new Set(holds.flatMap((hold) => hold.entries ?? []))].toSorted((a, b) => a - b);
  return positions.flatMap((position) => entries[position] ?? []);
}

/** Half of them the oldest, half the newest. */
function evidenceOf(parts: readonly Entry[]): readonly Entry[] {
  if (parts.length <= caps.evidence) return parts;
  return [...parts.slice(0, caps.evidence / 2), ...parts.slice(-caps.evidence / 2)];
}

/** The newest of each rule. */
function samplesOf(parts: readonly Entry[], rules: number): ReadonlyMap<string, CorrelationSignal> {
  const samples = new Map<string, CorrelationSignal>();
  for (let place = parts.length - 1; place >= 0 && samples.size < rules; place--) {
    const signal = parts[place]?.signal;
    if (signal !== undefined && !samples.has(signal.detection)) samples.set(signal.detection, signal);
  }
  return samples;
}

/** The first, the last, and between them none nearer to the one before than `least`. */
function thinned(holds: readonly Told[], least: number): readonly number[] {
  const times: number[] = [];
  for (const { time, until } of holds) {
    for (const each of until === undefined || until === time ? [time] : [time, until]) {
      if (times.length < caps.holds && each - (times.at(-1) ?? Number.NEGATIVE_INFINITY) >= least) times.push(each);
    }
  }
  const end = holds.at(-1);
  const last = end?.until ?? end?.time;
  if (last !== undefined && times.at(-1) !== last) times.push(last);
  return times;
}
