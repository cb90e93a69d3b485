// A lookup table that is fetched: joined to events, judged by its own time, refreshed while events come, and kept in its
// last good version when the feed breaks, with an alert that says what happened.

import { createServer, type Server, type ServerResponse } from 'node:http';
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

type Answer = (response: ServerResponse) => void;

const list =
  (...addresses: string[]): Answer =>
  (response) =>
    response.end(`# exits\n${addresses.join('\n')}\n`);

let answer: Answer = list('192.0.2.1', '192.0.2.2');
let requests = 0;
let feed: Server;
let workspace: Workspace;
let program: Program;

beforeAll(async () => {
  feed = createServer((_request, response) => {
    requests++;
    answer(response);
  });
  await new Promise<void>((resolve) => feed.listen(0, '127.0.0.1', resolve));
  const address = feed.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/exits.txt`;
  workspace = await makeWorkspace({
    'tocsin.yml': `listen: 127.0.0.1:0
sources:
  - {id: web, type: http, schemas: [Nginx.Access]}
lookups:
  exits: {address: '${url}', allowPrivate: true}
`,
    'lookups/exits.yml': `AnalysisType: lookup_table
LookupName: exits
Enabled: true
Refresh: {ObjectPath: 'https://feeds.example/exits.txt', PeriodMinutes: 60}
Format: list
History: true
LogTypeMap:
  PrimaryKey: ip
  AssociatedLogTypes:
    - {LogType: Nginx.Access, Selectors: [remoteAddr]}
`,
  });
  program = await startProgram(workspace);
}, startTimeoutMs);
afterAll(async () => {
  await program?.stop();
  feed?.close();
  await workspace?.remove();
});

const refresh = (): Promise<Response> => program.api('/api/v1/lookups/exits/refresh', { method: 'POST' });

async function send(address: string, agent: string, time = new Date()): Promise<void> {
  const day = `${String(time.getUTCDate()).padStart(2, '0')}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  const line = `${address} - - [${day}:${time.toISOString().slice(11, 19)} +0000] "GET / HTTP/1.1" 200 5 "-" "${agent}"\n`;
  const headers = { 'content-type': 'text/plain' };
  await program.ask('/api/v1/ingest/web', { method: 'POST', headers, body: line });
}
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** p_enrichment of the event with that user agent. */
async function enrichmentOf(agent: string): Promise<unknown> {
  const [row] = await until('the event is stored', async () => {
    const rows = await program.query(`SELECT p_enrichment FROM nginx_access WHERE httpUserAgent = '${agent}'`);
    return rows.length > 0 ? rows : undefined;
  });
  const text = row?.['p_enrichment'];
  return typeof text === 'string' && text !== '' ? JSON.parse(text) : undefined;
}

const matched = (ip: string): object => ({ exits: { remoteAddr: { ip, p_match: ip } } });

test('what is fetched is joined to events, from when it was fetched', async () => {
  await until('the list is fetched', async () => {
    const { items } = await program.ask<{ items: { name: string; rows: number }[] }>('/api/v1/lookups');
    return items.find(({ name, rows }) => name === 'exits' && rows === 2);
  });
  await send('192.0.2.1', 'first', new Date(Date.now() + 1000));
  await send('192.0.2.1', 'earlier', new Date(Date.now() - 3_600_000));
  await send('192.0.2.3', 'other');
  expect(await enrichmentOf('first')).toEqual(matched('192.0.2.1'));
  expect(await enrichmentOf('earlier')).toBeUndefined();
  expect(await enrichmentOf('other')).toBeUndefined();
});

test('a newer list is used at once, and past events that had what it adds are noted', async () => {
  answer = list('192.0.2.2', '192.0.2.3');
  await refresh();
  const later = new Date(Date.now() + 2000);
  await send('192.0.2.3', 'added', later);
  await send('192.0.2.1', 'removed', later);
  expect(await enrichmentOf('added')).toEqual(matched('192.0.2.3'));
  expect(await enrichmentOf('removed')).toBeUndefined();
  const [sighting] = await until('the sighting is noted', async () => {
    const rows = await program.query(
      `SELECT lookup, value, log_type, listed > p_event_time AS before FROM lookup_sightings WHERE value = '192.0.2.3'`,
    );
    return rows.length > 0 ? rows : undefined;
  });
  expect(sighting).toEqual({ lookup: 'exits', value: '192.0.2.3', log_type: 'Nginx.Access', before: 1 });
});

test('a feed that has become a page is refused: the last good list stays, and an alert says so', async () => {
  answer = (response) => response.end('<!DOCTYPE html><html><title>Moved</title></html>');
  const before = requests;
  await refresh();
  expect(requests).toBe(before + 1);
  const [alert] = await until('the alert is there', async () => {
    const { items } = await program.ask<{ items: AlertAnswer[] }>('/api/v1/alerts');
    return items.length > 0 ? items : undefined;
  });
  expect(alert?.title).toMatch(/^lookup table exits: what was fetched is refused: .*HTML.*the last good version stays/);
  await send('192.0.2.2', 'still', new Date(Date.now() + 2000));
  expect(await enrichmentOf('still')).toEqual(matched('192.0.2.2'));
});

test('after a restart the last good list is there before anything is fetched', async () => {
  await program.stop();
  const before = requests;
  program = await startProgram(workspace);
  await send('192.0.2.2', 'again', new Date(Date.now() + 1000));
  expect(await enrichmentOf('again')).toEqual(matched('192.0.2.2'));
  expect(requests).toBe(before);
});
