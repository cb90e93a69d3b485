import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, test } from 'vitest';
import { email } from './email.ts';
import { context, notification } from './notification.suite.ts';

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string;
  readonly secure: boolean;
  readonly text: string;
}

async function smtpServer(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    onData(stream, session, callback) {
      let text = '';
      stream.on('data', (part) => (text += part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: typeof session.user === 'string' ? session.user : '',
          secure: session.secure,
          text,
        });
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    settings: { host: '127.0.0.1', port, from: 'Tocsin <soc@example.com>', to: ['ann@example.com', 'bob@example.com'] },
    received,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

function certificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-certificate-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    ...subject,
  ];
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}

async function send(settings: object, alert: Parameters<typeof notification>[0] = {}) {
  const mail = email.create('mail', settings, context);
  try {
    return await mail.send(notification(alert));
  } finally {
    await mail.close();
  }
}

test('mails to all recipients', async () => {
  await using server = await smtpServer();
  const result = await send({ ...server.settings, tls: 'none' });
  expect(result).toMatchObject({ kind: 'delivered', message: expect.stringMatching(/^250 /) });
  expect(server.received).toMatchObject([{ from: 'soc@example.com', to: server.settings.to, secure: false }]);
  const text = server.received[0]?.text;
  expect(text).toMatch(/^Subject: \[HIGH\] Port 21 opened\r$/m);
  expect(text).toMatch(/^From: Tocsin <soc@example.com>\r$/m);
  expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  expect(text).toContain('Content-Type: text/plain');
  expect(text).toContain('Content-Type: text/html');
});

test('the same notification has the same Message-ID', async () => {
  await using server = await smtpServer();
  const mail = email.create('mail', { ...server.settings, tls: 'none' }, context);
  await mail.send(notification());
  await mail.send(notification());
  await mail.send({ ...notification(), id: 'n2' });
  await mail.close();
  const ids = server.received.map(({ text }) => /^Message-ID: (<[0-9a-f]{40}@example\.com>)\r$/m.exec(text)?.[1]);
  expect(new Set(ids).size).toBe(2);
  expect(ids[0]).toBeDefined();
  expect(ids[0]).toBe(ids[1]);
});

test('a title cannot make headers', async () => {
  await using server = await smtpServer();
  await send({ ...server.settings, tls: 'none' }, { title: 'a\r\nBcc: x@example.com\r\n\r\nbody' });
  const head = server.received[0]?.text.split('\r\n\r\n')[0];
  expect(head).not.toMatch(/^Bcc/im);
  expect(head).toMatch(/^Subject: \[HIGH\] a Bcc: x@example.com body\r?$/m);
  expect(server.received[0]?.to).toEqual(server.settings.to);
});

const onAuth: SMTPServerOptions['onAuth'] = ({ username, password }, _session, callback) => {
  if (username === 'soc' && password === 'pw') callback(null, { user: username });
  else callback(new Error('no'));
};

test('STARTTLS and a login; a certificate that nobody vouches for is refused unless told otherwise', async () => {
  await using server = await smtpServer({ ...certificate(), authOptional: false, onAuth });
  const login = { ...server.settings, user: 'soc', password: 'pw' };
  expect(await send(login)).toMatchObject({
    kind: 'failed',
    final: false,
    message: expect.stringMatching(/certificate/),
  });
  expect(await send({ ...login, verifyCertificate: false })).toMatchObject({ kind: 'delivered' });
  expect(server.received).toMatchObject([{ user: 'soc', secure: true }]);
  const wrong = await send({ ...login, password: 'x', verifyCertificate: false });
  expect(wrong).toMatchObject({ kind: 'failed', final: true });
});

test('TLS from the start', async () => {
  await using server = await smtpServer({ ...certificate(), secure: true });
  const result = await send({ ...server.settings, tls: 'implicit', verifyCertificate: false });
  expect(result).toMatchObject({ kind: 'delivered' });
  expect(server.received).toMatchObject([{ secure: true }]);
});

test('a server without STARTTLS gets no mail where it is wanted', async () => {
  await using server = await smtpServer({ disabledCommands: ['STARTTLS'] });
  expect(await send(server.settings)).toMatchObject({ kind: 'failed' });
  expect(server.received).toEqual([]);
});

test.each([
  [550, true],
  [451, false],
])('%i at the recipients is final: %s', async (responseCode, final) => {
  const refusal = Object.assign(new Error('not here'), { responseCode });
  await using server = await smtpServer({ onRcptTo: (_address, _session, callback) => callback(refusal) });
  expect(await send({ ...server.settings, tls: 'none' })).toMatchObject({ kind: 'failed', final });
});

test('a recipient that is refused is named', async () => {
  await using server = await smtpServer({
    onRcptTo: ({ address }, _session, callback) => callback(address.startsWith('bob') ? new Error('who?') : null),
  });
  const result = await send({ ...server.settings, tls: 'none' });
  expect(result).toMatchObject({ kind: 'delivered', message: expect.stringContaining('refused bob@example.com') });
});

test('nobody listens', async () => {
  const { settings } = await (async () => {
    await using server = await smtpServer();
    return server;
  })();
  expect(await send({ ...settings, tls: 'none' })).toMatchObject({ kind: 'failed', final: false });
});
