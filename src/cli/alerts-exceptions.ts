// `tocsin alerts exceptions`: what is left out of alerts, with an owner, a reason and an end.

import { type Command, InvalidArgumentError } from 'commander';
import { exceptionState, type ExceptionState, readConditions } from '../alert/exception.ts';
import type { Exception } from '../core/exception.ts';
import { UserError } from '../core/problem.ts';
import { callerName, parseUntil } from './alerts-until.ts';
import { withBackend } from './backend.ts';
import { type Act, type Cli, exitCodes } from './command.ts';
import { formatCount, formatTime } from './format.ts';
import { renderTable, type TableColumn, toJson } from './output.ts';
import type { Style } from './terminal.ts';

type Pair = readonly [field: string, value: string];

interface AddOptions {
  readonly when: readonly Pair[];
  readonly owner?: string;
  readonly reason: string;
  readonly until: number;
}

export function defineExceptions(self: Command, act: Act): void {
  self
    .command('list', { isDefault: true })
    .description('exceptions, the one that ends first in front')
    .action(act(list));

  self
    .command('add')
    .description('leave out signals until a time')
    .argument('<detection>', "its id, or '*' for all")
    .requiredOption(
      '--when <field=value>',
      'a field with a value it has; again for other fields, and for other values of a field',
      pairOption,
    )
    .requiredOption('--reason <text>', 'why, for others')
    .requiredOption('--until <time>', '3d, a day or a time such as 2026-12-01T08:00Z', (text) => parseUntil(text))
    .option('--owner <name>', 'who answers for it; you where absent')
    .addHelpText(
      'after',
      `
Fields are the event's own, their common names, or what the rule put into the
context. Values may have * and ?; a field may end in |cidr, |contains,
|startswith or |endswith.

Example:
  tocsin alerts exceptions add Net.PortScan --until 2026-12-31 \\
    --when 'src_ip|cidr=10.9.0.0/24' --reason 'our own scanners'`,
    )
    .action(act(add));

  self.command('remove').description('end exceptions and forget them').argument('<id...>', 'ids').action(act(remove));
}

async function list(cli: Cli): Promise<number> {
  const exceptions = await withBackend(cli, (backend) => backend.alerts.exceptions.list());
  const now = Date.now();
  const rows = exceptions.map((exception) => ({ ...exception, state: exceptionState(exception, now) }));
  await cli.stdout.write(cli.json ? `${toJson(rows, 2)}\n` : renderTable(rows, columns, cli.stdout));
  return exitCodes.ok;
}

async function add(cli: Cli, detection: string, { when, owner, reason, until }: AddOptions): Promise<number> {
  const conditions = conditionsOf(when);
  const read = readConditions(conditions);
  if ('problem' in read) throw new UserError(`--when ${read.problem}`, { exitCode: exitCodes.usage });
  const given = { detection, when: conditions, owner: owner ?? callerName(cli), reason, until };
  const added = await withBackend(cli, (backend) => backend.alerts.exceptions.add(given));
  if (cli.json) await cli.stdout.write(`${toJson(added, 2)}\n`);
  else {
    await cli.stdout.line(added.id);
    if (!cli.quiet) await cli.stderr.line(`left out until ${formatTime(added.until)} UTC`);
  }
  return exitCodes.ok;
}

async function remove(cli: Cli, ids: readonly string[]): Promise<number> {
  const unknown = await withBackend(cli, async ({ alerts }) => {
    const missing: string[] = [];
    for (const id of ids) if (!(await alerts.exceptions.remove(id))) missing.push(id);
    return missing;
  });
  if (unknown.length > 0) throw new UserError(`there is no exception ${unknown.join(', ')}`);
  return exitCodes.ok;
}

function pairOption(text: string, before: readonly Pair[] = []): readonly Pair[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('expected field=value.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

function conditionsOf(pairs: readonly Pair[]): Exception['when'] {
  const byField = Map.groupBy(pairs, ([field]) => field);
  return Object.fromEntries([...byField].map(([field, each]) => [field, each.map(([, value]) => value)]));
}

const stateStyles: Readonly<Record<ExceptionState, Style>> = { active: 'green', ending: 'yellow', ended: 'red' };

const columns: readonly TableColumn<Exception & { readonly state: ExceptionState }>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => stateStyles[state] },
  {
    title: 'UNTIL (UTC)',
    value: ({ until }) => new Date(until).toISOString(),
    shown: ({ until }) => formatTime(until).slice(0, 16),
  },
  {
    title: 'SILENCED',
    value: ({ silenced }) => silenced,
    shown: ({ silenced }) => formatCount(silenced),
    align: 'right',
  },
  { title: 'DETECTION', value: ({ detection }) => detection, flexible: true },
  { title: 'WHEN', value: ({ when }) => toJson(when), flexible: true },
  { title: 'OWNER', value: ({ owner }) => owner },
  { title: 'REASON', value: ({ reason }) => reason, flexible: true },
];
