import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { AnalyzerRequest } from './analyzer.ts';
import { ask, maxAnswerBytes } from './ask.ts';

let close = async (): Promise<void> => {};
afterEach(() => close());

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function asked(listener: RequestListener, request: Partial<AnalyzerRequest> = {}, timeoutMs = 5000) {
  const baseUrl = await serve(listener);
  return ask({ method: 'GET', url: 'https://service.invalid/a/b?c=d', ...request }, { baseUrl, fetch, timeoutMs });
}

const answered = (status: number, body: unknown, retryAfter: string | null = null) => {
  return { kind: 'answered', answer: { status, body }, retryAfter };
};

const echo: RequestListener = (request, response) => {
  request.toArray().then(
    (parts) => {
      const { accept, 'user-agent': agent, 'x-key': key } = request.headers;
      const body = parts.map(String).join('');
      response.end(JSON.stringify({ method: request.method, url: request.url, accept, agent, key, body }));
    },
    () => response.destroy(),
  );
};

test('a request goes out as the kind made it', async () => {
  expect(await asked(echo, { method: 'POST', headers: { 'x-key': 'k', 'user-agent': 'me' }, body: 'a=b' })).toEqual(
    answered(200, { method: 'POST', url: '/a/b?c=d', accept: 'application/json', agent: 'me', key: 'k', body: 'a=b' }),
  );
  await close();
  expect(await asked(echo)).toEqual(
    answered(200, { method: 'GET', url: '/a/b?c=d', accept: 'application/json', agent: 'tocsin', body: '' }),
  );
});

test('any status is an answer, with the time to retry after', async () => {
  const refusal = await asked((_, response) => response.writeHead(429, { 'retry-after': '7' }).end('not now'));
  expect(refusal).toEqual(answered(429, 'not now', '7'));
});

test('a redirect is not followed', async () => {
  const paths: string[] = [];
  const redirect: RequestListener = (request, response) => {
    paths.push(request.url ?? '');
    response.writeHead(302, { location: '/elsewhere' }).end();
  };
  expect(await asked(redirect)).toEqual(answered(302, ''));
  expect(paths).toEqual(['/a/b?c=d']);
});

const tooLong = { kind: 'failed', message: `the answer is over ${maxAnswerBytes} bytes`, isServices: false };

test('an answer is read up to its limit, compressed or not', async () => {
  expect(await asked((_, response) => response.end('x'.repeat(maxAnswerBytes)))).toMatchObject({ kind: 'answered' });
  await close();
  expect(await asked((_, response) => response.end('x'.repeat(maxAnswerBytes + 1)))).toEqual(tooLong);
  await close();
  const bomb = gzipSync(Buffer.alloc(50 * maxAnswerBytes));
  expect(await asked((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))).toEqual(
    tooLong,
  );
});

test('an answer that never ends is given up, before and after its first byte', async () => {
  const late = { kind: 'failed', message: 'no answer within 50 ms', isServices: true };
  expect(await asked(() => {}, {}, 50)).toEqual(late);
  await close();
  expect(await asked((_, response) => response.write('{'), {}, 50)).toEqual(late);
});

test('a service that is not there or hangs up', async () => {
  expect(await asked((request) => request.socket.destroy())).toMatchObject({ kind: 'failed', isServices: true });
  const baseUrl = await serve(() => {});
  await close();
  const gone = await ask({ method: 'GET', url: 'https://service.invalid/' }, { baseUrl, fetch, timeoutMs: 5000 });
  expect(gone).toMatchObject({ kind: 'failed', message: expect.stringMatching(/ECONNREFUSED/), isServices: true });
});
