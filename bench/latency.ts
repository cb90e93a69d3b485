// A stage: how long it takes from a line's way into a TCP socket until the alert that it opens is committed, at a steady
// rate, with fifty other rules, lookups and storing going on. `node bench/latency.ts WORKSPACE`. The sender is a process
// of its own; a line in a thousand carries the time at which it was sent and opens an alert of its own.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import type { AlertStore } from '../src/core/alert-store.ts';
import { sourceKinds } from '../src/source/index.ts';
import { latencyLines, latencyWarmUp } from './latency-sender.ts';
import { measureSelf } from './measure.ts';
import { logTypes, makeWorkspace } from './workspace.ts';

const [, , folder = ''] = process.argv;
makeWorkspace(folder, 'nginx');
writeFileSync(
  join(folder, 'rules', 'latency.ts'),
  `import { rule } from 'tocsin';

export default rule({
  id: 'Bench.Latency',
  logTypes: ['Nginx.Access'],
  severity: 'Low',
  match: (event) => event.httpUserAgent.startsWith('latency/'),
  title: (event) => event.httpUserAgent,
});
`,
);
const port = await freePort();
const { config } = await loadConfig(folder);
const settings = sourceKinds.tcp.settings.parse({ listen: `127.0.0.1:${port}` });
const app = await startApp(config, {
  version: 'bench',
  sources: [{ id: 'bench', type: 'tcp', schemas: [logTypes.nginx], enabled: true, settings }],
  warn: (message) => process.stderr.write(`${message}\n`),
});

/** Milliseconds from the socket to the commit, of the alerts after the warm-up. */
const latencies: number[] = [];
const alerts = app.alerts as { raise: AlertStore['raise'] };
const raise = alerts.raise.bind(alerts);
alerts.raise = async (batch) => {
  const opened = await raise(batch);
  const committed = performance.timeOrigin + performance.now();
  for (const { title } of opened) {
    const [, count = '', sent = ''] = title.split('/');
    if (Number(count) >= latencyWarmUp) latencies.push(committed - Number(sent));
  }
  return opened;
};

await measureSelf(async () => {
  const sender = fork(new URL('./latency-sender.ts', import.meta.url), [String(port)]);
  const failed = once(sender, 'exit').then(([code]) => {
    throw new Error(`the sender ended with code ${String(code)}`);
  });
  const [bytes] = (await Promise.race([once(sender, 'message'), failed])) as [number];
  failed.catch(() => undefined);
  while (stored() < latencyLines) await sleep(50);
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return {
    events: stored(),
    bytes,
    extra: { 'p50 ms': at(0.5), 'p99 ms': at(0.99), 'max ms': sorted.at(-1) ?? Number.NaN, alerts: sorted.length },
  };
});
await app.stop();

function stored(): number {
  return app.sources()[0]?.events ?? 0;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
