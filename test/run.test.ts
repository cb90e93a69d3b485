// The straight line through real doors: a socket, a POST and a followed file, to the store, a mailbox and a webhook; then
// the command line against the running program, and a restart.

import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { appendFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type AlertAnswer,
  alertsOf,
  makeWorkspace,
  type Program,
  portOf,
  push,
  sourceOf,
  startProgram,
  startTimeoutMs,
  until,
  type Workspace,
} from './program.ts';

const secret = 'a secret of the test';
const mails: { readonly to: string; readonly text: string }[] = [];
const posts: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];

const mailbox = new SMTPServer({
  authOptional: true,
  disableReverseLookup: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  logger: false,
  onData(stream, { envelope }, callback) {
    let text = '';
    stream.on('data', (part) => (text += part));
    stream.on('end', () => {
      mails.push({ to: envelope.rcptTo.map(({ address }) => address).join(), text });
      callback();
    });
  },
});
const receiver = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (part: string) => (body += part));
  request.on('end', () => {
    posts.push({ headers: request.headers, body });
    response.end('thanks');
  });
});

async function portAfterListen(
  server: { listen: (port: number, host: string, done: () => void) => unknown },
  of: () => unknown,
) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (of() as AddressInfo).port;
}

const config = (smtpPort: number, hookPort: number): string => `name: doors
listen: 127.0.0.1:0
sources:
  - {id: port, type: tcp, listen: '127.0.0.1:0', schemas: [Custom.Door, Custom.Lamp]}
  - {id: push, type: http, schemas: [Custom.Door, Custom.Lamp]}
  - {id: file, type: file, paths: ['logs/door.log*'], schemas: [Custom.Door]}
destinations:
  - {id: mail, type: email, host: 127.0.0.1, port: ${smtpPort}, tls: none, from: tocsin@example.com, to: [soc@example.com]}
  - id: hook
    type: webhook
    severities: [High]
    url: http://127.0.0.1:${hookPort}/alerts
    secret: ${secret}
    allowPrivate: true
`;
const door = `schema: Custom.Door
drop:
  - reason: the caretaker's round
    when: {user: [caretaker]}
fields:
  - {name: door, type: string, required: true}
  - {name: user, type: string}
  - {name: address, type: string, indicators: [ip]}
  - {name: n, type: bigint}
`;
const lamp = `schema: Custom.Lamp
fields:
  - {name: lamp, type: string, required: true}
`;
const forced = `import { rule } from 'tocsin';
export default rule({
  id: 'Door.Forced',
  logTypes: ['Custom.Door'],
  severity: 'High',
  match: (event) => event.door === 'forced',
  title: (event) => 'Door forced by ' + event.user,
});
`;
const opened = `def rule(event):
    return event["door"] == "opened"

def title(event):
    return f"Door opened by {event['user']}"
`;
const openedYaml = `AnalysisType: rule
RuleID: Door.Opened
Filename: opened.py
Enabled: true
LogTypes: [Custom.Door]
Severity: Medium
`;

let workspace: Workspace;
let program: Program;

beforeAll(async () => {
  const [smtpPort, hookPort] = [
    await portAfterListen(mailbox, () => mailbox.server.address()),
    await portAfterListen(receiver, () => receiver.address()),
  ];
  workspace = await makeWorkspace({
    'tocsin.yml': config(smtpPort, hookPort),
    'schemas/door.yml': door,
    'schemas/lamp.yml': lamp,
    'rules/forced.ts': forced,
    'rules/opened.py': opened,
    'rules/opened.yml': openedYaml,
    'logs/door.log': line({ door: 'closed', n: 1 }) + line({ door: 'closed', n: 2 }),
  });
  program = await startProgram(workspace);
}, startTimeoutMs);
afterAll(async () => {
  await program?.stop();
  mailbox.close();
  receiver.close();
  await workspace?.remove();
}, startTimeoutMs);

function line(event: object): string {
  return `${JSON.stringify(event)}\n`;
}

function alertTitled(title: string): Promise<AlertAnswer> {
  return until(`an alert "${title}"`, async () => (await alertsOf(program)).find((alert) => alert.title === title));
}

function told(alert: AlertAnswer): Promise<AlertAnswer> {
  return until(`${alert.title} is delivered`, async () => {
    const now = await program.ask<AlertAnswer>(`/api/v1/alerts/${alert.id}`);
    return now.deliveries.every(({ state }) => state === 'delivered') ? now : undefined;
  });
}

/** Rows are in the store when their segment is; a moment after their alert. */
function rowsOf(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return until(`rows of ${sql}`, async () => {
    const rows = await program.query(sql);
    return rows.length > 0 ? rows : undefined;
  });
}

const hasNetcat = spawnSync('nc', ['-h']).error === undefined;

test(`a line of ${hasNetcat ? 'nc' : 'a socket (nc is not installed)'} becomes an alert, a row, a mail and a signed POST`, async () => {
  const port = await portOf(program, 'port');
  const sent = line({ door: 'forced', user: 'mallory', address: '203.0.113.9' });
  if (hasNetcat) {
    const netcat = spawn('nc', ['127.0.0.1', String(port)], { stdio: ['pipe', 'ignore', 'ignore'] });
    netcat.stdin.end(sent);
    await alertTitled('Door forced by mallory').finally(() => netcat.kill());
  } else connect(port, '127.0.0.1').end(sent);

  const alert = await told(await alertTitled('Door forced by mallory'));
  expect(alert).toMatchObject({
    kind: 'RULE',
    detection: 'Door.Forced',
    dedup: 'Door forced by mallory',
    severity: 'HIGH',
    status: 'OPEN',
    count: 1,
  });
  expect(alert.deliveries.map(({ destination }) => destination).toSorted()).toEqual(['hook', 'mail']);

  expect(
    await rowsOf(`SELECT user, p_any_ip_addresses AS ips, p_source_id FROM custom_door WHERE door = 'forced'`),
  ).toEqual([{ user: 'mallory', ips: ['203.0.113.9'], p_source_id: 'port' }]);
  expect(await rowsOf('SELECT detection_id, title FROM signals')).toEqual([
    { detection_id: 'Door.Forced', title: 'Door forced by mallory' },
  ]);

  const mail = mails.find(({ text }) => text.includes(alert.id));
  expect(mail?.to).toBe('soc@example.com');
  expect(mail?.text).toMatch(/^Subject: \[HIGH\] Door forced by mallory\r?$/m);

  const post = posts.find(({ body }) => body.includes(alert.id));
  expect(JSON.parse(post?.body ?? '{}')).toMatchObject({ alertId: alert.id, title: alert.title, severity: 'HIGH' });
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(post?.headers['x-tocsin-signature'])) ?? [];
  expect(signature).toBe(createHmac('sha256', secret).update(`${time}.${post?.body}`).digest('hex'));
});

test('a POSTed line becomes an alert of a Python rule, a row and a mail, and no POST: its severity is another', async () => {
  const answer = await push(program, 'push', line({ door: 'opened', user: 'trudy' }));
  expect([answer.status, await answer.json()]).toEqual([200, { records: 1, bytes: 33 }]);
  const alert = await told(await alertTitled('Door opened by trudy'));
  expect(alert).toMatchObject({ detection: 'Door.Opened', severity: 'MEDIUM', count: 1 });
  expect(alert.deliveries.map(({ destination }) => destination)).toEqual(['mail']);
  expect(mails.filter(({ text }) => text.includes(alert.id))).toHaveLength(1);
  expect(posts.filter(({ body }) => body.includes(alert.id))).toHaveLength(0);
  expect(await rowsOf("SELECT user, p_source_id FROM custom_door WHERE door = 'opened'")).toEqual([
    { user: 'trudy', p_source_id: 'push' },
  ]);
});

test('a second match within the window is counted in the same alert and told nobody again', async () => {
  const alert = await alertTitled('Door opened by trudy');
  const before = mails.length;
  await push(program, 'push', line({ door: 'opened', user: 'trudy' }));
  await until('the second one is counted', async () => {
    return (await program.ask<AlertAnswer>(`/api/v1/alerts/${alert.id}`)).count === 2;
  });
  const events = await until('both events are in the store', async () => {
    const { items } = await program.ask<{ items: { user: string }[] }>(`/api/v1/alerts/${alert.id}/events`);
    return items.length > 1 ? items : undefined;
  });
  expect(events.map(({ user }) => user)).toEqual(['trudy', 'trudy']);
  expect(mails).toHaveLength(before);
});

test('what no schema takes is a dead letter with the reason of each; what is dropped is counted with its reason', async () => {
  const before = await sourceOf(program, 'push');
  await push(program, 'push', 'no JSON\n{"window":1}\n{"door":"closed","user":"caretaker"}\n');
  const { items } = await until('two dead letters', async () => {
    type Letters = { items: { raw: string; source: string; reasons: { schema: string; reason: string }[] }[] };
    const answer = await program.ask<Letters>('/api/v1/dead-letters?source=push');
    return answer.items.length === 2 ? answer : undefined;
  });
  const reasons = new Map(items.map(({ raw, reasons: each }) => [raw, each]));
  expect([...reasons.keys()].toSorted()).toEqual(['no JSON', '{"window":1}']);
  for (const each of reasons.values()) {
    expect(each.map(({ schema }) => schema).toSorted()).toEqual(['Custom.Door', 'Custom.Lamp']);
  }
  const window = Object.fromEntries((reasons.get('{"window":1}') ?? []).map(({ schema, reason }) => [schema, reason]));
  expect(window['Custom.Door']).toMatch(/door.*required|required.*door/);
  expect(window['Custom.Lamp']).toMatch(/lamp.*required|required.*lamp/);

  const after = await sourceOf(program, 'push');
  expect(after).toMatchObject({ dropped: before.dropped + 1, deadLetters: before.deadLetters + 2 });
  expect(await rowsOf("SELECT log_type, reason, records FROM ingest_stats WHERE outcome = 'dropped'")).toMatchObject([
    { log_type: 'Custom.Door', reason: "the caretaker's round" },
  ]);
  expect(await program.query("SELECT 1 AS one FROM custom_door WHERE user = 'caretaker'")).toEqual([]);
});

test('a source of the API wants a key of its scope', async () => {
  const refused = await fetch(`${program.address}/api/v1/ingest/push`, { method: 'POST', body: 'x\n' });
  expect(refused.status).toBe(401);
  const { code, stdout } = await workspace.tocsin('keys', 'create', '--scope', 'ingest', 'shipper');
  expect(code).toBe(0);
  const headers = { authorization: `Bearer ${stdout.trim()}`, 'content-type': 'text/plain' };
  const taken = await fetch(`${program.address}/api/v1/ingest/push`, {
    method: 'POST',
    headers,
    body: line({ door: 'closed' }),
  });
  expect(taken.status).toBe(200);
  expect((await fetch(`${program.address}/api/v1/alerts`, { headers })).status).toBe(403);

  const keys = await workspace.ask<{ id: string; name: string }[]>('keys');
  const { id = '' } = keys.find(({ name }) => name === 'shipper') ?? {};
  expect((await workspace.tocsin('keys', 'revoke', id)).code).toBe(0);
  const revoked = await fetch(`${program.address}/api/v1/ingest/push`, { method: 'POST', headers, body: 'x\n' });
  expect(revoked.status).toBe(401);
});

test('the command line works the alerts of the running program', async () => {
  const listed = await workspace.ask<AlertAnswer[]>('alerts', 'list', '--severity', 'high');
  expect(listed.map(({ title }) => title)).toEqual(['Door forced by mallory']);
  const id = listed[0]?.id ?? '';

  const shown = await workspace.tocsin('alerts', 'show', id.slice(0, 8));
  expect(shown.stdout).toContain('Door forced by mallory');
  expect(shown.stdout).toContain('203.0.113.9');

  expect(await workspace.tocsin('alerts', 'close', id.slice(0, 8))).toMatchObject({ code: 0, stdout: '' });
  expect(await program.ask<AlertAnswer>(`/api/v1/alerts/${id}`)).toMatchObject({ status: 'CLOSED' });
  expect((await workspace.tocsin('alerts', 'show', 'ffff')).stderr).toContain('there is no alert');
});

test('the command line queries the running program, and writes nothing', async () => {
  const { code, stdout } = await workspace.tocsin('query', "SELECT user FROM custom_door WHERE door = 'forced'");
  expect([code, stdout]).toEqual([0, 'user\nmallory\n']);
  const { code: refused, stderr } = await workspace.tocsin('query', 'DROP TABLE custom_door');
  expect(refused).toBe(1);
  expect(stderr).toMatch(/^error: .+/);
});

test('explain says which schema takes a line and why the other does not', async () => {
  await workspace.write('line.log', line({ lamp: 'on' }));
  const { candidates } = await workspace.ask<{ candidates: { schema: string; taken: boolean; reason: string }[] }>(
    'explain',
    '--schema',
    'Custom.Door,Custom.Lamp',
    'line.log',
  );
  expect(candidates).toMatchObject([
    { schema: 'Custom.Lamp', taken: true },
    { schema: 'Custom.Door', taken: false, reason: expect.stringContaining('door') },
  ]);
});

test('a second program in the same workspace is refused in a sentence', async () => {
  const { code, stderr } = await workspace.tocsin('run');
  expect(code).toBe(75);
  expect(stderr).toContain(String(program.pid));
  expect(stderr).not.toMatch(/\n\s+at /);
});

test(
  'SIGTERM ends it with 0, and the next start goes on where it was: the followed file too, rotated meanwhile',
  async () => {
    const numbers = async () => {
      const rows = await program.query("SELECT n FROM custom_door WHERE p_source_id = 'file' ORDER BY n");
      return rows.map(({ n }) => Number(n));
    };
    const counted = async () => (await program.query('SELECT count() AS n FROM custom_door'))[0]?.['n'];
    await until('the file is read', async () => (await numbers()).length === 2);
    await appendFile(workspace.at('logs/door.log'), line({ door: 'closed', n: 3 }));
    await until('the file is followed', async () => (await numbers()).length === 3);
    const before = { alerts: await alertsOf(program), rows: Number(await counted()), mails: mails.length };

    expect(await program.stop('SIGTERM')).toBe(0);
    await appendFile(workspace.at('logs/door.log'), line({ door: 'closed', n: 4 }));
    await rename(workspace.at('logs/door.log'), workspace.at('logs/door.log.1'));
    await writeFile(workspace.at('logs/door.log'), line({ door: 'forced', user: 'peggy', n: 5 }));
    program = await startProgram(workspace);
    expect(program.stderr()).not.toContain('admin API key');

    await told(await alertTitled('Door forced by peggy'));
    await until('all is read', async () => (await numbers()).length >= 5);
    expect(await numbers()).toEqual([1, 2, 3, 4, 5]);
    expect(Number(await counted())).toBe(before.rows + 2);
    const after = await alertsOf(program);
    expect(after.filter(({ title }) => title !== 'Door forced by peggy')).toEqual(before.alerts);
    expect(mails).toHaveLength(before.mails + 1);
  },
  startTimeoutMs,
);
