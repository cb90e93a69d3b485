import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { httpServer } from './http/http-server.suite.ts';
import { context, notification } from './notification.suite.ts';
import { webhook } from './webhook.ts';

test('POSTs the payload, signed', async () => {
  await using server = await httpServer();
  const secret = 'a secret of some length';
  const headers = { Authorization: 'Bearer x' };
  const hook = webhook.create('hook', { url: server.url, secret, headers, allowPrivate: true }, context);
  expect(await hook.send(notification())).toEqual({ kind: 'delivered', message: '200: ok' });
  const [request] = server.received;
  expect(request?.body).toBe('{"title":"Port 21 opened"}');
  expect(request?.headers).toMatchObject({
    'content-type': 'application/json',
    'idempotency-key': 'n1',
    authorization: 'Bearer x',
  });
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers['x-tocsin-signature'])) ?? [];
  expect(time).toBe('1700000000');
  expect(signature).toBe(createHmac('sha256', secret).update(`${time}.${request?.body}`).digest('hex'));
});

test('without a secret it is not signed', async () => {
  await using server = await httpServer();
  await webhook.create('hook', { url: server.url, allowPrivate: true }, context).send(notification());
  expect(server.received[0]?.headers).not.toHaveProperty('x-tocsin-signature');
});

test('settings: headers cannot be split, private addresses are refused unless allowed', async () => {
  expect(webhook.settings.safeParse({ url: 'https://x', headers: { a: 'b\r\nc: d' } }).success).toBe(false);
  expect(webhook.settings.safeParse({ url: 'file:///etc/passwd' }).success).toBe(false);
  await using server = await httpServer();
  const result = await webhook.create('hook', { url: server.url }, context).send(notification());
  expect(result).toMatchObject({ kind: 'failed', final: true });
});
