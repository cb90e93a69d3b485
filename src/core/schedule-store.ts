// The port to what the schedulers of all processes share: how far each schedule has come, who runs it now, and what became
// of its runs. It knows no clock and no cron expression.

import type { Run, RunCounts, Schedule, Window } from './schedule.ts';

export interface ScheduleState {
  readonly id: string;
  /** Records received before it are done with, but for gaps and back-fills. */
  readonly cursor: number;
  /** Not run before; never where infinite. */
  readonly due: number;
  /** Records received before it shall be done with soon. */
  readonly wanted: number;
  /** Runs in a row that failed. */
  readonly failures: number;
  /** The window of a run that began and did not end well: it is run again as it was. */
  readonly unfinished?: Window;
  /** Asked for and not done yet, the oldest one. */
  readonly backfill?: Backfill;
  /** Who runs it, and until when at most. */
  readonly holder?: { readonly name: string; readonly until: number };
}

export interface ScheduleHistory {
  /** The newest run that has ended, back-fills aside. */
  readonly last?: Run;
  /** Windows over which nothing ran and that were not filled since. */
  readonly gaps: number;
}

export interface Backfill extends Window {
  readonly id: string;
  /** Done up to here. */
  readonly cursor: number;
  /** Not run before. */
  readonly due: number;
  readonly failures: number;
}

/** What is to be done with a schedule that is due. */
export type Plan =
  | {
      readonly kind: 'run';
      readonly window: Window;
      /** The step of this back-fill. */
      readonly backfill?: string;
      /** Passed over before the window. */
      readonly gap?: Window;
      /** After it another one may run the schedule. */
      readonly until: number;
    }
  /** Nothing yet. */
  | { readonly kind: 'wait'; readonly due: number };

export interface Claim {
  readonly run: string;
  readonly schedule: string;
  readonly window: Window;
  /** Ends where the window begins. */
  readonly gap?: Window;
  readonly isBackfill: boolean;
  /** Attempts at this window that failed. */
  readonly failures: number;
}

export interface Ended extends RunCounts {
  readonly state: 'done' | 'overflow' | 'failed';
  readonly message: string;
  readonly ended: number;
  /** Of a scheduled run: the next time at which it is due. Of a back-fill: not before. */
  readonly due: number;
}

export interface ScheduleStore {
  /** Records that this process received before `settled` are in the store of events. Gives the time before which this holds
   *  for all processes that told it within the last minute. */
  settle(holder: string, settled: number): Promise<number>;
  /** The process ends: nobody waits for its records any more. */
  leave(holder: string): Promise<void>;
  /** New ones begin with this state; of those that are known, one that is due later than this is due by then. What
   *  `holder` had taken is free again: it has been started anew. */
  add(
    schedules: readonly { readonly id: string; readonly cursor: number; readonly due: number }[],
    holder: string,
  ): Promise<void>;
  /** Takes up to `limit` of the schedules that are due and that nobody runs; no other process gets them until they are
   *  ended or their time is over. `plan` is called within the transaction, and never gives a time that is due already. */
  claim(
    ids: readonly string[],
    claim: {
      readonly holder: string;
      readonly now: number;
      readonly limit: number;
      readonly plan: (state: ScheduleState) => Plan;
    },
  ): Promise<readonly Claim[]>;
  /** The cursor moves on unless the run failed. false: the run had been given to another one; nothing is changed. */
  end(claim: Claim, holder: string, ended: Ended): Promise<boolean>;
  /** The earliest time at which one of these is due or its holder's time is over; infinite where there is none. */
  nextDue(ids: readonly string[]): Promise<number>;
  /** Records received before `wanted` shall be done with soon: due by then at the latest, unless the last run failed. */
  hurry(ids: readonly string[], wanted: number): Promise<void>;

  /** By id. */
  states(ids: readonly string[]): Promise<ReadonlyMap<string, ScheduleState & ScheduleHistory>>;
  /** Newest first. `cursor` is of an earlier page. */
  runs(
    schedule: string,
    options: { readonly limit: number; readonly cursor?: string; readonly states?: readonly Run['state'][] },
  ): Promise<{ readonly runs: readonly Run[]; readonly next?: string }>;
  /** The window is run step by step between the scheduled runs; gaps within it are closed by its end. false: no such
   *  schedule, or too many wait. */
  backfill(schedule: string, window: Window, now: number): Promise<boolean>;
}

export interface ScheduleStatus extends ScheduleState, ScheduleHistory {
  readonly schedule: Schedule;
  /** For so long its next window could have been run; 0: it is in time. */
  readonly lateMs: number;
}

/** What people ask of the schedules of this program. */
export interface Schedules {
  status(): Promise<readonly ScheduleStatus[]>;
  /** undefined: there is no such schedule. */
  runs(
    id: string,
    options: Parameters<ScheduleStore['runs']>[1],
  ): Promise<Awaited<ReturnType<ScheduleStore['runs']>> | undefined>;
  /** The part of the window that lies before the schedule's own cursor, from and to the next of its times. Gives what will
   *  be run; undefined: there is no such schedule. A window that cannot be run is a UserError. */
  backfill(id: string, window: Window): Promise<Window | undefined>;
}
