// When a detection that is no rule on one event runs, and over which records. Times are epoch milliseconds.

/** Half-open, over the time at which records were received. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Schedule {
  /** A run every so long: at the multiples of it since 1970, UTC. Either this or `cron`. */
  readonly everyMs?: number;
  /** Five fields, or six with seconds in front. */
  readonly cron?: string;
  /** Of the cron expression: an IANA name. */
  readonly timezone: string;
  /** So long after its time a run begins, so that what was received by then is stored. */
  readonly lagMs: number;
  /** Of one run. */
  readonly timeoutMs: number;
  /** Runs that are later than this are not made up for, except for the newest: they are a gap. */
  readonly catchupMs: number;
}

export const defaultSchedule = {
  timezone: 'UTC',
  lagMs: 1000,
  timeoutMs: 60_000,
  catchupMs: 24 * 60 * 60 * 1000,
} as const satisfies Partial<Schedule>;

/** `overflow`: it went through, and there was more than its limits let it tell. `lost`: its process ended before it.
 *  `gap`: nothing ran over this window. */
export const runStates = ['running', 'done', 'overflow', 'failed', 'lost', 'gap'] as const;
export type RunState = (typeof runStates)[number];

/** What a run tells of itself. */
export interface RunCounts {
  /** That it found. */
  readonly rows: number;
  readonly signals: number;
  /** What finding them has cost the store. */
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export interface Run extends RunCounts, Window {
  readonly id: string;
  readonly schedule: string;
  /** Made on request, over records of the past. */
  readonly isBackfill: boolean;
  readonly state: RunState;
  readonly started: number;
  readonly ended?: number;
  /** What went wrong or is missing, for a person; '' where nothing is. */
  readonly message: string;
}
