// Effect once: `tocsin ingest` of a million lines is killed with SIGKILL at random moments and run again until it is
// through. Events, signals, alerts and their counts must be those of a run that nobody disturbed.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataSet } from '../../bench/generate.ts';

const lines = 1_000_000;
const kills = 20;
const seed = Number(process.env['TOCSIN_CRASH_SEED'] ?? Date.now() % 100_000);
const main = join(import.meta.dirname, '../../src/main.ts');
const run = promisify(execFile);
let folder = '';

const rule = `import { rule } from 'tocsin';
export default rule({
  id: 'Crash.ServerError',
  logTypes: ['Nginx.Access'],
  severity: 'Medium',
  threshold: 3,
  match: (event) => event.status === 500 || event.bodyBytesSent % 97 === 1,
  title: (event) => 'error at ' + event.remoteAddr.split('.').slice(0, 3).join('.'),
});
`;
const thrower = `import { rule } from 'tocsin';
export default rule({
  id: 'Crash.Throws',
  logTypes: ['Nginx.Access'],
  severity: 'Low',
  match: (event) => { if (event.bodyBytesSent % 1009 === 1) throw new Error('n ' + (event.bodyBytesSent % 5)); return false; },
});
`;
const python = `def rule(event):
    return event["local_address"].endswith("7")

def title(event):
    return f"port {event['local_address'][-2:]}"
`;
const pythonYaml = `AnalysisType: rule
RuleID: Crash.Python
Enabled: true
Filename: python.py
LogTypes: [Custom.Crash]
Severity: High
`;
const netstatSchema = `schema: Custom.Crash
fields:
  - {name: local_address, type: string, required: true}
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-crash-'));
  for (const part of ['rules', 'schemas']) mkdirSync(join(folder, part));
  writeFileSync(join(folder, 'tocsin.yml'), 'name: crash\n');
  writeFileSync(join(folder, 'rules', 'error.ts'), rule);
  writeFileSync(join(folder, 'rules', 'throws.ts'), thrower);
  writeFileSync(join(folder, 'rules', 'python.py'), python);
  writeFileSync(join(folder, 'rules', 'python.yml'), pythonYaml);
  writeFileSync(join(folder, 'schemas', 'crash.yml'), netstatSchema);
  const rows = Array.from({ length: 20_000 }, (_, n) =>
    n % 500 === 3 ? 'not JSON\n' : `{"local_address":"0.0.0.0:${n}"}\n`,
  );
  writeFileSync(join(folder, 'netstat.jsonl'), rows.join(''));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ingestWords = () => [
  main,
  'ingest',
  '--schema',
  'Nginx.Access,Custom.Crash',
  dataSet('nginx', lines).file,
  join(folder, 'netstat.jsonl'),
];

/** Ends with the exit code, or undefined where it was killed after `ms`. */
async function ingest(ms: number): Promise<number | undefined> {
  const child = spawn(process.execPath, ingestWords(), { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  const code = await ended;
  clearTimeout(timer);
  if (code !== null && code !== 0) throw new Error(`ingest ended with ${code}: ${errors}`);
  return code ?? undefined;
}

async function ask(...words: string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [main, ...words, '--json'], { cwd: folder, maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as unknown;
}

/** All that may not differ; row ids and times of arrival may. */
async function outcome(): Promise<Record<string, unknown>> {
  const sql = (text: string) => ask('query', text);
  return {
    events: await sql(
      'SELECT count() AS n, sum(bodyBytesSent) AS bytes, sum(cityHash64(p_raw)) AS hash FROM nginx_access',
    ),
    unique: await sql('SELECT count() = uniqExact(p_row_id) AS yes FROM nginx_access'),
    custom: await sql('SELECT count() AS n, sum(cityHash64(p_raw)) AS hash FROM custom_crash'),
    signals: await sql(
      "SELECT detection_id, error != '' AS failed, count() AS n, uniqExact(p_row_id) AS rows, sum(cityHash64(dedup, title)) AS hash FROM signals GROUP BY ALL ORDER BY ALL",
    ),
    letters: await sql('SELECT count() AS n, sum(cityHash64(raw, reasons)) AS hash FROM dead_letters'),
    tallies: await sql(
      'SELECT log_type, outcome, reason, sum(records) AS n, sum(bytes) AS bytes FROM ingest_stats GROUP BY ALL ORDER BY ALL',
    ),
    alerts: alertsOf(await ask('alerts', 'list', '--limit', '100000')),
  };
}

function alertsOf(alerts: unknown): string[] {
  const known = alerts as {
    detection: string;
    dedup: string;
    kind: string;
    count: number;
    first: unknown;
    last: unknown;
  }[];
  return known.map(({ detection, dedup, kind, count }) => `${detection} ${kind} ${dedup} ${count}`).toSorted();
}

/** A fixed sequence for a seed, so that a failure can be seen again. */
function createRandom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test(`kill -9 at ${kills} random moments changes nothing (TOCSIN_CRASH_SEED=${seed})`, async () => {
  const began = Date.now();
  await ingest(600_000);
  const wholeMs = Date.now() - began;
  const expected = await outcome();
  expect(expected['events']).toMatchObject([{ n: lines }]);
  console.log(
    `undisturbed: ${wholeMs} ms, ${(expected['alerts'] as string[]).length} alerts, ${JSON.stringify(expected['signals'])}`,
  );

  const random = createRandom(seed);
  let killed = 0;
  while (killed < kills) {
    rmSync(join(folder, '.tocsin'), { recursive: true, force: true });
    // Moments from the first millisecond to about the end; each run goes on from what the last one left.
    for (let code: number | undefined; code === undefined; ) {
      code = await ingest(killed < kills ? random() * wholeMs * 0.6 : 600_000);
      if (code === undefined) killed++;
      await sleep(20);
    }
    expect(await outcome()).toStrictEqual(expected);
    console.log(`${killed} kills so far, all as it was`);
  }
}, 1_800_000);
