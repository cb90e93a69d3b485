// `tocsin queries`: the queries of the workspace, and what one of them finds. It changes nothing: what is scheduled runs
// in the running program.

import { Option } from 'commander';
import { closest } from '../core/closest.ts';
import type { SignalGroup } from '../core/detection.ts';
import type { QueryResult } from '../core/event-store.ts';
import { UserError } from '../core/problem.ts';
import type { Schedule, Window } from '../core/schedule.ts';
import { createTicks } from '../core/ticks.ts';
import { bind, isScheduled, type SavedQuery, type ScheduledQuery } from '../detect/query/query.ts';
import type { Queries } from '../schedule/read-queries.ts';
import { type Backend, withBackend } from './backend.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { formatBytes, formatDuration, formatTime, parseCount, parseSince, plural } from './format.ts';
import { renderTable, type TableColumn, toJson } from './output.ts';
import { tellProblems } from './problems.ts';
import { printable } from './width.ts';

interface RunOptions {
  readonly from?: number;
  readonly to?: number;
  readonly dryRun?: boolean;
  readonly limit: number;
}

/** Of a saved query that asks for a window and is given none. */
const defaultWindowMs = 60 * 60 * 1000;

export const command: CliCommand = {
  name: 'queries',
  description: 'saved and scheduled queries: list them, or see what one finds',
  define(self, act) {
    self
      .command('list', { isDefault: true })
      .description('the queries of the workspace')
      .action(
        act(async (cli) => {
          const read = await readAll(cli);
          await read.close();
          await tellProblems(cli, [...read.problems, ...read.warnings]);
          const queries = [...read.queries.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
          await cli.stdout.write(
            cli.json ? `${toJson(queries.map(listed), 2)}\n` : renderTable(queries, listColumns, cli.stdout),
          );
          return read.problems.length === 0 ? exitCodes.ok : exitCodes.failures;
        }),
      );

    self
      .command('run')
      .description('the rows of a query, and the alerts that a scheduled one would raise')
      .argument('<name>', 'as `queries list` shows it')
      .addOption(new Option('--from <time>', 'begin of the window: 15m (ago), 7d, or a date').argParser(parseTime))
      .addOption(
        new Option('--to <time>', 'its end; default: the last time of the schedule, or now').argParser(parseTime),
      )
      .option('--dry-run', 'needed for a scheduled query: nothing is kept, nobody is told')
      .option('-n, --limit <rows>', 'rows at most', parseCount, 1000)
      .addHelpText(
        'after',
        `
Examples:
  tocsin queries run logins-by-country --from 7d
  tocsin queries run Custom.PortScan --dry-run --from 2026-01-31T09:00:00Z --to 2026-01-31T09:00:10Z`,
      )
      .action(
        act(async (cli, name: string, options: RunOptions) => {
          const read = await readAll(cli);
          try {
            const query = byName(read, name);
            if (isScheduled(query) && options.dryRun !== true) {
              throw new UserError(
                `${name} is a scheduled query, which the running program runs; --dry-run shows what it finds, and POST /api/v1/schedules/${encodeURIComponent(name)}/backfill runs it over the past`,
                { exitCode: exitCodes.usage },
              );
            }
            await withBackend(cli, (backend) => show(cli, backend, query, options));
            return exitCodes.ok;
          } finally {
            await read.close();
          }
        }),
      );
  },
};

/** Loaded when it is needed: `tocsin --help` is to be fast. */
async function readAll({ workspace, env }: Cli): Promise<Queries> {
  const { loadConfig } = await import('../config.ts');
  const { readWorkspace } = await import('../content.ts');
  const { readQueries } = await import('../schedule/read-queries.ts');
  const { config } = await loadConfig(workspace, { env });
  return readQueries(workspace, (await readWorkspace(workspace, config.packs)).queries);
}

function parseTime(text: string): number {
  return parseSince(text);
}

function byName({ queries, problems }: Queries, name: string): SavedQuery | ScheduledQuery {
  const found = queries.get(name);
  if (found !== undefined) return found;
  const names = [...queries.keys()];
  const near = closest(name, names);
  const broken =
    problems.length === 0 ? '' : `; ${plural(problems.length, 'problem')} in the others: tocsin queries list`;
  const hint = near === undefined ? `there are: ${names.toSorted().join(', ') || 'none'}` : `did you mean ${near}?`;
  throw new UserError(`there is no query ${name}; ${hint}${broken}`, { exitCode: exitCodes.usage });
}

async function show(
  cli: Cli,
  backend: Backend,
  query: SavedQuery | ScheduledQuery,
  options: RunOptions,
): Promise<void> {
  const window = windowOf(query, options);
  if (!isScheduled(query)) {
    const result = await backend.events.query(query.sql, bind(query, window), { maxRows: options.limit });
    await showRows(cli, result);
    return;
  }
  const { previewQuery } = await import('../schedule/query-run.ts');
  const detection = query.signals?.detection;
  const { result, groups, overflow, note } = await previewQuery(query, window, {
    events: backend.events,
    detections: new Map(detection && [[detection.id, detection]]),
    limits: { maxRows: options.limit },
  });
  if (cli.json) {
    await cli.stdout.write(
      `${toJson({ window: shownWindow(window), ...result, alerts: groups.map(wouldBe), overflow, note }, 2)}\n`,
    );
    return;
  }
  await showRows(cli, result);
  const raised = detection?.createAlert === true ? groups : [];
  await cli.stderr.line(
    printable(`from ${formatTime(window.from)} to ${formatTime(window.to)}: ${tellAlerts(query, raised)}`),
  );
  if (raised.length > 0) await cli.stderr.write(renderTable(raised, alertColumns, cli.stderr));
  if (note !== undefined) await cli.stderr.line(printable(note));
  if (overflow !== undefined) await cli.stderr.line(cli.stderr.paint('yellow', printable(overflow)));
}

function tellAlerts({ signals }: ScheduledQuery, raised: readonly SignalGroup[]): string {
  if (signals === undefined) return 'its rows go to the rules that name it';
  return raised.length === 0 ? 'no alert' : `${plural(raised.length, 'alert')} that it would raise or count on`;
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
  const read = `${plural(result.rowsRead, 'row')}, ${formatBytes(result.bytesRead)} read`;
  const found = `${plural(result.rows.length, 'row')}${more} in ${formatDuration(result.elapsedMs)}; ${read}`;
  await cli.stderr.line(cli.stderr.paint('dim', found));
}

/** Of a scheduled query: its last whole window, unless told otherwise. */
function windowOf(query: SavedQuery, { from, to }: RunOptions): Window {
  const now = Date.now();
  if (from !== undefined && from >= (to ?? now)) {
    throw new UserError('--from must be before --to', { exitCode: exitCodes.usage });
  }
  if (!isScheduled(query)) return { from: from ?? (to ?? now) - defaultWindowMs, to: to ?? now };
  const ticks = createTicks(query.schedule);
  const end = to ?? ticks.floor(now - query.schedule.lagMs);
  return { from: from ?? ticks.floor(end - 1), to: end };
}

function shownWindow({ from, to }: Window): Readonly<Record<keyof Window, string>> {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function wouldBe({ dedup, count, isError, sample }: SignalGroup) {
  return { title: sample.title, dedup, severity: sample.severity, count, isError };
}

const alertColumns: readonly TableColumn<SignalGroup>[] = [
  { title: 'SEVERITY', value: ({ sample }) => sample.severity },
  { title: 'ROWS', value: ({ count }) => count, align: 'right' },
  { title: 'TITLE', value: ({ sample }) => sample.title, flexible: true },
  { title: 'DEDUP', value: ({ dedup }) => dedup },
];

function timesText({ everyMs, cron, timezone }: Schedule): string {
  return everyMs === undefined ? `${cron ?? ''} ${timezone}` : `every ${formatDuration(everyMs)}`;
}

function runsText(query: SavedQuery): string {
  if (!isScheduled(query)) return 'by hand';
  return query.enabled ? timesText(query.schedule) : 'disabled';
}

function listed(query: SavedQuery) {
  const { name, description, tags, file, sql } = query;
  return { name, file, description, tags, sql, schedule: isScheduled(query) ? query.schedule : null };
}

const listColumns: readonly TableColumn<SavedQuery>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'RUNS', value: runsText },
  { title: 'DESCRIPTION', value: ({ description }) => description.split('\n')[0], flexible: true },
  { title: 'FILE', value: ({ file }) => file },
];
