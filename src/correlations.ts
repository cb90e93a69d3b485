// Runs correlations: those that signals decide soon after the signals came, all in one go and in the order in which they
// build on each other; those that the clock decides at their times. What they need is read from the store each time, so
// any process may run them. What they mean is evaluate's affair (detect/correlation).

import { alarm, scheduleAlarm } from './alert/alarm.ts';
import { type Exceptions, leaveOut } from './alert/exception.ts';
import { foldSignals } from './alert/fold.ts';
import type { AlertStore } from './core/alert-store.ts';
import type { Detection, Signal } from './core/detection.ts';
import type { EventStore } from './core/event-store.ts';
import { signalTable } from './core/fixed-tables.ts';
import { defaultSchedule, type Schedule, type Window } from './core/schedule.ts';
import { type Correlation, type CorrelationSignal, reachMs, touchedBy } from './detect/correlation/correlation.ts';
import { firingSignals } from './detect/correlation/chain.ts';
import { evaluate } from './detect/correlation/evaluate.ts';
import { signalOfFiring } from './detect/correlation/firing-signal.ts';
import { createSignalRows } from './fixed-rows.ts';
import type { RunResult, ScheduleEntry } from './schedule.ts';
import { meetNeeds } from './correlations/batch.ts';
import { episodesOf, groupsOf, historyOf, readSignals } from './correlations/signals.ts';
import { createTally, type Tally } from './correlations/tally.ts';
import { tellByAlerts, withoutLogTypes } from './schedule/tell.ts';

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
            tell: tellByAlerts({
              id: correlation.detection.id,
              detection: correlation.detection,
              alerts: options.alerts,
            }),
          },
        ],
  );
  const waves = wavesOf(prompt);
  if (prompt.length > 0)
    entries.push({
      id: bySignals,
      schedule: promptSchedule,
      isUrgent: true,
      run: (window) => runBySignals(waves, window, options),
      tell: tellByAlerts({ id: bySignals, alerts: options.alerts }),
    });
  return { entries, bases: new Set(prompt.flatMap(({ rules }) => rules)) };
}

type Options = Omit<CorrelationsOptions, 'correlations'>;

/** Each over the groups that got signals. */
async function runBySignals(
  waves: readonly (readonly Correlation[])[],
  window: Window,
  options: Options,
): Promise<RunResult> {
  const { events, sources } = options;
  const tally = createTally();
  const fresh = new Map<string, CorrelationSignal[]>();
  const bases = [...new Set(waves.flat().flatMap(({ rules }) => rules))];
  for (const signal of tally.add(await readSignals(events, { detections: bases, received: window }))) {
    push(fresh, signal);
  }
  const made: Signal[] = [];
  for (const wave of waves) {
    const needs = wave.flatMap((correlation) => needOf(correlation, fresh, window));
    if (needs.length === 0) continue;
    const met = await meetNeeds(events, needs, window.to, tally);
    for (const { correlation, touched, span, own } of needs) {
      const { signals = [], episodes: known = [] } = met.get(correlation) ?? {};
      const history = await historyOf(events, correlation, touched, { ...span, before: window, sources });
      const past = tally.add(history, correlation);
      // Signals of correlations that fired in this very run are not stored yet.
      const all = [...signals, ...own].filter((signal) => touched.has(signal));
      const { firings, ignored } = evaluate(correlation, all, { ...span, known, past });
      tally.ignored(correlation, ignored);
      for (const firing of tally.limit(correlation, firings)) {
        made.push(signalOfFiring(correlation, firing, window.to));
        for (const each of firingSignals(correlation, firing)) push(fresh, each);
      }
    }
  }
  return tell(bySignals, made, tally, window, options);
}

/** Nothing where none of its rules has new signals. */
function needOf(correlation: Correlation, fresh: ReadonlyMap<string, readonly CorrelationSignal[]>, window: Window) {
  const own = correlation.rules.flatMap((rule) => fresh.get(rule) ?? []);
  if (own.length === 0) return [];
  const span = spanOf(correlation, own, window.to);
  const reach = reachMs(correlation);
  const time = reach === 0 ? { from: span.to, to: span.to } : { from: span.from - reach, to: span.to };
  const touched = groupsOf(correlation, own);
  return [{ correlation, own, span, touched, time, episodesFrom: span.from - gapMs(correlation) }];
}

/** Those of one wave build on those of earlier ones only. */
function wavesOf(correlations: readonly Correlation[]): readonly (readonly Correlation[])[] {
  const depths = new Map<string, number>();
  for (const { detection, rules } of correlations) {
    depths.set(detection.id, Math.max(0, ...rules.map((rule) => (depths.get(rule) ?? -1) + 1)));
  }
  const waves = Map.groupBy(correlations, ({ detection }) => depths.get(detection.id) ?? 0);
  return [...waves].toSorted(([one], [other]) => one - other).map(([, wave]) => wave);
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
  const tally = createTally();
  // Once more what was decided just before: signals may have come late.
  const span = { from: window.from - lateMs, to: window.to };
  const time = { from: span.from - reachMs(correlation), to: span.to };
  const isByArrival = correlation.kind.kind === 'absence';
  const signals = tally.add(
    await readSignals(events, {
      detections: correlation.rules,
      ...(isByArrival ? { received: time } : { time, before: window.to }),
    }),
    correlation,
  );
  const earlier = await episodesOf(events, [{ correlation, from: span.from - gapMs(correlation) }], window.to);
  const known = tally.add(earlier, correlation).map(({ episode }) => episode);
  const past = tally.add(
    await historyOf(events, correlation, undefined, { ...span, before: { ...window, from: time.from }, sources }),
    correlation,
  );
  const { firings, ignored } = evaluate(correlation, signals, { ...span, known, past });
  tally.ignored(correlation, ignored);
  const told = firings.filter((firing) => firing.isNew || isToldAgain(correlation, window));
  const made = tally.limit(correlation, told).map((firing) => signalOfFiring(correlation, firing, window.to));
  return tell(correlation.detection.id, made, tally, window, options);
}

/** What holds on is told once an hour, or as often as it is looked at where its end matters. */
function isToldAgain({ detection }: Correlation, { from, to }: Window): boolean {
  return detection.resolveAfterMs !== undefined || hourOf(from) !== hourOf(to);
}

function hourOf(time: number): number {
  return Math.floor(time / 3_600_000);
}

/** What was found, and what may have been missed: stored and raised once, however often the run is tried. */
async function tell(
  schedule: string,
  found: readonly Signal[],
  tally: Tally,
  { from, to }: Window,
  { events, alerts, detections, exceptions }: Options,
): Promise<RunResult> {
  const mark = `${schedule}:${from}:${to}`;
  const missed = tally.missed();
  if (missed !== '') {
    const groups = [alarm(scheduleAlarm, schedule, missed, to)];
    await alerts.alarm({
      mark: `missed:${mark}`,
      received: to,
      groups,
      detections: new Map([[scheduleAlarm.id, scheduleAlarm]]),
    });
  }
  const signals = [...found, ...tally.errors(to)];
  if (signals.length === 0) return tally.result(0);
  const rows = createSignalRows();
  for (const signal of signals) rows.add(signal, { id: '', source: '', file: '', received: to });
  const taken = rows.take();
  if (taken === undefined) throw new Error('bug: signals without rows');
  await events.append({ token: mark, tables: [{ table: signalTable, rows: taken.rows, blocks: [taken.block] }] });
  const { kept, excepted } = leaveOut(signals, exceptions(), to);
  await alerts.alarm({ mark, received: to, groups: withoutLogTypes(foldSignals(kept)), excepted, detections });
  return tally.result(signals.length);
}

function gapMs({ timespanMs, detection }: Correlation): number {
  return Math.max(timespanMs, detection.resolveAfterMs ?? 0);
}

function push(signals: Map<string, CorrelationSignal[]>, signal: CorrelationSignal): void {
  const others = signals.get(signal.detection);
  if (others === undefined) signals.set(signal.detection, [signal]);
  else others.push(signal);
}
