// `tocsin queries run`: what a query finds, what that costs, and which alerts a scheduled one would raise. It keeps nothing.

import type { Detection, SignalGroup } from '../core/detection.ts';
import type { QueryResult } from '../core/event-store.ts';
import { UserError } from '../core/problem.ts';
import type { Window } from '../core/schedule.ts';
import { askedWindow } from '../core/ticks.ts';
import { bind, isScheduled, type SavedQuery, type ScheduledQuery } from '../detect/query/query.ts';
import { type Backend, withBackend } from './backend.ts';
import { type Cli, exitCodes } from './command.ts';
import { formatBytes, formatDuration, formatTime, plural } from './format.ts';
import { renderTable, type TableColumn, toJson } from './output.ts';
import { byName, type ReadQueries, readAll, type RowJudge } from './queries-read.ts';
import { printable } from './width.ts';

export interface RunOptions extends Partial<Window> {
  readonly limit: number;
}

/** Of a saved query that asks for a window and is given none. */
const defaultWindowMs = 60 * 60 * 1000;

export async function runQuery(cli: Cli, name: string, options: RunOptions): Promise<void> {
  const read = await readAll(cli);
  try {
    const query = byName(read, name);
    const window = windowOf(query, options);
    await withBackend(cli, (backend) =>
      isScheduled(query)
        ? showScheduled(cli, backend, read, query, window, options.limit)
        : showSaved(cli, backend, query, window, options.limit),
    );
  } finally {
    await read.close();
  }
}

/** Over which `runQuery` would look at a scheduled query. */
export async function scheduledWindow(cli: Cli, name: string, options: Partial<Window>): Promise<Window> {
  const read = await readAll(cli);
  await read.close();
  const query = byName(read, name);
  if (isScheduled(query)) return windowOf(query, options);
  throw new UserError(`${name} is a saved query: it raises no alerts`, { exitCode: exitCodes.usage });
}

/** Of a scheduled query: its last whole window, unless told otherwise. */
function windowOf(query: SavedQuery, { from, to }: Partial<Window>): Window {
  const now = Date.now();
  const window = isScheduled(query)
    ? askedWindow(query.schedule, { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, now)
    : { from: from ?? (to ?? now) - defaultWindowMs, to: to ?? now };
  checkWindow(window);
  return window;
}

export function checkWindow({ from, to }: Window): void {
  if (from >= to) throw new UserError('--from must be before --to', { exitCode: exitCodes.usage });
}

async function showSaved(cli: Cli, { events }: Backend, query: SavedQuery, window: Window, maxRows: number) {
  await showRows(cli, await events.query(query.sql, bind(query, window), { maxRows }));
}

async function showScheduled(
  cli: Cli,
  { events }: Backend,
  read: ReadQueries,
  query: ScheduledQuery,
  window: Window,
  maxRows: number,
): Promise<void> {
  const { lookAtQuery } = await import('../schedule/query-look.ts');
  const { missingTable } = await import('../schedule/query-run.ts');
  const rules = await read.judgeOf(query);
  const detections = [...(query.signals === undefined ? [] : [query.signals.detection]), ...(rules?.detections ?? [])];
  try {
    const look = lookAtQuery(query, { ...window, maxRows }, Date.now(), {
      events,
      detections: new Map(detections.map((detection) => [detection.id, detection])),
      ...(rules !== undefined && { judge: (asked, rows) => rules.judge(asked, rows) }),
    });
    const { result, groups, overflow, note } = await look.catch((error: unknown) => {
      throw new UserError(`${query.name} is ${missingTable(error)}, or none ran yet`, { cause: error });
    });
    const alerts = groups.filter(({ detection, isError }) => isError || createsAlert(detections, detection));
    if (cli.json) {
      const told = { window: shownWindow(window), ...result, alerts: alerts.map(wouldBe), overflow, note };
      await cli.stdout.write(`${toJson(told, 2)}\n`);
      return;
    }
    await showRows(cli, result);
    await cli.stderr.line(
      printable(`from ${formatTime(window.from)} to ${formatTime(window.to)}: ${tellAlerts(query, rules, alerts)}`),
    );
    if (alerts.length > 0) await cli.stderr.write(renderTable(alerts, alertColumns, cli.stderr));
    if (note !== undefined) await cli.stderr.line(printable(note));
    if (overflow !== undefined) await cli.stderr.line(cli.stderr.paint('yellow', printable(overflow)));
  } finally {
    rules?.close();
  }
}

function createsAlert(detections: readonly Detection[], wanted: string): boolean {
  return detections.find(({ id }) => id === wanted)?.createAlert === true;
}

function tellAlerts({ signals }: ScheduledQuery, rules: RowJudge | undefined, alerts: readonly SignalGroup[]): string {
  if (signals === undefined && rules === undefined) return 'no rule takes its rows';
  return alerts.length === 0 ? 'no alert' : `${plural(alerts.length, 'alert')} that it would raise or count on`;
}

async function showRows(cli: Cli, result: QueryResult): Promise<void> {
  const columns = result.columns.map(
    ({ name, type }): TableColumn<QueryResult['rows'][number]> => ({
      title: name,
      value: (row) => row[name],
      align: /^(?:Nullable\()?(?:U?Int|Float|Decimal)/.test(type) ? 'right' : 'left',
    }),
  );
  await cli.stdout.write(cli.json ? `${toJson(result.rows, 2)}\n` : renderTable(result.rows, columns, cli.stdout));
  if (cli.quiet) return;
  const more = result.truncated ? ' (there are more: --limit)' : '';
  const cost = `${plural(result.rowsRead, 'row')}, ${formatBytes(result.bytesRead)} read`;
  const found = `${plural(result.rows.length, 'row')}${more} in ${formatDuration(result.elapsedMs)}; ${cost}`;
  await cli.stderr.line(cli.stderr.paint('dim', found));
}

function shownWindow({ from, to }: Window): Readonly<Record<keyof Window, string>> {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function wouldBe({ detection, dedup, count, isError, sample }: SignalGroup) {
  return { detection, title: sample.title, dedup, severity: sample.severity, count, isError };
}

const alertColumns: readonly TableColumn<SignalGroup>[] = [
  { title: 'SEVERITY', value: ({ sample }) => sample.severity },
  { title: 'ROWS', value: ({ count }) => count, align: 'right' },
  { title: 'TITLE', value: ({ sample }) => sample.title, flexible: true },
  { title: 'DEDUP', value: ({ dedup }) => dedup },
];
