// A stage: how long it takes from a line's way into a TCP socket until the alert that it opens is committed, at a steady
// rate, with fifty other rules, lookups and storing going on. `node bench/latency.ts LINES WORKSPACE [enriched [swapped]]`.
// The sender is a process of its own; a line in a thousand carries the time at which it was sent and opens an alert of its
// own. `swapped`: every second the VPN table is loaded anew, and the workers get it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { AlertStore } from '../src/core/alert-store.ts';
import { loadTables } from '../src/lookup/load.ts';
import type { NewTable } from '../src/work.ts';
import { freePort, latencyWarmUp } from './latency-sender.ts';
import { lookupTable } from './lookup-tables.ts';
import { measureSelf, percentile } from './measure.ts';
import { runSender, startTcpApp, storedEvents } from './tcp-app.ts';
import { makeWorkspace } from './workspace.ts';

const [, , lineText = '', folder = '', enriched, swapped] = process.argv;
const lines = Number(lineText);
/** The app keeps its pool to itself; the threads it starts are seen here all the same. */
const threads = new Set<Worker>();
process.on('worker', (thread) => {
  threads.add(thread);
  thread.once('exit', () => threads.delete(thread));
});
makeWorkspace(folder, 'nginx', enriched === undefined ? undefined : 'enriched');
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
const app = await startTcpApp(folder, port);

/** Milliseconds from the socket to the commit, of the alerts after the warm-up. */
const latencies: number[] = [];
const alerts = app.alerts as { raise: AlertStore['raise'] };
const raise = alerts.raise.bind(alerts);
alerts.raise = async (batch) => {
  const opened = await raise(batch);
  const committed = performance.timeOrigin + performance.now();
  for (const { title } of opened) {
    const [, count = '', sent = ''] = title.split('/');
    if (Number(count) >= lines * latencyWarmUp) latencies.push(committed - Number(sent));
  }
  return opened;
};

const swapping = new AbortController();
let swaps = 0;
await measureSelf(async () => {
  if (swapped !== undefined) void swapEverySecond([...threads], swapping.signal);
  const bytes = await runSender<number>('./latency-sender.ts', [String(port), lineText]);
  while (storedEvents(app) < lines) await sleep(50);
  swapping.abort();
  return {
    events: storedEvents(app),
    bytes,
    extra: {
      'p50 ms': percentile(latencies, 0.5),
      'p99 ms': percentile(latencies, 0.99),
      'max ms': Math.max(...latencies),
      alerts: latencies.length,
      ...(swapped === undefined ? {} : { swaps }),
    },
  };
});
await app.stop();

/** Loads the table as a refresh does, and does what `Pool.swap` does. */
async function swapEverySecond(workers: readonly Worker[], stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const due = sleep(1000);
    const [loaded] = await loadTables([lookupTable('vpn', lines)]);
    const table = loaded?.table;
    if (table === undefined) throw new Error(loaded?.refused ?? 'bug: no table');
    for (const worker of workers) worker.postMessage({ kind: 'table', table } satisfies NewTable, []);
    swaps++;
    await due;
  }
}
