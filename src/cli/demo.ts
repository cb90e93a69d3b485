// `tocsin demo`, which `npm start` runs: the demo workspace of the repository, its logs as they are being written, and a
// live table. Every start is a new one.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configFile } from '../config.ts';
import { UserError } from '../core/problem.ts';
import { describeHolder, findHolder } from '../lock.ts';
import { type CliCommand, exitCodes } from './command.ts';
import { showLive } from './live-table.ts';
import { brokenLine, greet } from './run.ts';
import { requireConfig } from './workspace.ts';

const demoFolder = fileURLToPath(new URL('../../demo', import.meta.url));

/** demo/generate.ts; not a part of the package's own code. */
interface Generator {
  readonly writeDemoLogs: (folder: string, stop: AbortSignal) => Promise<void>;
}

export const command: CliCommand = {
  name: 'demo',
  description: 'a web server under attack, as alerts: sample logs, live',
  define(self, act) {
    self.action(
      act(async (cli) => {
        if (!existsSync(join(demoFolder, configFile))) {
          throw new UserError("the demo is a part of Tocsin's repository, not of the package; see the README");
        }
        const config = await requireConfig({ ...cli, workspace: demoFolder });
        const holder = await findHolder(config.data);
        if (holder !== undefined) {
          throw new UserError(describeHolder(config.data, holder), { exitCode: exitCodes.temporary });
        }
        await rm(config.data, { recursive: true, force: true });
        const interrupt = cli.onInterrupt();
        const { writeDemoLogs }: Generator = await import(new URL('../../demo/generate.ts', import.meta.url).href);
        let notice = '';
        // Beside a table that is drawn in place a warning has its own line.
        const warn = (message: string) => {
          notice = message;
          if (!cli.stdout.isTTY) cli.warn(message);
        };
        const stop = new AbortController();
        const written = writeDemoLogs(join(config.data, 'logs'), stop.signal);
        const running = await cli.program.start(config, { api: true, warn });
        try {
          await greet(cli, running, config.name);
          const live = showLive({
            notice: () => notice,
            app: running.app,
            terminal: cli.stdout,
            stdin: cli.stdin,
            title: `tocsin ${config.name.toLowerCase()}`,
            address: running.address ?? '',
            interrupt,
          });
          await Promise.race([live, brokenLine(running)]);
        } finally {
          stop.abort();
          await written;
          await running.stop();
        }
        return exitCodes.ok;
      }),
    );
  },
};
