// A stage: how long it takes from the line that completes a pattern until the alert of its correlation is committed, with a
// thousand correlations by signal, two hundred queries by the minute and a store that is full already.
// `node bench/correlations.ts LINES STORED WORKSPACE`

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertStore } from '../src/core/alert-store.ts';
import type { Sent } from './correlations-sender.ts';
import { fillStore, firedByBurst, makeCorrelationsWorkspace } from './correlations-workspace.ts';
import { freePort } from './latency-sender.ts';
import { measureSelf, percentile } from './measure.ts';
import { runSender, startTcpApp, storedEvents } from './tcp-app.ts';

const [, , lineText = '', storedText = '', folder = ''] = process.argv;
/** Bursts of this part of the time come first and do not count. */
const warmUp = 0.25;
/** How long alerts may still come after the last line. */
const patienceMs = 30_000;

makeCorrelationsWorkspace(folder);
const port = await freePort();
await (await startTcpApp(folder, port)).stop();
await fillStore(join(folder, '.tocsin', 'events'), Number(storedText));
const app = await startTcpApp(folder, port);

/** When alerts of an address were committed, epoch ms with decimals. */
const committed = new Map<string, number[]>();
const alerts = app.alerts as { alarm: AlertStore['alarm'] };
const alarm = alerts.alarm.bind(alerts);
alerts.alarm = async (batch) => {
  const result = await alarm(batch);
  const now = performance.timeOrigin + performance.now();
  for (const { sample } of batch.groups) {
    const [kind, address = ''] = sample.title.split('/');
    if (kind === 'correlation') committed.set(address, [...(committed.get(address) ?? []), now]);
  }
  return result;
};

await measureSelf(async () => {
  const sent = await runSender<Sent>('./correlations-sender.ts', [String(port), lineText]);
  const bursts = Object.entries(sent.bursts);
  const until = performance.now() + patienceMs;
  const missing = () => bursts.filter(([address]) => (committed.get(address)?.length ?? 0) < firedByBurst);
  while ((missing().length > 0 || storedEvents(app) < sent.lines) && performance.now() < until) await sleep(50);
  if (storedEvents(app) !== sent.lines) throw new Error(`${storedEvents(app)} of ${sent.lines} lines were stored`);
  if (missing().length > 0) throw new Error(`${missing().length} of ${bursts.length} bursts lack alerts`);
  const counted = bursts.slice(Math.floor(bursts.length * warmUp));
  const latencies = counted.flatMap(([address, time]) => (committed.get(address) ?? []).map((at) => at - time));
  return {
    events: storedEvents(app),
    bytes: sent.bytes,
    extra: {
      'p50 ms': percentile(latencies, 0.5),
      'p99 ms': percentile(latencies, 0.99),
      'max ms': Math.max(...latencies),
      alerts: latencies.length,
      'runs not done': await notDone(),
    },
  };
});
await app.stop();

/** Schedules whose last run failed, overflowed or is over a minute too late. */
async function notDone(): Promise<number> {
  const states = await app.schedules.status();
  const oldest = Date.now() - 120_000;
  return states.filter(({ last, cursor }) => (last !== undefined && last.state !== 'done') || cursor < oldest).length;
}
