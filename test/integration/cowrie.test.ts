// Cowrie's logs of all versions through the command line: no line is lost, and what they say can be asked for alike.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeWorkspace, startTimeoutMs, type Workspace } from '../program.ts';

const samples = fileURLToPath(new URL('../../content/schemas/cowrie/samples/', import.meta.url));
// Recorded and generated logs lie beside the repository where there are any.
const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const sets = ['cowrie-catalogue', 'seed-cowrie/logs', 'cowrie-synthetic-load'].map((set) => join(data, set));
const isMissing = !sets.every((set) => existsSync(set));
const missing = isMissing ? ' (skipped: ../shared with the logs is missing)' : '';

interface Summary {
  readonly events: readonly { readonly logType: string; readonly records: number }[];
  readonly dropped: readonly unknown[];
  readonly deadLetters: readonly { readonly reason: string; readonly records: number }[];
}

async function logsOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => /\.(?:json|jsonl|log)(?:$|\.)/.test(name)).map((name) => join(folder, name));
}

/** The lines per event id, by JSON.parse. */
async function countLines(paths: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const path of paths) {
    const bytes = await readFile(path);
    const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    for (const line of text.trimEnd().split('\n')) {
      const { eventid }: { eventid: string } = JSON.parse(line);
      counts[eventid] = (counts[eventid] ?? 0) + 1;
    }
  }
  return counts;
}

let workspace: Workspace;
let paths: readonly string[] = [];
let summary: Summary;
beforeAll(async () => {
  workspace = await makeWorkspace({
    'tocsin.yml': 'name: honeypot\n',
    'other.log': '{"eventid":"door.opened","timestamp":"2026-08-03T04:05:06Z","session":"1","sensor":"door"}\n',
  });
  const folders = isMissing ? [samples] : [samples, ...sets];
  paths = (await Promise.all(folders.map(logsOf))).flat().filter((path) => !path.endsWith('.events.json'));
  // Without --schema: they all are asked, and it is Cowrie's that takes Cowrie's lines.
  summary = await workspace.ask('ingest', ...paths, 'other.log');
}, startTimeoutMs);
afterAll(() => workspace?.remove());

const asked = <Row>(sql: string): Promise<readonly Row[]> => workspace.ask('query', sql);

test(`every line is an event under its id${missing && ' (samples alone: ../shared with the logs is missing)'}`, async () => {
  const lines = await countLines(paths);
  const total = Object.values(lines).reduce((sum, count) => sum + count, 0);
  expect(Object.keys(lines).length).toBeGreaterThan(48);
  expect(summary.events).toEqual([{ logType: 'Cowrie.Events', records: total }]);
  expect(summary.dropped).toEqual([]);
  const rows = await asked<{ eventid: string; lines: number }>(
    'SELECT eventid, count() AS lines FROM cowrie_events GROUP BY eventid',
  );
  expect(Object.fromEntries(rows.map(({ eventid, lines: count }) => [eventid, count]))).toEqual(lines);
});

test('every session of them is told once, with all its commands', async () => {
  const [events] = await asked(`SELECT uniqExact(ifNull(sensor, ''), session) AS sessions,
    countIf(eventid = 'cowrie.command.input' AND ifNull(realm, '') = '') AS commands FROM cowrie_events WHERE session != ''`);
  const sessions = 'SELECT count() AS sessions, sum(length(commands)) AS commands FROM honeypot_sessions';
  expect(await asked(sessions)).toEqual([events]);
});

test("what is not Cowrie's is left to others", () => {
  expect(summary.deadLetters).toMatchObject([{ records: 1 }]);
});

test.skipIf(isMissing)(`the sets have the numbers of lines that they say${missing}`, async () => {
  const rows = await asked<{ file: string; lines: number }>(
    `SELECT splitByChar('/', p_source_file)[-1] AS file, count() AS lines FROM cowrie_events
     WHERE p_source_file NOT LIKE '%/samples/%' GROUP BY file ORDER BY file`,
  );
  expect(rows.map(({ file, lines }) => [file, lines])).toEqual([
    ['cowrie.json.2023-05-22', 8],
    ['cowrie.json.2023-05-24', 130],
    ['day01.json.gz', 50_000],
    ['events-v3.0.jsonl', 48],
    ['legacy-variants.jsonl', 8],
  ]);
});

test.skipIf(isMissing)(`durations of three shapes are one number of seconds${missing}`, async () => {
  const rows = await asked<{ timestamp: string; duration: number; milliseconds: number | null }>(
    `SELECT toString(p_event_time, 'UTC') AS timestamp, duration, duration_ms AS milliseconds FROM cowrie_events
     WHERE p_source_file LIKE '%/cowrie-catalogue/%' AND duration IS NOT NULL ORDER BY timestamp`,
  );
  expect(rows.map((row) => [row.timestamp.slice(0, 19), row.duration, row.milliseconds])).toEqual([
    ['2020-03-19 00:44:31', 0.194_982_051_849_365_23, null],
    ['2023-05-24 06:23:59', 0.0281, null],
    ['2026-04-27 00:00:12', 120.1, null],
    ['2026-06-30 12:00:46', 4.1, 4100],
    ['2026-06-30 12:00:47', 10.404, 10_404],
    // With -0500 in the log.
    ['2026-07-21 19:40:29', 1, null],
    ['2026-07-27 00:00:12', 120.1, 120_100],
  ]);
});

test('where a forward goes and for whom it claims to be are no indicators of the source', async () => {
  const rows = await asked<object>(
    `SELECT DISTINCT arrayFilter(ip -> ip != src_ip, p_any_ip_addresses) AS others, p_any_domain_names AS names
     FROM cowrie_events WHERE eventid LIKE 'cowrie.direct-tcpip.%' OR eventid = 'cowrie.reversedns.forward'`,
  );
  expect(rows).toEqual([{ others: [], names: [] }]);
  const old = await asked<object>(
    `SELECT DISTINCT src_port, orig_ip, orig_port FROM cowrie_events
     WHERE eventid = 'cowrie.direct-tcpip.request' AND p_event_time < '2019-01-01'`,
  );
  expect(old).toEqual([{ src_port: null, orig_ip: '127.0.0.1', orig_port: 4500 }]);
});

test("a file's hash and the host it came from are indicators, a recording's hash is not", async () => {
  const rows = await asked<object>(
    `SELECT eventid, max(length(p_any_sha256_hashes)) AS hashes, max(length(p_any_domain_names)) AS names
     FROM cowrie_events WHERE eventid IN ('cowrie.log.closed', 'cowrie.session.file_download')
     GROUP BY eventid ORDER BY eventid`,
  );
  expect(rows).toEqual([
    { eventid: 'cowrie.log.closed', hashes: 0, names: 0 },
    { eventid: 'cowrie.session.file_download', hashes: 1, names: 1 },
  ]);
});
