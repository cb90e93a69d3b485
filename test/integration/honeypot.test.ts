// The honeypot of the article: its logs in, its reports out to the byte, from files and from the store, with recorded
// answers and with a server that gives them.

import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AlertAnswer, makeWorkspace, startProgram, startTimeoutMs, until, type Workspace } from '../program.ts';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const at = (path: string): string => join(data, path);
const missing = existsSync(data) ? '' : ' (skipped: ../shared with the data is missing)';
const logs = at('seed-cowrie/logs');
const recorded = ['--fixtures', at('seed-cowrie/enrichment')];
const ids = ['8d39860bce79', '909bea239054', 'fd5ac84ee8f9'];
const lineEnd = '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b';

const expected = (name: string): Promise<string> => readFile(at(`seed-cowrie/expected/${name}`), 'utf8');

describe.skipIf(missing !== '')(`the honeypot of the article${missing}`, () => {
  let workspace: Workspace;
  let server: Server;
  const asked: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      void recordedAnswer(request, asked).then((answer) => {
        response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
        response.end(answer ?? '{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const services = ['isc', 'urlhaus', 'spur', 'virustotal'].map((id) => `  ${id}: {key: k-e-y, url: '${url}'}\n`);
    workspace = await makeWorkspace({
      'tocsin.yml': `name: honeypot\nanalyzers:\n  contact: soc@example.org\n${services.join('')}`,
    });
    await workspace.ask('ingest', '--schema', 'Cowrie.Events', logs);
  }, startTimeoutMs);
  afterAll(async () => {
    server?.close();
    await workspace?.remove();
  });

  const report = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await workspace.tocsin('honeypot', 'report', ...words);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  const sessionsOf = async (...words: string[]): Promise<string[]> => {
    const told = JSON.parse(await report(...words, '--format', 'json', ...recorded)) as { session: { id: string } }[];
    return told.map(({ session }) => session.id);
  };

  test.each(ids)('the report of the session %s', async (id) => {
    const wanted = await expected(`report_${id}.txt`);
    expect(await report('--session', id, ...recorded, logs)).toBe(wanted);
    expect(await report('--session', id, ...recorded)).toBe(wanted);
  });

  test('the same with services that are asked, each question once, and none about a line end', async () => {
    for (const id of ids) expect(await report('--session', id, logs)).toBe(await expected(`report_${id}.txt`));
    expect(await report('--session', ids[0] ?? '')).toBe(await expected(`report_${ids[0]}.txt`));
    expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
    expect(asked).toHaveLength(14);
    expect(asked.filter((question) => question.includes(lineEnd))).toEqual([]);
  });

  test("the reports of two days with cowrieprocessor's own mistakes", async () => {
    const days = ['--days', '2', '--compat', ...recorded, logs];
    expect(await report(...days)).toBe(await expected('cowrieprocessor_2_day_report.txt'));
    expect(await report(...days, '--abnormal')).toBe(await expected('cowrieprocessor_abnormal_2-day_report.txt'));
  });

  test('what is known of a download host is of that host', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tocsin-answers-'));
    await cp(at('seed-cowrie/enrichment'), folder, { recursive: true });
    await cp(at('seed-cowrie/enrichment-alt'), folder, { recursive: true });
    const told = await report('--session', '8d39860bce79', '--fixtures', folder, logs);
    await rm(folder, { recursive: true });
    const [, download] = told.split('DOWNLOAD DATA');
    expect(download).toContain('SPUR ASN Organization  MCN-BD ');
    expect(download).not.toContain('Akamai');
  });

  test('sessions by a file that they left, by a recording and by days', async () => {
    const key = 'a8460f446be540410004b1a8db4083773fa46f7fe76fa84219c93daa1669f8f2';
    const recording = '39dfedc1905008c1c13191656a2a133a4ae66b4dda773c2a9eaf50223d3b1102';
    for (const from of [[], [logs]]) expect(await sessionsOf('--days', '1', ...from)).toEqual(ids.slice(1));
    expect(await sessionsOf('--download-file', key)).toEqual(ids.slice(1));
    expect(await sessionsOf('--tty-file', recording)).toEqual(ids.slice(0, 1));
    const { code, stderr } = await workspace.tocsin('honeypot', 'report', '--session', 'nosuch');
    expect([code, stderr]).toEqual([1, 'error: there is no session nosuch\n']);
  });

  test('sessions can be queried', async () => {
    const sql =
      'SELECT session, source_ip, length(commands) AS commands, label FROM honeypot_sessions ORDER BY started';
    expect(await workspace.ask('query', sql)).toEqual([
      { session: ids[0], source_ip: '45.79.54.105', commands: 1, label: 'automated' },
      { session: ids[1], source_ip: '43.154.116.34', commands: 19, label: 'automated' },
      { session: ids[2], source_ip: '142.93.64.69', commands: 19, label: 'automated' },
    ]);
  });

  test('every old and new shape of an event makes its session', async () => {
    const told = await report('--format', 'json', '--fixtures', recorded[1] ?? '', at('cowrie-catalogue'));
    const sessions = JSON.parse(told) as { session: { durationSeconds: number; closed: boolean } }[];
    const closed = sessions.filter(({ session }) => session.closed).map(({ session }) => session.durationSeconds);
    expect(closed.map((seconds) => Math.round(seconds * 1000)).toSorted((a, b) => a - b)).toEqual([
      195, 1000, 10_404, 120_100, 120_100,
    ]);
  });
});

test(
  'what the honeypot saw is known at once to every other source',
  async () => {
    const workspace = await makeWorkspace({
      'tocsin.yml': `listen: 127.0.0.1:0
sources:
  - {id: cowrie, type: http, schemas: [Cowrie.Events]}
  - {id: web, type: http, schemas: [Nginx.Access]}
packs: [honeypot]
`,
    });
    const program = await startProgram(workspace);
    const send = (source: string, body: string): Promise<object> =>
      program.ask(`/api/v1/ingest/${source}`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
    const event = {
      session: 'c0ffee000001',
      sensor: 's1',
      src_ip: '198.51.100.23',
      timestamp: '2026-05-01T12:00:00.000000Z',
    };
    const login = { ...event, eventid: 'cowrie.login.success', username: 'root', password: 'x', message: 'login' };
    await send('cowrie', `${JSON.stringify(login)}\n`);
    const [row] = await until('the session is known', async () => {
      const rows = await program.query('SELECT session, source_ip FROM honeypot_sessions');
      return rows.length > 0 ? rows : undefined;
    });
    expect(row).toEqual({ session: 'c0ffee000001', source_ip: '198.51.100.23' });
    const [alert] = await until('the alert is there', async () => {
      await send('web', requestBy('198.51.100.23') + requestBy('198.51.100.24'));
      const { items } = await program.ask<{ items: AlertAnswer[] }>('/api/v1/alerts');
      return items.length > 0 ? items : undefined;
    });
    expect(alert).toMatchObject({
      title: 'address 198.51.100.23 of the honeypot seen in Nginx.Access',
      severity: 'HIGH',
      context: {
        honeypot: [{ value: '198.51.100.23', kind: 'ip', session: 'c0ffee000001', sensor: 's1', sessions: 1 }],
      },
    });
    await program.stop();
    await workspace.remove();
  },
  startTimeoutMs,
);

function requestBy(address: string): string {
  return `${address} - - [01/May/2026:13:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"\n`;
}

/** As the services' addresses are. Notes the question. */
async function recordedAnswer(request: IncomingMessage, asked: string[]): Promise<string | undefined> {
  const { pathname } = new URL(request.url ?? '', 'http://localhost');
  const [, id = ''] = /([^/]+)$/.exec(pathname) ?? [];
  const host = new URLSearchParams(await text(request)).get('host');
  const name = pathname.startsWith('/api/ip/')
    ? `isc_ip_${id}`
    : pathname.startsWith('/api/v3/files/')
      ? `vt_file_${id}`
      : pathname.startsWith('/v2/context/')
        ? `spur_${id}`
        : `urlhaus_host_${host ?? ''}`;
  asked.push(name);
  return readFile(at(`seed-cowrie/enrichment/${name}.json`), 'utf8').catch(() => undefined);
}
