// The times at which a schedule runs: the multiples of `every`, or those that a cron expression names in its time zone.
// A time that a clock change leaves out comes at the change; one that it doubles comes once, unless the expression is one
// of steps (`*/30`), which go on as the hours do.

import { Cron } from 'croner';
import type { Schedule, Window } from './schedule.ts';

/** Times in epoch ms, to the second for cron. */
export interface Ticks {
  /** The last one at `time` or before; -Infinity where there is none. */
  floor(time: number): number;
  /** The first one after `time`; Infinity where there is none. */
  next(time: number): number;
}

type Times = Pick<Schedule, 'everyMs' | 'cron' | 'timezone'>;

/** Why these times cannot be; undefined: they can. */
export function refuseTimes({ everyMs, cron, timezone }: Times): string | undefined {
  if ((everyMs === undefined) === (cron === undefined)) return 'expected either `every` or `cron`';
  if (everyMs !== undefined) return everyMs >= 1000 ? undefined : 'expected at least 1s';
  try {
    const times = cronTimes(cron ?? '', timezone);
    return times.nextRun() === null ? 'this cron expression names no time that ever comes' : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, '');
  }
}

/** Throws where the times cannot be. */
export function createTicks({ everyMs, cron, timezone }: Times): Ticks {
  if (everyMs !== undefined) {
    return {
      floor: (time) => Math.floor(time / everyMs) * everyMs,
      next: (time) => (Math.floor(time / everyMs) + 1) * everyMs,
    };
  }
  const times = cronTimes(cron ?? '', timezone);
  return {
    floor(time) {
      const afterSecond = (Math.floor(time / 1000) + 1) * 1000;
      return times.previousRuns(1, new Date(afterSecond))[0]?.getTime() ?? Number.NEGATIVE_INFINITY;
    },
    next: (time) => times.nextRun(new Date(time))?.getTime() ?? Number.POSITIVE_INFINITY,
  };
}

/** What is asked for; where that is not said, the schedule's last window whose time to run has come. */
export function askedWindow(schedule: Schedule, { from, to }: Partial<Window>, now: number): Window {
  const ticks = createTicks(schedule);
  const end = to ?? ticks.floor(now - schedule.lagMs);
  return { from: from ?? ticks.floor(end - 1), to: end };
}

function cronTimes(expression: string, timezone: string): Cron {
  return new Cron(expression, { mode: '5-or-6-parts', timezone });
}
