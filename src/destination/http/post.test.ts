import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { type Answer, httpServer } from './http-server.suite.ts';
import { type Post, post } from './post.ts';

const plain: Post = { url: '', headers: {}, body: '{}', allowPrivate: true, timeoutMs: 2000 };

async function answered(answer: Answer, more: Partial<Post> = {}) {
  await using server = await httpServer(answer);
  return await post({ ...plain, url: server.url, ...more });
}

test.each([
  [200, 'delivered', undefined],
  [204, 'delivered', undefined],
  [302, 'failed', true],
  [400, 'failed', true],
  [404, 'failed', true],
  [408, 'failed', false],
  [429, 'failed', false],
  [500, 'failed', false],
  [503, 'failed', false],
])('%i is %s, final: %s', async (status, kind, final) => {
  const result = await answered((response) => response.writeHead(status).end());
  expect(result).toMatchObject({ kind, ...(final !== undefined && { final }) });
});

test('the message has the beginning of the answer', async () => {
  const result = await answered((response) => response.writeHead(400).end(`no  such\nhook ${'x'.repeat(9000)}`));
  expect(result.message).toMatch(/^400: no such hook x{180,}$/);
  expect(result.message.length).toBeLessThan(250);
});

test('an endless answer is not read', async () => {
  const result = await answered((response) => {
    response.writeHead(200);
    const more = setInterval(() => response.write('x'.repeat(10_000)), 1);
    response.on('close', () => clearInterval(more));
  });
  expect(result.kind).toBe('delivered');
});

test('a redirect is not followed', async () => {
  await using other = await httpServer();
  await answered((response) => response.writeHead(307, { location: other.url }).end());
  expect(other.received).toEqual([]);
});

test('no answer in time', async () => {
  const result = await answered(() => {}, { timeoutMs: 100 });
  expect(result).toEqual({ kind: 'failed', message: 'no answer within 100 ms', final: false });
});

test('an answer that drips is late, too', async () => {
  const result = await answered(
    (response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(more));
    },
    { timeoutMs: 200 },
  );
  expect(result).toMatchObject({ kind: 'failed', final: false });
});

test('nobody listens', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const result = await post({ ...plain, url: `http://127.0.0.1:${port}/T0/secret` });
  expect(result).toMatchObject({ kind: 'failed', final: false });
  expect(result.message).toContain('ECONNREFUSED');
  expect(result.message).not.toContain('secret');
});

test.each([
  '127.0.0.1',
  '[::1]',
  'localhost',
  '[::ffff:127.0.0.1]',
  '2130706433',
  '0x7f.1',
  '169.254.169.254',
  '10.1.2.3',
])('%s is refused as private', async (host) => {
  await using server = await httpServer();
  const result = await post({ ...plain, url: `http://${host}:${server.port}/`, allowPrivate: false });
  expect(result).toMatchObject({ kind: 'failed', final: true });
  expect(result.message).toContain('allowPrivate is not set');
  expect(server.received).toEqual([]);
});
