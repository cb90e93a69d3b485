// `tocsin run`: everything that tocsin.yml says, until Ctrl-C or SIGTERM.

import { aborted } from './aborted.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { plural } from './format.ts';
import { tellProblems } from './problems.ts';
import type { Running } from './program.ts';
import { printable } from './width.ts';
import { requireConfig } from './workspace.ts';

export const command: CliCommand = {
  name: 'run',
  description: 'run sources, detections, destinations and the API',
  define(self, act) {
    self
      .addHelpText(
        'after',
        `
Ctrl-C or SIGTERM drains: sources stop, what was taken is finished, the stores close. A second one ends at once;
nothing that was acknowledged is lost either way.`,
      )
      .action(
        act(async (cli) => {
          const config = await requireConfig(cli);
          const interrupt = cli.onInterrupt();
          const running = await cli.program.start(config, { api: true, warn: cli.warn });
          try {
            await greet(cli, running, config.name);
            await Promise.race([aborted(interrupt), brokenLine(running)]);
            if (!cli.quiet) await cli.stderr.line('stopping: what was taken is being finished');
          } finally {
            await running.stop();
          }
          return exitCodes.ok;
        }),
      );
  },
};

/** Rejects when the line breaks; sources that are all done are no reason to end. */
export function brokenLine(running: Running): Promise<never> {
  return new Promise((_, reject) => {
    running.finished().catch(reject);
  });
}

/** What runs, where, and what is wrong with the content. */
export async function greet(cli: Cli, running: Running, name: string): Promise<void> {
  const { content } = running.app;
  const lines = [
    `tocsin ${cli.program.version}: ${name}, ${plural(running.app.sources().length, 'source')}, ` +
      `${plural(content.schemas.length, 'schema')}, ${plural(content.detections.length, 'detection')}`,
    ...(running.wall === '' ? [] : [running.wall]),
  ];
  if (!cli.quiet) for (const line of lines) await cli.stderr.line(printable(line));
  if (running.firstKey !== undefined) {
    await cli.stderr.line(`admin API key, shown this once: ${cli.stderr.paint('bold', running.firstKey)}`);
  }
  // After the key: a script that waits for this line has all that it needs.
  if (!cli.quiet && running.address !== undefined) await cli.stderr.line(`API at ${running.address}`);
  await tellProblems(cli, content.problems);
}
