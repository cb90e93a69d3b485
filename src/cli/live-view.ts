// The live table as lines: pure, so that it can be looked at without a terminal.

import type { SourceStatus } from '../app-port.ts';
import type { Alert } from '../core/alert.ts';
import { type Severity, severities } from '../core/severity.ts';
import { formatCount, formatDuration } from './format.ts';
import { renderTable, type TableColumn } from './output.ts';
import { severityStyles, type Style, type Terminal } from './terminal.ts';
import { displayWidth, pad, printable, truncate } from './width.ts';

export interface LiveView {
  readonly title: string;
  readonly address: string;
  readonly elapsedMs: number;
  readonly sources: readonly SourceStatus[];
  /** Newest first. */
  readonly alerts: readonly Alert[];
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly open: number;
  /** The last warning, or ''. */
  readonly notice: string;
}

const stateStyles: Readonly<Record<SourceStatus['state'], Style>> = {
  starting: 'dim',
  healthy: 'green',
  idle: 'dim',
  failing: 'red',
  done: 'dim',
};

/** At most as many lines as the terminal has, less one for the cursor. */
export function liveLines(view: LiveView, terminal: Pick<Terminal, 'columns' | 'rows' | 'paint'>): readonly string[] {
  const columns = terminal.columns();
  const { paint } = terminal;
  const left = `${view.title}  ${view.address}`;
  const right = `${formatDuration(Math.floor(view.elapsedMs / 1000) * 1000)}  q quits`;
  const room = columns - displayWidth(right) - 2;
  const shownLeft = truncate(printable(left), room);
  const table = renderTable([...view.sources, totals(view.sources)], sourceColumns, { ...terminal, isTTY: true });
  const top = [
    `${paint('bold', pad(shownLeft, room))}  ${paint('dim', right)}`,
    '',
    ...table.trimEnd().split('\n'),
    ...view.sources
      .filter((source) => source.state === 'failing')
      .map((source) => paint('red', truncate(printable(`${source.id}: ${source.message}`), columns))),
    ...(view.notice === '' ? [] : [paint('yellow', truncate(printable(view.notice), columns))]),
    '',
    alertCounts(view, terminal),
  ];
  return [...top, ...view.alerts.map((alert) => alertLine(alert, terminal))].slice(0, Math.max(1, terminal.rows() - 1));
}

type Total = Pick<SourceStatus, 'id' | 'events' | 'dropped' | 'deadLetters' | 'rate'> & Partial<SourceStatus>;

function totals(sources: readonly SourceStatus[]): Total {
  const sum = (value: (source: SourceStatus) => number) => sources.reduce((total, source) => total + value(source), 0);
  return {
    id: 'all',
    events: sum((source) => source.events),
    dropped: sum((source) => source.dropped),
    deadLetters: sum((source) => source.deadLetters),
    rate: sum((source) => source.rate),
  };
}

const number = (title: string, value: (row: Total) => number, style?: (row: Total) => Style | undefined) =>
  ({
    title: pad(title, 10, 'right'),
    value,
    shown: (row) => formatCount(value(row)),
    align: 'right',
    style: (row) => (value(row) === 0 ? 'dim' : style?.(row)),
  }) satisfies TableColumn<Total>;

const sourceColumns: readonly TableColumn<Total>[] = [
  { title: 'SOURCE', value: (row) => row.id, flexible: true, style: () => 'bold' },
  {
    title: 'STATE   ',
    value: (row) => row.state ?? '',
    style: (row) => (row.state === undefined ? undefined : stateStyles[row.state]),
  },
  number('EVENTS/S', (row) => row.rate),
  number('EVENTS', (row) => row.events),
  number('DROPPED', (row) => row.dropped),
  number(
    'DEAD',
    (row) => row.deadLetters,
    () => 'yellow',
  ),
];

function alertCounts(view: LiveView, { paint }: Pick<Terminal, 'paint'>): string {
  const counts = severities
    .toReversed()
    .filter((severity) => view.bySeverity[severity] > 0)
    .map((severity) => paint(severityStyles[severity], `${formatCount(view.bySeverity[severity])} ${severity}`));
  const open = `ALERTS  ${formatCount(view.open)} open`;
  return counts.length === 0 ? paint('dim', `${open}: none so far`) : `${open}: ${counts.join('  ')}`;
}

function alertLine(alert: Alert, terminal: Pick<Terminal, 'columns' | 'paint'>): string {
  const time = new Date(alert.created).toISOString().slice(11, 19);
  const count = alert.count > 1 ? `  x${formatCount(alert.count)}` : '';
  const room = terminal.columns() - time.length - 2 - 8 - 2 - displayWidth(count);
  const severity = terminal.paint(severityStyles[alert.severity], pad(alert.severity, 8));
  return `${terminal.paint('dim', time)}  ${severity}  ${truncate(printable(alert.title), room)}${terminal.paint('dim', count)}`;
}
