// `tocsin keys`: API keys.

import { InvalidArgumentError } from 'commander';
import { scopes } from '../app-port.ts';
import type { ApiKey } from '../core/api-key.ts';
import { UserError } from '../core/problem.ts';
import { withBackend } from './backend.ts';
import { type CliCommand, exitCodes } from './command.ts';
import { formatTime } from './format.ts';
import { renderTable, type TableColumn, toJson } from './output.ts';
import { printable } from './width.ts';

export const command: CliCommand = {
  name: 'keys',
  description: 'create, list and revoke API keys',
  define(self, act) {
    self
      .command('create')
      .description('make a key and print it, this once')
      .argument('<name>', 'who or what it is for')
      .option('--scope <scopes>', `${scopes.join(', ')}; several with commas`, parseScopes, ['read'])
      .action(
        act(async (cli, name: string, options: { readonly scope: readonly string[] }) => {
          const made = await withBackend(cli, (backend) => backend.keys.create(name, options.scope));
          await cli.stdout.line(cli.json ? toJson(made, 2) : made.key);
          if (!cli.quiet) {
            const what = `${made.apiKey.id} may ${made.apiKey.scopes.join(', ')}; it is not shown again`;
            await cli.stderr.line(printable(`key ${what}`));
          }
          return exitCodes.ok;
        }),
      );

    self
      .command('list', { isDefault: true })
      .description('keys, without their secrets')
      .action(
        act(async (cli) => {
          const keys = await withBackend(cli, (backend) => backend.keys.list());
          await cli.stdout.write(cli.json ? `${toJson(keys, 2)}\n` : renderTable(keys, columns, cli.stdout));
          return exitCodes.ok;
        }),
      );

    self
      .command('revoke')
      .description('the key is refused from now on')
      .argument('<id>', 'as `keys list` shows it')
      .action(
        act(async (cli, id: string) => {
          const revoked = await withBackend(cli, (backend) => backend.keys.revoke(id));
          if (!revoked) throw new UserError(`there is no key ${id}`);
          if (!cli.quiet) await cli.stderr.line(printable(`key ${id} is revoked`));
          return exitCodes.ok;
        }),
      );
  },
};

const columns: readonly TableColumn<ApiKey>[] = [
  { title: 'ID', value: (key) => key.id },
  { title: 'NAME', value: (key) => key.name, flexible: true },
  { title: 'SCOPES', value: (key) => key.scopes.join(',') },
  { title: 'CREATED (UTC)', value: (key) => formatTime(key.created) },
  { title: 'LAST USED', value: (key) => formatTime(key.lastUsed) },
];

function parseScopes(text: string): string[] {
  const wanted = text.split(',').map((part) => part.trim());
  if (wanted.some((scope) => !scopes.some((known) => known === scope)))
    throw new InvalidArgumentError(`expected ${scopes.join(', ')}.`);
  return wanted;
}
