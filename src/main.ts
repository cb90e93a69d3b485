#!/usr/bin/env node
// The program: puts stores, line, API and command line together, and is the only file that ends the process.

import { readFileSync } from 'node:fs';
import { runCommandLine } from './cli/command-line.ts';
import { commands } from './cli/index.ts';
import type { Program, Running, StartOptions } from './cli/program.ts';
import type { Config } from './config.ts';

const { version }: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

/** Stores and server are loaded when a command wants them: `tocsin --help` does not. */
const program: Program = {
  version,
  start,
  open: async (config, warn) => (await import('./app.ts')).openOffline(config, warn),
  loadContent: async (config, options) => (await import('./app.ts')).loadContent(config, options),
};

/** The key by which commands of this machine reach the running API; made anew at each start. */
const localKey = 'local command line';

async function start(config: Config, { api, ...options }: StartOptions): Promise<Running> {
  const { startApp } = await import('./app.ts');
  const app = await startApp(config, { ...options, version });
  const running = { app, wall: app.wall, finished: () => app.finished() };
  if (!api) return { ...running, stop: () => app.stop() };
  try {
    const keys = await app.keys.list();
    for (const { id, name } of keys) if (name === localKey) await app.keys.revoke(id);
    const isFirst = keys.every((key) => key.name === localKey);
    const first = isFirst ? await app.keys.create('admin (first start)', ['admin']) : undefined;
    const { key } = await app.keys.create(localKey, ['admin']);
    const { startServer } = await import('./server/server.ts');
    const server = await startServer(app, config.listen);
    await app.tell({ address: server.address, key });
    return {
      ...running,
      address: server.address,
      ...(first === undefined ? {} : { firstKey: first.key }),
      async stop() {
        await server.close();
        await app.stop();
      },
    };
  } catch (error) {
    await app.stop();
    throw error;
  }
}

/** The first Ctrl-C or SIGTERM asks a command that drains to do so; the second one ends the process. Without such a
 *  command the system's default holds. */
function onInterrupt(): AbortSignal {
  const interrupted = new AbortController();
  const first = () => {
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
    process.once('SIGINT', () => process.exit(130));
    process.once('SIGTERM', () => process.exit(143));
    interrupted.abort();
  };
  process.once('SIGINT', first);
  process.once('SIGTERM', first);
  return interrupted.signal;
}

// `tocsin query ... | head`: nobody reads on, and that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const exitCode = await runCommandLine({
  words: process.argv.slice(2),
  commands,
  program,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  onInterrupt,
});
// What is written into a pipe may still be on its way.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}
process.exit(exitCode);
