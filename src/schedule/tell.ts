// Tells people of runs that fail and of windows that were passed over, by alerts. It decides nothing about the runs.

import { alarm, scheduleAlarm } from '../alert/alarm.ts';
import { foldSignals } from '../alert/fold.ts';
import type { AlertStore } from '../core/alert-store.ts';
import type { Detection, SignalGroup } from '../core/detection.ts';
import type { Window } from '../core/schedule.ts';
import type { ScheduleEntry } from '../schedule.ts';
import { errorSignal } from './error-signal.ts';

/** A failure that lasts is told once it is none of those that mend themselves. */
const toldFailures = 3;
const maxTitleLength = 1000;

export interface TellOptions {
  readonly id: string;
  /** Whose error a failure is; absent: the schedule is no detection's own. */
  readonly detection?: Detection | undefined;
  readonly alerts: Pick<AlertStore, 'alarm'>;
}

/** `tell` of a schedule's entry. The gaps of all schedules are one alert a day, which counts them: after a standstill each
 *  schedule may have one. */
export function tellByAlerts({ id, detection, alerts }: TellOptions): NonNullable<ScheduleEntry['tell']> {
  return async (trouble) => {
    const { kind, window } = trouble;
    if (kind === 'failed' && trouble.failures < toldFailures) return;
    await alerts.alarm({
      mark: `${kind}:${id}:${window.from}:${window.to}`,
      received: window.to,
      groups: [kind === 'gap' ? gapGroup(id, window) : failureGroup(id, detection, trouble.message, window.to)],
      detections: new Map(
        [scheduleAlarm, ...(detection === undefined ? [] : [detection])].map((each) => [each.id, each]),
      ),
    });
  };
}

export function gapText({ from, to }: Window): string {
  return `nothing ran over the records received from ${timeText(from)} to ${timeText(to)}; a back-fill does`;
}

export function timeText(time: number): string {
  return new Date(time).toISOString();
}

function gapGroup(id: string, window: Window): SignalGroup {
  const group = alarm(scheduleAlarm, 'gap', '', window.to);
  return { ...group, sample: { ...group.sample, title: `${id}: ${gapText(window)}`.slice(0, maxTitleLength) } };
}

function failureGroup(id: string, detection: Detection | undefined, message: string, time: number): SignalGroup {
  if (detection === undefined) return alarm(scheduleAlarm, id, message, time);
  const signal = errorSignal(detection, { dedup: 'failed', message: `${detection.id}: ${message}`, time });
  const [group] = withoutLogTypes(foldSignals([signal]));
  if (group === undefined) throw new Error('bug: a signal without a group');
  return group;
}

/** What is found over many events has no log type. */
export function withoutLogTypes(groups: readonly SignalGroup[]): readonly SignalGroup[] {
  return groups.map((group) => ({ ...group, logTypes: group.logTypes.filter((name) => name !== '') }));
}
