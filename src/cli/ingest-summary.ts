// What became of the records of one ingest: events by log type, what was dropped and what no schema took, with reasons,
// and the alerts that opened.

import type { App } from '../app-port.ts';
import type { Alert } from '../core/alert.ts';
import { formatCount, plural } from './format.ts';
import { severityStyles, type Terminal } from './terminal.ts';
import { displayWidth, pad, printable, truncate } from './width.ts';

export interface IngestSummary {
  readonly events: readonly { readonly logType: string; readonly records: number }[];
  readonly dropped: readonly { readonly logType: string; readonly reason: string; readonly records: number }[];
  readonly deadLetters: readonly { readonly reason: string; readonly records: number }[];
  readonly signals: number;
  readonly alerts: readonly Pick<Alert, 'id' | 'severity' | 'title' | 'detection' | 'count'>[];
  readonly elapsedMs: number;
}

const maxAlerts = 200;

/** Of what the source gave since `started`, epoch ms; reading took `elapsedMs`. */
export async function readSummary(
  app: Pick<App, 'events' | 'alerts'>,
  source: string,
  started: number,
  elapsedMs: number,
): Promise<IngestSummary> {
  const parameters = { source, started };
  const { rows } = await app.events.query(
    `SELECT outcome, log_type, reason, toFloat64(sum(records)) AS total FROM ingest_stats
     WHERE source_id = {source:String} AND received >= fromUnixTimestamp64Milli({started:Int64})
     GROUP BY outcome, log_type, reason ORDER BY total DESC, log_type, reason`,
    parameters,
  );
  const signals = await app.events.query(
    `SELECT toFloat64(count()) AS total FROM signals
     WHERE source_id = {source:String} AND received >= fromUnixTimestamp64Milli({started:Int64})`,
    parameters,
  );
  const opened = await app.alerts.list({ createdAfter: started - 1 }, { limit: maxAlerts });
  const of = (outcome: string) =>
    rows
      .filter((row) => row['outcome'] === outcome)
      .map((row) => ({
        logType: String(row['log_type']),
        reason: String(row['reason']),
        records: Number(row['total']),
      }));
  return {
    events: of('event').map(({ logType, records }) => ({ logType, records })),
    dropped: of('dropped'),
    deadLetters: of('dead_letter').map(({ reason, records }) => ({ reason, records })),
    signals: Number(signals.rows[0]?.['total'] ?? 0),
    alerts: opened.alerts.map(({ id, severity, title, detection, count }) => ({
      id,
      severity,
      title,
      detection,
      count,
    })),
    elapsedMs,
  };
}

export function renderSummary(summary: IngestSummary, terminal: Pick<Terminal, 'isTTY' | 'columns' | 'paint'>): string {
  const { paint } = terminal;
  const events = sum(summary.events);
  const rate = formatCount(events / Math.max(summary.elapsedMs / 1000, 0.001));
  const width = (used: number) => (terminal.isTTY ? terminal.columns() - used : Number.MAX_SAFE_INTEGER);
  const line = (records: number, text: string) => {
    const count = pad(formatCount(records), 13, 'right');
    return `${count}  ${truncate(printable(text), width(displayWidth(count) + 2))}`;
  };
  return [
    `${paint('bold', plural(events, 'event'))} in ${(summary.elapsedMs / 1000).toFixed(1)} s (${rate}/s)`,
    ...summary.events.map(({ records, logType }) => line(records, logType)),
    ...section(
      plural(sum(summary.dropped), 'record dropped', 'records dropped'),
      summary.dropped.map(({ records, logType, reason }) => line(records, `${logType}: ${reason}`)),
    ),
    ...section(
      paint('yellow', plural(sum(summary.deadLetters), 'dead letter')),
      summary.deadLetters.map(({ records, reason }) => line(records, reason)),
    ),
    `${plural(summary.signals, 'signal')}, ${plural(summary.alerts.length, 'alert')} opened`,
    ...summary.alerts.map(({ severity, title, id, count }) => {
      const head = `${pad(severity, 8)}  ${id.slice(0, 8)}  `;
      const tail = count > 1 ? `  (${formatCount(count)} signals)` : '';
      const text = truncate(printable(title), width(displayWidth(head) + displayWidth(tail) + 2));
      return `  ${paint(severityStyles[severity], pad(severity, 8))}  ${id.slice(0, 8)}  ${text}${tail}`;
    }),
    '',
  ].join('\n');
}

function sum(rows: readonly { readonly records: number }[]): number {
  return rows.reduce((total, row) => total + row.records, 0);
}

function section(title: string, rows: readonly string[]): readonly string[] {
  return rows.length === 0 ? [] : [title, ...rows];
}
