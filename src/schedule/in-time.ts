// One run of an entry, no longer than its time: what does not stop when it is told to is left alone.

import type { Claim } from '../core/schedule-store.ts';
import type { RunResult, ScheduleEntry } from '../schedule.ts';

export async function runInTime(
  entry: ScheduleEntry,
  { window, isBackfill }: Claim,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<RunResult> {
  const time = new AbortController();
  const stop = AbortSignal.any([time.signal, stopped]);
  const timer = setTimeout(() => time.abort(), timeoutMs);
  const ended = new Promise<never>((_, reject) => {
    const tell = (): void => {
      reject(new Error(stopped.aborted ? 'the program was stopped' : `took longer than ${timeoutMs / 1000} s`));
    };
    if (stop.aborted) tell();
    else stop.addEventListener('abort', tell);
  });
  try {
    return await Promise.race([ended, entry.run(window, { isBackfill, stop })]);
  } finally {
    clearTimeout(timer);
  }
}
