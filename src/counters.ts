// What is counted of the line, per source and per detection: since the data folder began (read from the store at the
// start) and over the last seconds. In memory; the truth is ingest_stats and signals.

import type { Metric, SourceCounts } from './app-port.ts';
import type { Alert } from './core/alert.ts';
import type { Raised } from './core/alert-store.ts';
import type { Batch } from './core/batch.ts';
import type { Clock } from './core/clock.ts';
import type { SignalGroup } from './core/detection.ts';
import type { EventStore } from './core/event-store.ts';
import type { Claim, Ended, ScheduleStore } from './core/schedule-store.ts';
import type { Tally } from './work.ts';

export interface Counters {
  count(batch: Batch, tallies: readonly Tally[], groups: readonly SignalGroup[], opened: readonly Alert[]): void;
  /** Of all raises; what batches bring is counted by `count`, but for what nobody was told of. */
  raised(raised: Raised): void;
  /** A run that has ended, and what was passed over before it. */
  ran(claim: Pick<Claim, 'schedule' | 'gap' | 'failures'>, ended: Pick<Ended, 'state' | 'rowsRead'>): void;
  /** Signals since the start of which nobody was told: suppressed or snoozed, and left out by exceptions. */
  silenced(): { readonly suppressed: number; readonly excepted: number };
  source(id: string): SourceCounts;
  detection(id: string): { readonly signals: number; readonly errors: number };
  metrics(): readonly Metric[];
}

/** A store whose runs are counted once they are kept. */
export function countRuns(store: ScheduleStore, counters: Pick<Counters, 'ran'>): ScheduleStore {
  return {
    ...store,
    async end(claim, holder, ended) {
      const isKept = await store.end(claim, holder, ended);
      if (isKept) counters.ran(claim, ended);
      return isKept;
    },
  };
}

const rateSeconds = 10;

interface OfSource {
  events: number;
  dropped: number;
  deadLetters: number;
  bytes: number;
  lastRecord: number | undefined;
  /** Events by second, as a ring. */
  readonly recent: number[];
  /** The second that each place of the ring is for. */
  readonly seconds: number[];
}

export async function createCounters(events: EventStore, clock: Clock): Promise<Counters> {
  const sources = new Map<string, OfSource>();
  const detections = new Map<string, { signals: number; errors: number }>();
  const records = new Map<string, { labels: Record<string, string>; value: number }>();
  const opened = new Map<string, number>();
  const suppressed = new Map<string, number>();
  let excepted = 0;
  const runs = new Map<string, { labels: Record<string, string>; value: number }>();
  const rowsRead = new Map<string, number>();

  const ofSource = (id: string): OfSource => {
    let counts = sources.get(id);
    if (counts === undefined) {
      const ring = (): number[] => Array.from({ length: rateSeconds }, () => 0);
      counts = {
        events: 0,
        dropped: 0,
        deadLetters: 0,
        bytes: 0,
        lastRecord: undefined,
        recent: ring(),
        seconds: ring(),
      };
      sources.set(id, counts);
    }
    return counts;
  };
  const ofDetection = (id: string) => {
    let counts = detections.get(id);
    if (counts === undefined) detections.set(id, (counts = { signals: 0, errors: 0 }));
    return counts;
  };
  function addSignals(groups: readonly SignalGroup[], alerts: readonly Alert[]): void {
    for (const { detection, isError, count } of groups) {
      const known = ofDetection(detection);
      if (isError) known.errors += count;
      else known.signals += count;
    }
    for (const { severity } of alerts) increase(opened, severity, 1);
  }
  function addRun(schedule: string, state: string): void {
    const key = JSON.stringify([schedule, state]);
    const known = runs.get(key);
    if (known === undefined) runs.set(key, { labels: { schedule, state }, value: 1 });
    else known.value += 1;
  }
  function add(source: string, { logType, outcome, records: count, bytes }: Omit<Tally, 'reason'>): void {
    const counts = ofSource(source);
    counts.bytes += bytes;
    if (outcome === 'event') counts.events += count;
    else if (outcome === 'dropped') counts.dropped += count;
    else counts.deadLetters += count;
    const key = JSON.stringify([source, logType, outcome]);
    const known = records.get(key);
    if (known === undefined) records.set(key, { labels: { source, log_type: logType, outcome }, value: count });
    else known.value += count;
  }

  const limits = { maxRows: 100_000 };
  const stats = await events.query(
    `SELECT source_id, log_type, outcome, sum(records) AS records, sum(bytes) AS bytes,
            toUnixTimestamp64Milli(max(received)) AS last
     FROM ingest_stats GROUP BY source_id, log_type, outcome`,
    {},
    limits,
  );
  for (const row of stats.rows) {
    const source = String(row['source_id']);
    const outcome = String(row['outcome']) as Tally['outcome'];
    add(source, {
      logType: String(row['log_type']),
      outcome,
      records: Number(row['records']),
      bytes: Number(row['bytes']),
    });
    const counts = ofSource(source);
    counts.lastRecord = Math.max(counts.lastRecord ?? 0, Number(row['last']));
  }
  const hits = await events.query(
    "SELECT detection_id, countIf(error = '') AS signals, countIf(error != '') AS errors FROM signals GROUP BY detection_id",
    {},
    limits,
  );
  for (const row of hits.rows) {
    detections.set(String(row['detection_id']), { signals: Number(row['signals']), errors: Number(row['errors']) });
  }

  return {
    count(batch, tallies, groups, alerts) {
      const counts = ofSource(batch.source);
      const second = Math.floor(clock.now() / 1000);
      const place = second % rateSeconds;
      if (counts.seconds[place] !== second) {
        counts.seconds[place] = second;
        counts.recent[place] = 0;
      }
      for (const tally of tallies) {
        add(batch.source, tally);
        if (tally.outcome === 'event') counts.recent[place] = (counts.recent[place] ?? 0) + tally.records;
      }
      counts.lastRecord = batch.received;
      addSignals(groups, alerts);
    },
    raised({ raise, isBatch, opened: alerts, suppressed: silent }) {
      if (!isBatch) addSignals(raise.groups, alerts);
      for (const [detection, count] of silent) increase(suppressed, detection, count);
      for (const count of raise.excepted?.values() ?? []) excepted += count;
    },
    ran({ schedule, gap, failures }, { state, rowsRead: read }) {
      addRun(schedule, state);
      if (gap !== undefined && failures === 0) addRun(schedule, 'gap');
      increase(rowsRead, schedule, read);
    },
    silenced: () => ({ suppressed: [...suppressed.values()].reduce((sum, count) => sum + count, 0), excepted }),
    source(id) {
      const { events: count, dropped, deadLetters, bytes, lastRecord, recent, seconds } = ofSource(id);
      const now = Math.floor(clock.now() / 1000);
      const lately = recent.filter((_, place) => now - (seconds[place] ?? 0) < rateSeconds);
      const rate = lately.reduce((sum, value) => sum + value, 0) / rateSeconds;
      return { events: count, dropped, deadLetters, bytes, rate, ...(lastRecord === undefined ? {} : { lastRecord }) };
    },
    detection: (id) => detections.get(id) ?? { signals: 0, errors: 0 },
    metrics: () => [
      {
        name: 'tocsin_records_total',
        help: 'Records by source, log type and outcome',
        type: 'counter',
        samples: [...records.values()],
      },
      {
        name: 'tocsin_signals_total',
        help: 'Signals by detection; kind is match or error',
        type: 'counter',
        samples: [...detections].flatMap(([detection, { signals, errors }]) => [
          { labels: { detection, kind: 'match' }, value: signals },
          { labels: { detection, kind: 'error' }, value: errors },
        ]),
      },
      {
        name: 'tocsin_alerts_opened_total',
        help: 'Alerts opened since the start, by severity',
        type: 'counter',
        samples: [...opened].map(([severity, value]) => ({ labels: { severity }, value })),
      },
      {
        name: 'tocsin_signals_suppressed_total',
        help: 'Signals since the start that suppression or a snooze kept from opening an alert',
        type: 'counter',
        samples: [...suppressed].map(([detection, value]) => ({ labels: { detection }, value })),
      },
      {
        name: 'tocsin_signals_excepted_total',
        help: 'Signals since the start that exceptions left out of alerts',
        type: 'counter',
        samples: [{ labels: {}, value: excepted }],
      },
      {
        name: 'tocsin_runs_total',
        help: 'Runs of queries and correlations by this process since its start; state gap: a window passed over',
        type: 'counter',
        samples: [...runs.values()],
      },
      {
        name: 'tocsin_run_rows_read_total',
        help: 'Rows that these runs made the store read',
        type: 'counter',
        samples: [...rowsRead].map(([schedule, value]) => ({ labels: { schedule }, value })),
      },
    ],
  };
}

function increase(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
