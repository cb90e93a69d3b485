// The article's port scan with real tools: tcpdump on loopback, nc into a TCP source, nmap, and a mail.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  alertsOf,
  makeWorkspace,
  type Program,
  portOf,
  startProgram,
  startTimeoutMs,
  until,
  type Workspace,
} from '../program.ts';

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const missing = ['tcpdump', 'nmap', 'nc'].filter((program) => !has(program));
const isRoot = process.getuid?.() === 0;
const skipped = missing.length > 0 ? ` (skipped: no ${missing.join(', ')})` : isRoot ? '' : ' (skipped: needs root)';

const query = `title: Port scan
id: Seed.PortScan
level: medium
query: |
  SELECT src_ip, dst_ip, uniqExact(dst_port) AS ports
  FROM tcpdump_tcp
  WHERE has(tags, 'tcp_connection_started') AND p_parse_time >= {to:DateTime64(6)} - INTERVAL 30 SECOND
    AND p_parse_time < {to:DateTime64(6)}
  GROUP BY src_ip, dst_ip HAVING ports > {threshold:UInt32}
params: {threshold: 50}
siem:
  schedule: {every: 10s}
  alert:
    key: [src_ip, dst_ip]
    title: 'Detected portscan from [{{src_ip}}] to [{{dst_ip}}]. {{ports}} unique ports scanned.'
  suppress: {for: 30s}
  destinations: [mail]
`;

const mails: string[] = [];
const mailbox = new SMTPServer({
  authOptional: true,
  disableReverseLookup: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  logger: false,
  onData(stream, _session, callback) {
    let text = '';
    stream.on('data', (part) => (text += part));
    stream.on('end', () => {
      mails.push(text);
      callback();
    });
  },
});
const subjects = (): readonly string[] =>
  mails.map((text) => /^Subject: (.*(?:\r\n[ \t].*)*)/m.exec(text)?.[1]?.replaceAll(/\r\n[ \t]/g, ' ') ?? '');

const mailOf = (pair: string): string | undefined =>
  subjects().find((subject) => subject.includes(`portscan from ${pair}.`));

let workspace: Workspace;
let program: Program;
let capture: ChildProcess;
const listeners: Server[] = [];

beforeAll(async () => {
  if (skipped !== '') return;
  await new Promise<void>((resolve) => mailbox.listen(0, '127.0.0.1', resolve));
  const { port } = mailbox.server.address() as AddressInfo;
  workspace = await makeWorkspace({
    'tocsin.yml': `name: port-scan
listen: 127.0.0.1:0
sources:
  - {id: tcpdump, type: tcp, listen: '127.0.0.1:0', schemas: [Tcpdump.Tcp]}
destinations:
  - {id: mail, type: email, host: 127.0.0.1, port: ${port}, tls: none, from: tocsin@example.com, to: [soc@example.com]}
packs: [network]
`,
    'queries/port-scan.yml': query,
  });
  program = await startProgram(workspace);
  const source = await portOf(program, 'tcpdump');
  capture = spawn('sh', ['-c', `tcpdump -i lo -n -tttt 'tcp[13] == 2' | nc 127.0.0.1 ${source}`], {
    env: { ...process.env, TZ: 'UTC' },
    detached: true,
  });
  for (const host of ['127.0.0.21', '127.0.0.22']) {
    const listener = createServer();
    listeners.push(listener);
    await new Promise<void>((resolve) => listener.listen(443, host, resolve));
  }
  await until('tcpdump listens', async () => {
    spawnSync('nmap', ['-p9', '127.0.0.20']);
    const [row] = await program.query('SELECT count() AS packets FROM tcpdump_tcp');
    return Number(row?.['packets']) > 0 ? true : undefined;
  });
}, startTimeoutMs);
afterAll(async () => {
  if (capture?.pid !== undefined) process.kill(-capture.pid);
  for (const listener of listeners) listener.close();
  await program?.stop();
  await new Promise<void>((resolve) => mailbox.close(resolve));
  await workspace?.remove();
});

test.skipIf(skipped !== '')(
  `a scan is mailed with both hosts and the ports; 50 ports are quiet; a second scanner gets its own${skipped}`,
  { timeout: 120_000 },
  async () => {
    const began = Date.now();
    spawnSync('nmap', ['-p1-500', '127.0.0.21']);
    spawnSync('nmap', ['-p1-50', '127.0.0.23']);
    spawnSync('nmap', ['-e', 'lo', '-Pn', '-S', '127.0.0.9', '-p1-500', '127.0.0.22']);
    const pairs = ['[127.0.0.1] to [127.0.0.21]', '[127.0.0.9] to [127.0.0.22]'];
    await until(
      'both mails',
      () => {
        const found = pairs.map(mailOf);
        return found.includes(undefined) ? undefined : found;
      },
      40_000,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; mails: ${subjects().join('; ')}`);
    });
    for (const pair of pairs) expect(mailOf(pair)).toMatch(/ [45]\d\d unique ports scanned/);
    expect(Date.now() - began).toBeLessThan(40_000);
    const alerts = await alertsOf(program);
    expect(alerts.filter(({ title }) => title.includes('127.0.0.23'))).toEqual([]);
    // The correlation of the pack says the same, for each pair.
    const told = alerts.filter(({ detection }) => detection === 'Tocsin.Network.PortScan').map(({ dedup }) => dedup);
    expect(told.toSorted()).toEqual(['127.0.0.1, 127.0.0.21', '127.0.0.9, 127.0.0.22']);
  },
);
