// From what a document says of its schedule to the schedule; the same for queries and for correlations by the clock.

import { defaultSchedule, type Schedule } from '../core/schedule.ts';
import { refuseTimes } from '../core/ticks.ts';
import type { SiemBlock } from './siem-block.ts';

/** More runs than this are not made up for after a standstill, unless the document says so. */
const maxMissed = 1000;

/** What is wrong with it, or the schedule with its defaults. */
export function scheduleOf(
  given: Partial<Schedule>,
): { readonly schedule: Schedule; readonly refused?: undefined } | { readonly refused: string } {
  const { everyMs } = given;
  const catchupMs = Math.min(defaultSchedule.catchupMs, (everyMs ?? Number.POSITIVE_INFINITY) * maxMissed);
  const schedule: Schedule = { ...defaultSchedule, catchupMs, ...given };
  const refused = refuseTimes(schedule);
  return refused === undefined ? { schedule } : { refused };
}

/** Of the block `siem.schedule`, whose times are seconds. */
export function blockTimes(block: NonNullable<SiemBlock['schedule']>): Partial<Schedule> {
  const { every, cron, timezone, lag, timeout, catchup } = block;
  return {
    timezone,
    ...(every !== undefined && { everyMs: every * 1000 }),
    ...(cron !== undefined && { cron }),
    ...(lag !== undefined && { lagMs: lag * 1000 }),
    ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
    ...(catchup !== undefined && { catchupMs: catchup * 1000 }),
  };
}
