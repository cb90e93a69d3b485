// `tocsin alerts`: the queue, one alert with its events, and its life: triage, resolve, close, reopen, assign, snooze.

import { type Command, InvalidArgumentError } from 'commander';
import { type Alert, type AlertStatus, alertStatuses } from '../core/alert.ts';
import type { AlertFilter } from '../core/alert-store.ts';
import { UserError } from '../core/problem.ts';
import { parseSeverity, severities, type Severity } from '../core/severity.ts';
import { renderAlert } from './alert-view.ts';
import { defineExceptions } from './alerts-exceptions.ts';
import { callerName, parseUntil } from './alerts-until.ts';
import { type Backend, withBackend } from './backend.ts';
import { type Act, type Cli, type CliCommand, exitCodes } from './command.ts';
import { formatCount, formatTime, parseCount, parseSince, plural } from './format.ts';
import { renderTable, type TableColumn, toJson } from './output.ts';
import { severityStyles } from './terminal.ts';

interface ListOptions {
  readonly status?: readonly AlertStatus[];
  readonly severity?: readonly Severity[];
  readonly detection?: string;
  readonly assignee?: string;
  readonly search?: string;
  readonly snoozed?: boolean;
  readonly since?: number;
  readonly limit: number;
}

const pageSize = 200;
/** How far back a shortened id is looked for. */
const maxSearched = 5000;
const idLength = 32;

export const command: CliCommand = {
  name: 'alerts',
  description: 'list, show and work alerts',
  define(self, act) {
    self
      .command('list', { isDefault: true })
      .description('alerts, newest first')
      .option('--status <status>', `${alertStatuses.join(', ')}; several with commas`, parseStatuses)
      .option('--severity <severity>', `${severities.join(', ')}; several with commas`, parseSeverities)
      .option('--detection <id>', 'of that rule')
      .option('--assignee <name>', 'of that person')
      .option('--search <text>', 'in title, dedup string or detection id')
      .option('--since <time>', 'opened since: 15m, 2h, 7d or a date', (text) => parseSince(text))
      .option('--snoozed', 'only those that are snoozed')
      .option('--no-snoozed', 'only those that are not snoozed')
      .option('-n, --limit <number>', 'alerts at most', parseCount, 50)
      .action(act(list));

    self
      .command('show')
      .description('one alert with its events')
      .argument('<id>', 'id, or its first letters')
      .option('-n, --limit <number>', 'events at most', parseCount, 10)
      .action(act(show));

    statusCommand(self, act, 'triage', 'TRIAGED', 'somebody looks at them');
    statusCommand(self, act, 'resolve', 'RESOLVED', 'they are dealt with');
    statusCommand(self, act, 'close', 'CLOSED', 'they were nothing');
    statusCommand(self, act, 'reopen', 'OPEN', 'they wait for somebody again');

    self
      .command('assign')
      .description('give an alert to somebody')
      .argument('<id>', 'id, or its first letters')
      .argument('<name>', "'' for nobody")
      .action(
        act((cli, id: string, assignee: string) =>
          update(cli, [id], { assignee }, assignee === '' ? 'assigned to nobody' : `assigned to ${assignee}`),
        ),
      );

    self
      .command('snooze')
      .description("nobody is told of alerts' detections and dedup strings for a while; they are counted")
      .argument('<id...>', 'ids, or their first letters')
      .requiredOption('--until <time>', '2h, 3d, a day or a time such as 2026-12-01T08:00Z', (text) => parseUntil(text))
      .option('--reason <text>', 'why, for others', '')
      .action(
        act((cli, ids: readonly string[], { until, reason }: { readonly until: number; readonly reason: string }) =>
          snooze(cli, ids, { until, reason }, `snoozed until ${formatTime(until)} UTC`),
        ),
      );

    self
      .command('wake')
      .description('end the snooze of alerts')
      .argument('<id...>', 'ids, or their first letters')
      .action(act((cli, ids: readonly string[]) => snooze(cli, ids, { until: 0, reason: '' }, 'awake')));

    defineExceptions(self.command('exceptions').description('what is left out of alerts, and until when'), act);
  },
};

function statusCommand(self: Command, act: Act, verb: string, status: AlertStatus, meaning: string): void {
  self
    .command(verb)
    .description(`set alerts ${status}: ${meaning}`)
    .argument('<id...>', 'ids, or their first letters')
    .action(act((cli, ids: readonly string[]) => update(cli, ids, { status }, status)));
}

async function list(cli: Cli, options: ListOptions): Promise<number> {
  const filter: AlertFilter = {
    ...(options.status && { status: options.status }),
    ...(options.severity && { severity: options.severity }),
    ...(options.detection !== undefined && { detection: options.detection }),
    ...(options.assignee !== undefined && { assignee: options.assignee }),
    ...(options.search !== undefined && { text: options.search }),
    ...(options.since !== undefined && { createdAfter: options.since }),
    ...(options.snoozed !== undefined && { snoozed: options.snoozed }),
  };
  const { alerts, more } = await withBackend(cli, (backend) => pages(backend, filter, options.limit));
  // On a narrow terminal the title needs the room.
  const isNarrow = cli.stdout.isTTY && cli.stdout.columns() < 110;
  const shown = columns.filter(
    ({ title }) =>
      !(isNarrow && title === 'DETECTION') &&
      !(cli.stdout.isTTY && title === snoozedTitle && alerts.every(({ snooze: snoozed }) => snoozed === undefined)),
  );
  await cli.stdout.write(cli.json ? `${toJson(alerts, 2)}\n` : renderTable(alerts, shown, cli.stdout));
  if (more && !cli.quiet) await cli.stderr.line(`the newest ${plural(alerts.length, 'alert')}; more with --limit`);
  return exitCodes.ok;
}

async function show(cli: Cli, id: string, options: { readonly limit: number }): Promise<number> {
  const { alert, changes, events } = await withBackend(cli, async (backend) => {
    const found = await findAlert(backend, id);
    const known = await backend.alertEvents(found.id, options.limit);
    return { alert: found, changes: await backend.alerts.changes(found.id), events: known ?? [] };
  });
  await cli.stdout.write(
    cli.json ? `${toJson({ ...alert, changes, events }, 2)}\n` : renderAlert(alert, { changes, events }, cli.stdout),
  );
  return exitCodes.ok;
}

async function update(
  cli: Cli,
  ids: readonly string[],
  change: { readonly status?: AlertStatus; readonly assignee?: string },
  told: string,
): Promise<number> {
  const by = callerName(cli);
  return changeAlerts(cli, ids, told, (backend, id) => backend.alerts.update(id, { ...change, by }));
}

async function snooze(
  cli: Cli,
  ids: readonly string[],
  wanted: { readonly until: number; readonly reason: string },
  told: string,
): Promise<number> {
  const by = callerName(cli);
  return changeAlerts(cli, ids, told, (backend, id) => backend.alerts.snooze(id, { ...wanted, by }));
}

async function changeAlerts(
  cli: Cli,
  ids: readonly string[],
  told: string,
  change: (backend: Backend, id: string) => Promise<Alert | undefined>,
): Promise<number> {
  const changed = await withBackend(cli, async (backend) => {
    const alerts: Alert[] = [];
    // All are found before the first one is changed: a wrong id changes nothing.
    for (const id of ids) alerts.push(await findAlert(backend, id));
    const after: Alert[] = [];
    for (const { id } of alerts) {
      const alert = await change(backend, id);
      if (alert !== undefined) after.push(alert);
    }
    return after;
  });
  if (cli.json) await cli.stdout.write(`${toJson(changed, 2)}\n`);
  else if (!cli.quiet) {
    const lines = changed.map((alert) => ({ alert, told }));
    const rowColumns: readonly TableColumn<(typeof lines)[number]>[] = [
      { title: 'ID', value: (row) => row.alert.id, shown: (row) => shortId(row.alert.id) },
      { title: 'NOW', value: (row) => row.told },
      { title: 'TITLE', value: (row) => row.alert.title, flexible: true },
    ];
    await cli.stderr.write(renderTable(lines, rowColumns, cli.stderr));
  }
  return exitCodes.ok;
}

const snoozedTitle = 'SNOOZED UNTIL (UTC)';

const columns: readonly TableColumn<Alert>[] = [
  { title: 'ID', value: (alert) => alert.id, shown: (alert) => shortId(alert.id) },
  { title: 'SEVERITY', value: (alert) => alert.severity, style: (alert) => severityStyles[alert.severity] },
  { title: 'STATUS', value: (alert) => alert.status },
  {
    title: 'LAST (UTC)',
    value: (alert) => new Date(alert.last).toISOString(),
    shown: (alert) => formatTime(alert.last).slice(5, 16),
  },
  { title: 'COUNT', value: (alert) => alert.count, shown: (alert) => formatCount(alert.count), align: 'right' },
  { title: 'TITLE', value: (alert) => alert.title, flexible: true },
  { title: 'DETECTION', value: (alert) => alert.detection, flexible: true },
  {
    title: snoozedTitle,
    value: (alert) => (alert.snooze === undefined ? '' : new Date(alert.snooze.until).toISOString()),
    shown: (alert) => formatTime(alert.snooze?.until).slice(5, 16),
  },
];

function shortId(id: string): string {
  return id.slice(0, 8);
}

async function pages(
  backend: Backend,
  filter: AlertFilter,
  limit: number,
): Promise<{ readonly alerts: readonly Alert[]; readonly more: boolean }> {
  const alerts: Alert[] = [];
  let cursor: string | undefined;
  do {
    const wanted = Math.min(pageSize, limit - alerts.length);
    const page = await backend.alerts.list(filter, { limit: wanted, ...(cursor !== undefined && { cursor }) });
    alerts.push(...page.alerts);
    cursor = page.next;
  } while (cursor !== undefined && alerts.length < limit);
  return { alerts, more: cursor !== undefined };
}

/** By id or by its first letters, if they are one alert's. */
async function findAlert(backend: Backend, id: string): Promise<Alert> {
  if (id.length >= idLength) {
    const alert = await backend.alerts.get(id);
    if (alert === undefined) throw new UserError(`there is no alert ${id}`);
    return alert;
  }
  if (!/^[0-9a-f]{4,}$/i.test(id)) {
    throw new UserError(`${id} is no alert id: expected at least 4 of its letters (0-9, a-f)`, {
      exitCode: exitCodes.usage,
    });
  }
  const { alerts } = await pages(backend, {}, maxSearched);
  const fits = alerts.filter((alert) => alert.id.startsWith(id.toLowerCase()));
  const [only] = fits;
  if (only === undefined) throw new UserError(`there is no alert whose id begins with ${id}`);
  if (fits.length > 1) throw new UserError(`${fits.length} alerts begin with ${id}; give more of the id`);
  return only;
}

function parseStatuses(text: string): AlertStatus[] {
  return text.split(',').map((part) => {
    const known = alertStatuses.find((status) => status === part.trim().toUpperCase());
    if (known === undefined) throw new InvalidArgumentError(`expected ${alertStatuses.join(', ')}.`);
    return known;
  });
}

function parseSeverities(text: string): Severity[] {
  return text.split(',').map((part) => {
    const known = parseSeverity(part.trim());
    if (known === undefined) throw new InvalidArgumentError(`expected ${severities.join(', ')}.`);
    return known;
  });
}
