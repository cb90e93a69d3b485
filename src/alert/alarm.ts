// Alerts that the program raises about itself.

import type { Detection, SignalGroup } from '../core/detection.ts';

/** A detection of no file. */
function own(id: string, displayName: string, description: string): Detection {
  return {
    id,
    language: 'typescript',
    file: '',
    enabled: true,
    logTypes: [],
    displayName,
    description,
    severity: 'MEDIUM',
    dedupPeriodMinutes: 1440,
    threshold: 1,
    createAlert: true,
    runbook: '',
    reference: '',
    destinations: [],
    tags: ['tocsin'],
    reports: {},
  };
}

export const lookupAlarm = own(
  'Tocsin.LookupTable',
  'A lookup table is not refreshed',
  'Events are judged by the last good version of the table until a better one can be fetched.',
);

export const scheduleAlarm = own(
  'Tocsin.Schedule',
  'What runs by the clock did not run',
  'GET /api/v1/schedules shows what has failed and what has gaps; a back-fill runs what was passed over.',
);

/** One alert a day for each `about`. */
export function alarm(detection: Detection, about: string, message: string, time: number): SignalGroup {
  return {
    detection: detection.id,
    dedup: about,
    isError: false,
    count: 1,
    first: time,
    last: time,
    logTypes: [],
    sample: {
      detection: detection.id,
      logType: '',
      rowId: '',
      time,
      title: `${about}: ${message}`.slice(0, 1000),
      dedup: about,
      severity: detection.severity,
    },
  };
}
