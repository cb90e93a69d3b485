// Runs correlations: those that signals decide soon after the signals came, all in one go and in the order in which they
// build on each other; those that the clock decides at their times. What they need is read from the store each time, so
// any process may run them. What they mean is evaluate's affair (detect/correlation).

import { type Exceptions, leaveOut } from './alert/exception.ts';
import { foldSignals } from './alert/fold.ts';
import type { AlertStore } from './core/alert-store.ts';
import type { Detection, Signal } from './core/detection.ts';
import type { EventStore } from './core/event-store.ts';
import { signalTable } from './core/fixed-tables.ts';
import { defaultSchedule, type Schedule, type Window } from './core/schedule.ts';
import {
  type Correlation,
  type CorrelationSignal,
  type Episode,
  type Firing,
  reachMs,
  touchedBy,
} from './detect/correlation/correlation.ts';
import { firingSignals } from './detect/correlation/chain.ts';
import { evaluate } from './detect/correlation/evaluate.ts';
import { signalOfFiring } from './detect/correlation/firing-signal.ts';
import { createSignalRows } from './fixed-rows.ts';
import type { RunResult, ScheduleEntry } from './schedule.ts';
import { episodesOf, type FoundSignals, groupsOf, historyOf, readSignals } from './correlations/signals.ts';

export interface CorrelationsOptions {
  /** In an order in which each comes after those that it builds on, their rules resolved to ids. */
  readonly correlations: readonly Correlation[];
  readonly detections: ReadonlyMap<string, Detection>;
  readonly events: EventStore;
  readonly alerts: Pick<AlertStore, 'alarm'>;
  /** Those that hold now. */
  readonly exceptions: () => Exceptions;
  /** Ids of those that are to send. */
  readonly sources: readonly string[];
}

/** The schedule of the correlations that signals decide. */
export const bySignals = 'correlations';

/** So long a signal may be on its way after its event, and is still judged by those that the clock decides. */
const lateMs = 60_000;
/** Of one run, where the document does not say. */
const defaultLimit = 500;

const promptSchedule: Schedule = { ...defaultSchedule, everyMs: 60_000, lagMs: 0 };

export interface Correlations {
  readonly entries: readonly ScheduleEntry[];
  /** Ids of the rules whose signals decide something at once. */
  readonly bases: ReadonlySet<string>;
}

export function createCorrelations({ correlations, ...options }: CorrelationsOptions): Correlations {
  const enabled = correlations.filter(({ detection }) => detection.enabled);
  const prompt = enabled.filter((correlation) => correlation.schedule === undefined);
  const entries = enabled.flatMap((correlation): readonly ScheduleEntry[] =>
    correlation.schedule === undefined
      ? []
      : [
          {
            id: correlation.detection.id,
            schedule: correlation.schedule,
            run: (window) => runByClock(correlation, window, options),
          },
        ],
  );
  if (prompt.length > 0)
    entries.push({ id: bySignals, schedule: promptSchedule, run: (window) => runBySignals(prompt, window, options) });
  return { entries, bases: new Set(prompt.flatMap(({ rules }) => rules)) };
}

type Options = Omit<CorrelationsOptions, 'correlations'>;

/** Each over the groups that got signals. */
async function runBySignals(
  correlations: readonly Correlation[],
  window: Window,
  options: Options,
): Promise<RunResult> {
  const { events, sources } = options;
  const cost = createCost();
  const fresh = new Map<string, CorrelationSignal[]>();
  const bases = [...new Set(correlations.flatMap(({ rules }) => rules))];
  for (const signal of cost.add(await readSignals(events, { detections: bases, received: window }))) {
    push(fresh, signal);
  }
  const made: Signal[] = [];
  for (const correlation of correlations) {
    const own = correlation.rules.flatMap((rule) => fresh.get(rule) ?? []);
    if (own.length === 0) continue;
    const touched = groupsOf(correlation, own);
    const span = spanOf(correlation, own, window.to);
    const reach = reachMs(correlation);
    const before = { detections: correlation.rules, before: window.to, time: { from: span.from - reach, to: span.to } };
    // Signals of correlations that fired in this very run are not stored yet.
    const signals = [...(reach === 0 ? [] : cost.add(await readSignals(events, before))), ...own];
    const known = cost.add(
      await episodesOf(events, correlation, { from: span.from - gapMs(correlation), before: window.to }),
    );
    const past = cost.add(await historyOf(events, correlation, touched, { ...span, before: window, sources }));
    const { firings } = evaluate(
      correlation,
      signals.filter((signal) => touched.has(signal)),
      { ...span, known, past },
    );
    for (const firing of cost.limit(correlation, firings)) {
      made.push(signalOfFiring(correlation, firing, window.to));
      for (const each of firingSignals(correlation, firing)) push(fresh, each);
    }
  }
  return { ...cost.counts(), signals: await tell(bySignals, made, window, options), ...cost.overflow() };
}

/** What the signals may change, as far as it is past: a late one changes windows after it, too. */
function spanOf(correlation: Correlation, signals: readonly CorrelationSignal[], now: number): Window {
  const times = signals.map(({ time }) => time);
  const { from, to } = touchedBy(correlation, times);
  const last = times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY);
  return { from, to: correlation.kind.kind === 'panther' ? last + 1 : Math.max(last + 1, Math.min(to, now)) };
}

async function runByClock(correlation: Correlation, window: Window, options: Options): Promise<RunResult> {
  const { events, sources } = options;
  const cost = createCost();
  // Once more what was decided just before: signals may have come late.
  const span = { from: window.from - lateMs, to: window.to };
  const time = { from: span.from - reachMs(correlation), to: span.to };
  const isByArrival = correlation.kind.kind === 'absence';
  const signals = cost.add(
    await readSignals(events, {
      detections: correlation.rules,
      ...(isByArrival ? { received: time } : { time, before: window.to }),
    }),
  );
  const known: readonly Episode[] = cost.add(
    await episodesOf(events, correlation, { from: span.from - gapMs(correlation), before: window.to }),
  );
  const past = cost.add(
    await historyOf(events, correlation, undefined, { ...span, before: { ...window, from: time.from }, sources }),
  );
  const { firings } = evaluate(correlation, signals, { ...span, known, past });
  const told = firings.filter((firing) => firing.isNew || isToldAgain(correlation, window));
  const made = cost.limit(correlation, told).map((firing) => signalOfFiring(correlation, firing, window.to));
  return { ...cost.counts(), signals: await tell(correlation.detection.id, made, window, options), ...cost.overflow() };
}

/** What holds on is told once an hour, or as often as it is looked at where its end matters. */
function isToldAgain({ detection }: Correlation, { from, to }: Window): boolean {
  return detection.resolveAfterMs !== undefined || hourOf(from) !== hourOf(to);
}

function hourOf(time: number): number {
  return Math.floor(time / 3_600_000);
}

/** Stored and raised once, however often the run is tried. Gives their number. */
async function tell(
  schedule: string,
  signals: readonly Signal[],
  { from, to }: Window,
  { events, alerts, detections, exceptions }: Options,
): Promise<number> {
  if (signals.length === 0) return 0;
  const mark = `${schedule}:${from}:${to}`;
  const rows = createSignalRows();
  for (const signal of signals) rows.add(signal, { id: '', source: '', file: '', received: to });
  const taken = rows.take();
  if (taken === undefined) throw new Error('bug: signals without rows');
  await events.append({ token: mark, tables: [{ table: signalTable, rows: taken.rows, blocks: [taken.block] }] });
  const { kept, excepted } = leaveOut(signals, exceptions(), to);
  await alerts.alarm({ mark, received: to, groups: foldSignals(kept), excepted, detections });
  return signals.length;
}

function gapMs({ timespanMs, detection }: Correlation): number {
  return Math.max(timespanMs, detection.resolveAfterMs ?? 0);
}

function push(signals: Map<string, CorrelationSignal[]>, signal: CorrelationSignal): void {
  const others = signals.get(signal.detection);
  if (others === undefined) signals.set(signal.detection, [signal]);
  else others.push(signal);
}

/** What a run's queries cost, and whether one had more than it could give. */
function createCost() {
  let [rows, rowsRead, bytesRead] = [0, 0, 0];
  let truncated = 0;
  let over = '';
  return {
    /** As many as the document allows in one run; the rest is told of. */
    limit(correlation: Correlation, firings: readonly Firing[]): readonly Firing[] {
      const { alert } = correlation.siem;
      const limit = typeof alert === 'object' ? alert.limit : defaultLimit;
      if (firings.length > limit)
        over = `${correlation.detection.id}: ${firings.length} groups at once, ${limit} of them are told`;
      return firings.slice(0, limit);
    },
    add<T>(found: FoundSignals<T>): readonly T[] {
      rows += found.items.length;
      rowsRead += found.rowsRead;
      bytesRead += found.bytesRead;
      truncated += found.truncated ? 1 : 0;
      return found.items;
    },
    counts: () => ({ rows, rowsRead, bytesRead }),
    overflow: () => {
      const cut = truncated === 0 ? '' : `${truncated} questions to the store had more rows than are taken at once`;
      const overflow = [over, cut].filter((text) => text !== '').join('; ');
      return overflow === '' ? {} : { overflow };
    },
  };
}
