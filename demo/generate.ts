// Writes the demo's logs: the backlog at once, then what happens while it runs. `node demo/generate.ts FOLDER` writes
// until Ctrl-C. It touches nothing but `<source>.log` in the folder, and begins these anew at each start.

import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoLines, demoSources, type Story } from './lines.ts';

const backlogMs = 30 * 60_000;
const stepMs = 250;

/** Writes into the folder until stopped. The backlog is there when the promise of the first step is awaited: on return
 *  of the call itself. */
export async function writeDemoLogs(folder: string, stop: AbortSignal, seed = 20_230_507): Promise<void> {
  const story: Story = { seed, start: Math.floor(Date.now() / 1000) * 1000 };
  mkdirSync(folder, { recursive: true });
  for (const source of demoSources) rmSync(logFile(folder, source), { force: true });
  let written = story.start - backlogMs;
  while (!stop.aborted) {
    const now = Date.now();
    for (const source of demoSources) {
      const lines = demoLines(source, written, now, story);
      if (lines.length > 0) appendFileSync(logFile(folder, source), `${lines.join('\n')}\n`);
    }
    written = now;
    await sleep(stepMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

function logFile(folder: string, source: string): string {
  return join(folder, `${source}.log`);
}

if (import.meta.main) {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  await writeDemoLogs(process.argv[2] ?? 'demo/.tocsin/logs', stop.signal);
}
