// `tocsin doctor`: what tocsin needs, whether it is there, and what to do where it is not.

import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { type Check, type CheckState, runChecks } from './doctor-check.ts';
import { toJson } from './output.ts';
import type { Style } from './terminal.ts';
import { pad, printable } from './width.ts';

const stateStyles: Readonly<Record<CheckState, Style>> = { ok: 'green', warn: 'yellow', fail: 'red' };

export const command: CliCommand = {
  name: 'doctor',
  description: 'check this machine, the configuration and the content',
  define(self, act) {
    self.action(
      act(async (cli) => {
        const checks: Check[] = [];
        for await (const check of runChecks(cli)) {
          checks.push(check);
          if (!cli.json) await cli.stdout.line(checkLines(check, cli));
        }
        if (cli.json) await cli.stdout.line(toJson(checks, 2));
        return checks.some((check) => check.state === 'fail') ? exitCodes.failures : exitCodes.ok;
      }),
    );
  },
};

function checkLines({ name, state, message, hint }: Check, cli: Cli): string {
  const { paint } = cli.stdout;
  const first = `${paint(stateStyles[state], pad(state, 4))}  ${pad(name, 12)}  ${printable(message)}`;
  if (hint === undefined) return first;
  const indent = ' '.repeat(20);
  return [first, ...hint.split('\n').map((line) => indent + paint('dim', printable(line)))].join('\n');
}
