// What is counted of the line, per source and per detection: since the data folder began (read from the store at the
// start) and over the last seconds. In memory; the truth is ingest_stats and signals.

import type { Metric, SourceCounts } from './app-port.ts';
import type { Alert } from './core/alert.ts';
import type { Batch } from './core/batch.ts';
import type { Clock } from './core/clock.ts';
import type { SignalGroup } from './core/detection.ts';
import type { EventStore } from './core/event-store.ts';
import type { Tally } from './work.ts';

export interface Counters {
  count(batch: Batch, tallies: readonly Tally[], groups: readonly SignalGroup[], opened: readonly Alert[]): void;
  source(id: string): SourceCounts;
  detection(id: string): { readonly signals: number; readonly errors: number };
  metrics(): readonly Metric[];
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
      for (const { detection, isError, count } of groups) {
        const known = ofDetection(detection);
        if (isError) known.errors += count;
        else known.signals += count;
      }
      for (const alert of alerts) opened.set(alert.severity, (opened.get(alert.severity) ?? 0) + 1);
    },
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
    ],
  };
}
