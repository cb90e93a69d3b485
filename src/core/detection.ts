// Anything that yields signals, as the engine sees it: it knows no language.

import type { Json } from './event.ts';
import type { Severity } from './severity.ts';

/** `correlation` and `sql` are no languages of rules; the detection is what the document says. */
export const detectionLanguages = ['typescript', 'python', 'sigma', 'correlation', 'sql'] as const;
export type DetectionLanguage = (typeof detectionLanguages)[number];

export interface Detection {
  readonly id: string;
  readonly language: DetectionLanguage;
  /** Of the rule's code, relative to the workspace. */
  readonly file: string;
  readonly enabled: boolean;
  /** `*`: all. */
  readonly logTypes: readonly string[];
  readonly displayName: string;
  readonly description: string;
  readonly severity: Severity;
  /** Signals with one dedup string within so many minutes from the first are one alert. */
  readonly dedupPeriodMinutes: number;
  /** The alert opens at this many signals within the window; of signals with `unique`, at this many different ones. */
  readonly threshold: number;
  /** false: signals only. */
  readonly createAlert: boolean;
  readonly runbook: string;
  readonly reference: string;
  /** Destination ids of the file (`OutputIds`); empty: by severity. */
  readonly destinations: readonly string[];
  readonly tags: readonly string[];
  readonly reports: Readonly<Record<string, readonly string[]>>;
  /** After an alert no other with its dedup string opens for so long; each further time twice as long, up to `maxMs`.
   *  Absent: its window alone decides. */
  readonly suppress?: { readonly forMs: number; readonly maxMs: number };
  /** The alert is resolved when no signal came for so long. */
  readonly resolveAfterMs?: number;
}

export function takesLogType(logTypes: readonly string[], logType: string): boolean {
  return logTypes.includes(logType) || logTypes.includes('*');
}

/** One match, or one failure (`error`) of a detection on one event. */
export interface Signal {
  readonly detection: string;
  readonly logType: string;
  readonly rowId: string;
  /** The event's own time, epoch ms. */
  readonly time: number;
  readonly title: string;
  readonly dedup: string;
  readonly severity: Severity;
  /** Set by functions of the rule; where absent the file's text holds. */
  readonly description?: string;
  readonly runbook?: string;
  readonly reference?: string;
  /** undefined: by file or severity; []: nowhere. */
  readonly destinations?: readonly string[];
  readonly context?: { readonly [key: string]: Json | undefined };
  /** What is counted: signals with the same text count once towards the threshold. Absent where all are counted. */
  readonly unique?: string;
  /** `ZeroDivisionError('division by zero')`: this is a rule error, not a match. */
  readonly error?: string;
  /** The event as JSON text, kept with the signal. */
  readonly event: string;
}

/** Different `unique` of one alert are counted up to here. A higher threshold is as this one. */
export const maxUnique = 10_000;

/** Signals of one batch with the same (detection, dedup, error or not): what an alert needs to know of them. */
export interface SignalGroup {
  readonly detection: string;
  readonly dedup: string;
  readonly isError: boolean;
  readonly count: number;
  /** Marks of the different `unique` of its signals, `maxUnique` at most. Absent where all are counted. */
  readonly unique?: readonly string[];
  /** Event times, epoch ms. */
  readonly first: number;
  readonly last: number;
  readonly logTypes: readonly string[];
  /** The first signal, without its event: title, severity, context of the alert come from it. */
  readonly sample: Omit<Signal, 'event'>;
}
