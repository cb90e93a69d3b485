// Ten thousand questions for a service that takes four a minute, answers 429, or not at all, while events come in: at
// most four requests go out a minute, every question has a state, nothing is asked twice, and alerts open as they do without.

import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type AlertAnswer,
  makeWorkspace,
  type Program,
  startProgram,
  startTimeoutMs,
  until,
  type Workspace,
} from '../program.ts';

const questions = 10_000;
const atOnce = 50;

let service: Server;
let workspace: Workspace;
let program: Program;
const asked: { readonly time: number; readonly path: string }[] = [];

beforeAll(async () => {
  service = createServer((request, response) => {
    asked.push({ time: Date.now(), path: request.url ?? '' });
    // In turn: an answer, none at all, a server's error, and a refusal for two seconds.
    const turn = asked.length % 4;
    if (turn === 1) response.writeHead(404).end('{"error":{"code":"NotFoundError"}}');
    else if (turn === 3) response.writeHead(502).end('bad gateway');
    else if (turn === 0) response.writeHead(429, { 'retry-after': '2' }).end('{"error":{"code":"QuotaExceededError"}}');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const address = service.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  workspace = await makeWorkspace({
    'tocsin.yml': `listen: 127.0.0.1:0
sources:
  - {id: web, type: http, schemas: [Nginx.Access]}
analyzers:
  virustotal: {key: k-e-y, url: '${url}'}
`,
    'rules/teapot.ts': `import { rule } from 'tocsin';
export default rule({
  id: 'Teapot',
  logTypes: ['Nginx.Access'],
  severity: 'Low',
  match: (event) => event['status'] === 418,
  title: (event) => 'teapot ' + String(event['httpUserAgent']),
});
`,
  });
  program = await startProgram(workspace);
}, startTimeoutMs);
afterAll(async () => {
  await program?.stop();
  service?.closeAllConnections();
  service?.close();
  await workspace?.remove();
});

interface Answer {
  readonly state: string;
  readonly until: string | null;
}

async function ask(number: number): Promise<Answer> {
  const value = number.toString(16).padStart(64, 'a');
  return program.ask<Answer>('/api/v1/analyses', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ analyzer: 'virustotal', observable: { kind: 'sha256', value } }),
  });
}

/** ms from the event to its alert. */
async function alertTime(name: string): Promise<number> {
  const began = performance.now();
  const body = `192.0.2.1 - - [01/May/2026:13:00:00 +0000] "GET / HTTP/1.1" 418 5 "-" "${name}"\n`;
  await program.ask('/api/v1/ingest/web', { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
  await until('the alert is there', async () => {
    const { items } = await program.ask<{ items: AlertAnswer[] }>(`/api/v1/alerts?q=${name}`);
    return items.length > 0;
  });
  return performance.now() - began;
}

test(
  'a storm of questions',
  async () => {
    const before: number[] = [];
    for (let number = 0; number < 20; number++) before.push(await alertTime(`calm${number}`));
    let next = 0;
    const storm = new AbortController();
    const states = new Map<string, number>();
    const askers = Array.from({ length: atOnce }, async () => {
      while (next < questions) {
        const { state, until: again } = await ask(next++);
        states.set(state, (states.get(state) ?? 0) + 1);
        if (state === 'limited' && Number.isNaN(Date.parse(again ?? ''))) throw new Error('limited without until');
      }
    });
    const times: number[] = [];
    const detecting = (async () => {
      for (let number = 0; !storm.signal.aborted || number < 5; number++) times.push(await alertTime(`storm${number}`));
    })();
    await Promise.all(askers);
    storm.abort();
    await detecting;

    expect([...states.values()].reduce((sum, count) => sum + count, 0)).toBe(questions);
    expect([...states.keys()].filter((state) => !['hit', 'miss', 'limited', 'error'].includes(state))).toEqual([]);
    for (const { time } of asked) {
      expect(asked.filter((each) => each.time >= time && each.time < time + 60_000).length).toBeLessThanOrEqual(4);
    }
    expect(new Set(asked.map(({ path }) => path)).size).toBe(asked.length);
    expect(times.length).toBeGreaterThanOrEqual(5);
    const [calm, stormy] = [before, times].map(
      (each) => `${each.length} alerts, median ${Math.round(median(each))} ms`,
    );
    console.log(`before: ${calm}; during the storm: ${stormy}; ${asked.length} requests`);
  },
  startTimeoutMs,
);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
