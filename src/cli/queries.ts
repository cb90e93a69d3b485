// `tocsin queries`: the queries of the workspace, what one of them finds, and the clock's work made up for over the past.

import { Option } from 'commander';
import type { Schedule, Window } from '../core/schedule.ts';
import { isScheduled, type SavedQuery } from '../detect/query/query.ts';
import { type CliCommand, exitCodes } from './command.ts';
import { parseCount, parseSince, unitMs } from './format.ts';
import { renderTable, type TableColumn, toJson } from './output.ts';
import { tellProblems } from './problems.ts';
import { backfill } from './queries-backfill.ts';
import { readAll } from './queries-read.ts';
import { checkWindow, runQuery, type RunOptions, scheduledWindow } from './queries-run.ts';

export const command: CliCommand = {
  name: 'queries',
  description: 'saved and scheduled queries: list them, see what one finds, run one over the past',
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
      .description('the rows of a query, what they cost, and the alerts that a scheduled one would raise')
      .argument('<name>', 'as `queries list` shows it')
      .addOption(new Option('--from <time>', 'begin of the window: 15m (ago), 7d, or a date').argParser(parseTime))
      .addOption(
        new Option('--to <time>', 'its end, also `now`; default: the last time of the schedule').argParser(parseTime),
      )
      .option('-n, --limit <rows>', 'rows at most', parseCount, 1000)
      .addOption(
        new Option('--alert', 'of a scheduled query: instead of showing it run it for good, as `backfill` does'),
      )
      .addOption(new Option('--dry-run', 'keep nothing and tell nobody: the default').conflicts('alert'))
      .addHelpText(
        'after',
        `
Examples:
  tocsin queries run logins-by-country --from 7d
  tocsin queries run Custom.PortScan --from '2026-01-31 09:00' --to '2026-01-31 09:05'`,
      )
      .action(
        act(async (cli, name: string, { alert, ...options }: RunOptions & { readonly alert?: boolean }) => {
          if (alert === true) return backfill(cli, name, await scheduledWindow(cli, name, options));
          await runQuery(cli, name, options);
          return exitCodes.ok;
        }),
      );

    self
      .command('backfill')
      .description('run a scheduled query, or a correlation of the clock, over the past; without --from over its gaps')
      .argument('<name>', 'as `queries list` shows it, or the id of the correlation')
      .addOption(
        new Option('--from <time>', 'of records received since: 15m (ago), 7d, or a date').argParser(parseTime),
      )
      .addOption(new Option('--to <time>', 'and before, with --from; default: now').argParser(parseTime))
      .addHelpText(
        'after',
        `
Runs every whole window of the schedule that lies in between, up to where the
schedule has come by itself. Signals and alerts that are there already are not
made again. While tocsin runs it does the work, otherwise this command does;
what is due in the meantime runs, too.

Examples:
  tocsin queries backfill Custom.PortScan
  tocsin queries backfill Custom.PortScan --from 7d --to '2026-01-31 09:00'`,
      )
      .action(
        act(async (cli, name: string, { from, to = Date.now() }: Partial<Window>) => {
          if (from === undefined) return backfill(cli, name);
          checkWindow({ from, to });
          return backfill(cli, name, { from, to });
        }),
      );
  },
};

function parseTime(text: string): number {
  return text === 'now' ? Date.now() : parseSince(text);
}

function timesText({ everyMs, cron, timezone }: Schedule): string {
  return everyMs === undefined ? `${cron ?? ''} ${timezone}` : `every ${spanText(everyMs)}`;
}

/** As documents write it: `90s`, `5m`, `1d`. */
function spanText(ms: number): string {
  const unit = (['d', 'h', 'm'] as const).find((each) => ms % (unitMs[each] ?? ms) === 0) ?? 's';
  return `${ms / (unitMs[unit] ?? 1)}${unit}`;
}

function aboutText(query: SavedQuery): string {
  const [first = ''] = query.description.split('\n');
  return first === '' && isScheduled(query) ? (query.signals?.detection.displayName ?? '') : first;
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
  { title: 'DESCRIPTION', value: aboutText, flexible: true },
  { title: 'FILE', value: ({ file }) => file },
];
