// When a table is due for a refresh: every so many minutes, or by a cron expression (five fields, UTC).

import { Cron } from 'croner';

export interface Schedule {
  /** Default 60; not used where there is a cron expression. */
  readonly periodMinutes?: number | undefined;
  readonly cron?: string | undefined;
}

const defaultPeriodMinutes = 60;
const minuteMs = 60_000;

/** Refreshes are spread over a tenth of the time between them, so that not all installations ask at the full hour. */
const spreadPart = 0.1;
const maxSpreadMs = 5 * minuteMs;

export interface Due {
  /** Epoch ms of the refresh after one at `time`; `chance` from 0 to 1 spreads it. */
  next(time: number, chance: number): number;
  /** The same after so many attempts in a row that failed: a minute, then twice as long each time. */
  again(time: number, failures: number): number;
  /** The time between two refreshes, now. */
  gapMs(time: number): number;
}

/** Throws where the cron expression is none; whoever reads documents has seen to that. */
export function createDue({ periodMinutes = defaultPeriodMinutes, cron: expression }: Schedule): Due {
  const cron = expression === undefined ? undefined : new Cron(expression, { mode: '5-part', timezone: 'UTC' });
  const after = (time: number): number =>
    cron === undefined ? time + periodMinutes * minuteMs : (cron.nextRun(new Date(time))?.getTime() ?? Infinity);
  const gapMs = (time: number): number => {
    const first = after(time);
    // The 30th of February never comes.
    return first === Infinity ? Infinity : after(first) - first;
  };

  return {
    next: (time, chance) => after(time) + chance * Math.min(gapMs(time) * spreadPart, maxSpreadMs),
    again: (time, failures) => Math.min(after(time), time + minuteMs * 2 ** (failures - 1)),
    gapMs,
  };
}
