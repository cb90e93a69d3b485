// What a schedule does next: which window it runs, what it passes over, or until when it waits. Pure: a state and a time in,
// a plan out. Windows lie between the schedule's times one after the other, whatever the clock did in between.

import type { Schedule, Window } from '../core/schedule.ts';
import type { Plan, ScheduleState } from '../core/schedule-store.ts';
import type { Ticks } from '../core/ticks.ts';

/** A run has the schedule to itself for so much longer than its own time limit. */
const releaseMs = 30_000;
/** Records that are late on their way into the store are looked for again after so long. */
const settleMs = 500;
const maxBackfillRuns = 100_000;

export interface Planned {
  readonly schedule: Schedule;
  readonly ticks: Ticks;
}

/** `settled`: all records received before it are in the store. */
export function planRun(
  { schedule, ticks }: Planned,
  state: ScheduleState,
  { now, settled }: { readonly now: number; readonly settled: number },
): Plan {
  const until = leaseEnd(schedule, now);
  const stored = Math.min(now - schedule.lagMs, settled);
  const isHurried = state.wanted > state.cursor;
  const end = isHurried ? stored : ticks.floor(stored);
  if (end > state.cursor && state.due <= now) {
    return { kind: 'run', until, ...nextWindow({ schedule, ticks }, state, end, now) };
  }
  const { backfill } = state;
  if (backfill !== undefined && backfill.due <= now) {
    const to = Math.min(ticks.next(backfill.cursor), backfill.to);
    return { kind: 'run', until, window: { from: backfill.cursor, to }, backfill: backfill.id };
  }
  const tick = dueAfter({ schedule, ticks }, state.cursor);
  const due = isHurried ? Math.min(state.wanted + schedule.lagMs, tick) : tick;
  return { kind: 'wait', due: Math.max(due, state.due, now + (due > now ? 0 : settleMs)) };
}

/** Whole steps of the schedule that cover the window, as far as the schedule has come itself; a text: why there are none. */
export function backfillWindow({ ticks }: Planned, { from, to }: Window, cursor: number): Window | string {
  const window = { from: Math.max(ticks.floor(from), 0), to: Math.min(ticks.next(to - 1), cursor) };
  if (window.from >= window.to) {
    return `it has come to ${new Date(cursor).toISOString()}; what is later it will run by itself`;
  }
  const step = ticks.next(window.from) - window.from;
  const isLong = (window.to - window.from) / step > maxBackfillRuns;
  return isLong ? `that would be more than ${maxBackfillRuns} runs; ask for a shorter window` : window;
}

/** A run that begins now has the schedule to itself until then. */
export function leaseEnd({ timeoutMs }: Pick<Schedule, 'timeoutMs'>, now: number): number {
  return now + timeoutMs + releaseMs;
}

/** When the window that begins at `cursor` can be run. */
export function dueAfter({ schedule, ticks }: Planned, cursor: number): number {
  return ticks.next(cursor) + schedule.lagMs;
}

/** The oldest window up to `end` that is not too late; the newest one never is. */
function nextWindow(
  { schedule, ticks }: Planned,
  { cursor, unfinished }: ScheduleState,
  end: number,
  now: number,
): { readonly window: Window; readonly gap?: Window } {
  const oldest = Math.min(now - schedule.catchupMs, end);
  const first = unfinished ?? { from: cursor, to: Math.min(ticks.next(cursor), end) };
  if (first.to >= oldest) return { window: first };
  const to = ticks.floor(oldest) === oldest ? oldest : Math.min(ticks.next(oldest), end);
  // What was begun and is too late now is no part of another window: it may have had its effect.
  const from = Math.max(unfinished?.to ?? cursor, ticks.floor(to - 1));
  return from > cursor ? { window: { from, to }, gap: { from: cursor, to: from } } : { window: { from, to } };
}
