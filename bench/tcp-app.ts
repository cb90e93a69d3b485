// What the stages of latency share: the program on a TCP source of nginx lines, and the sender, a process of its own.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startApp, type StartedApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { sourceKinds } from '../src/source/index.ts';
import { logTypes } from './workspace.ts';

/** Throws what is wrong with the workspace. */
export async function startTcpApp(folder: string, port: number): Promise<StartedApp> {
  const { config, problems } = await loadConfig(folder);
  const settings = sourceKinds.tcp.settings.parse({ listen: `127.0.0.1:${port}` });
  const app = await startApp(config, {
    version: 'bench',
    sources: [{ id: 'bench', type: 'tcp', schemas: [logTypes.nginx], enabled: true, settings }],
    warn: (message) => process.stderr.write(`${message}\n`),
  });
  const wrong = [...problems, ...app.content.problems];
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  return app;
}

/** Runs a script that sends, and gives the message by which it says that it is done. */
export async function runSender<T>(script: string, args: readonly string[]): Promise<T> {
  const sender = fork(new URL(script, import.meta.url), args);
  const failed = once(sender, 'exit').then(([code]) => {
    throw new Error(`the sender ended with code ${String(code)}`);
  });
  const [sent] = (await Promise.race([once(sender, 'message'), failed])) as [T];
  failed.catch(() => undefined);
  return sent;
}

export function storedEvents(app: StartedApp): number {
  return app.sources()[0]?.events ?? 0;
}
