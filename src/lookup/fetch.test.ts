import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { type Answer, endless, feedServer } from './feed-server.suite.ts';
import { fetchAddress, type FetchLimits, type FetchRequest } from './fetch.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-fetch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'incoming');
const list = '192.0.2.1\n192.0.2.2\n';
const whole = {
  kind: 'fetched',
  path,
  bytes: list.length,
  sha256: createHash('sha256').update(list).digest('hex'),
};

/** Fetches what the server answers, and sees that nothing but a fetched file is left behind. */
async function answered(answer: Answer, more: Partial<FetchRequest> = {}, limits: Partial<FetchLimits> = {}) {
  await using server = await feedServer(answer);
  const result = await fetchAddress(
    { address: server.address, path, ...more },
    { allowPrivate: true, timeoutMs: 5000, ...limits },
  );
  expect([JSON.stringify(result).includes('secret'), existsSync(path)]).toStrictEqual([
    false,
    result.kind === 'fetched',
  ]);
  return result;
}

const failure = async (answer: Answer, limits: Partial<FetchLimits> = {}) => {
  const result = await answered(answer, {}, limits);
  return result.kind === 'failed' ? result.message : result.kind;
};

test('the bytes are on disk, with what to ask by the next time', async () => {
  const modified = 'Sat, 31 Jan 2026 12:00:00 GMT';
  const result = await answered((response) =>
    response.writeHead(200, { etag: '"a"', 'last-modified': modified }).end(list),
  );
  expect(result).toStrictEqual({ ...whole, etag: '"a"', modified });
  expect(readFileSync(path, 'utf8')).toBe(list);
});

test('what is too long to ask by is not kept', async () => {
  const long = 'x'.repeat(1025);
  const headers = { etag: long, 'last-modified': long };
  expect(await answered((response) => response.writeHead(200, headers).end(list))).toStrictEqual(whole);
});

test('what has not changed is not sent again', async () => {
  await using server = await feedServer((response, { headers }) =>
    response.writeHead(headers['if-none-match'] === '"a"' ? 304 : 200).end(),
  );
  const request = { address: server.address, path, etag: '"a"', modified: 'then', headers: { 'auth-key': 'k' } };
  expect(await fetchAddress(request, { allowPrivate: true })).toStrictEqual({ kind: 'unchanged' });
  expect(server.asked).toMatchObject([{ 'if-none-match': '"a"', 'if-modified-since': 'then', 'auth-key': 'k' }]);
});

test('a 304 that nobody asked for is no success', async () => {
  expect(await failure((response) => response.writeHead(304).end())).toBe('304 Not Modified');
});

test('gzip of the transport is undone; a file that is gzip itself is kept', async () => {
  const packed = gzipSync(list);
  expect(await answered((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed))).toEqual(
    whole,
  );
  expect(await answered((response) => response.end(packed))).toMatchObject({ bytes: packed.length });
});

test.each<[string, Answer, string]>([
  ['404', (response) => response.writeHead(404).end(), '404 Not Found'],
  ['an unknown status', (response) => response.writeHead(299, '\u00ff').end(), '299'],
  [
    'another encoding',
    (response) => response.writeHead(200, { 'content-encoding': 'br' }).end('x'),
    'its content encoding is not known; gzip was asked for',
  ],
  [
    'an answer cut off within its length',
    (response) => {
      response.writeHead(200, { 'content-length': 100 }).write(list, () => response.destroy());
    },
    'the answer ended early',
  ],
  [
    'an answer cut off between chunks',
    (response) => {
      response.writeHead(200).write(list, () => response.destroy());
    },
    'the answer ended early',
  ],
  [
    'gzip cut off',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(list).subarray(0, -12)),
    'the answer ended early',
  ],
  [
    'gzip that is none',
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('<html>'),
    'the answer is broken gzip: incorrect header check',
  ],
  ['a redirect in circles', (response) => response.writeHead(302, { location: '/' }).end(), 'more than 5 redirects'],
  [
    'a redirect into the file system',
    (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    'file: is not known; expected http:, https:, s3: or file:',
  ],
  [
    'a redirect to nowhere',
    (response) => response.writeHead(302, { location: 'http://[' }).end(),
    'it redirects to what is no URL',
  ],
])('%s fails and leaves nothing', async (_, answer, message) => {
  expect(await failure(answer)).toBe(message);
});

test('a feed of 2 GB is stopped at the limit, whether it says its length or not', async () => {
  let sent = 0;
  const limits = { maxBytes: 1 << 20 };
  expect(
    await failure(
      endless((bytes) => (sent += bytes)),
      limits,
    ),
  ).toBe('it is larger than 1024 KiB');
  expect(sent).toBeLessThan(2 ** 26);
  expect(await failure((response) => response.writeHead(200, { 'content-length': 2 ** 31 }).write('x'), limits)).toBe(
    'it is larger than 1024 KiB',
  );
  const bomb = gzipSync(Buffer.alloc(1 << 24));
  expect(await failure((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb), limits)).toBe(
    'it is larger than 1024 KiB',
  );
});

const drip: Answer = (response) => {
  response.writeHead(200);
  const more = setInterval(() => response.write('x'), 20);
  response.on('close', () => clearInterval(more));
};

const silent: Answer = () => {};
const stalled: Answer = (response) => response.writeHead(200).write('x');

test('no answer, an answer that stops and one that drips are broken off', async () => {
  expect(await failure(silent, { idleMs: 100 })).toBe('nothing came for 0.1 s');
  expect(await failure(stalled, { idleMs: 100 })).toBe('nothing came for 0.1 s');
  expect(await failure(drip, { idleMs: 1000, timeoutMs: 300 })).toBe('not done within 0.3 s');
});

test('it can be stopped', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 100);
  expect(await answered(drip, { stop: stop.signal })).toStrictEqual({ kind: 'failed', message: 'it was stopped' });
});

test.each([
  ['120', 120_000],
  ['999999999', 24 * 3600_000],
  ['Fri, 31 Jan 2020 12:00:00 GMT', undefined],
  ['soon', undefined],
])('Retry-After: %s', async (value, retryAfterMs) => {
  const result = await answered((response) => response.writeHead(503, { 'retry-after': value }).end());
  const message = '503 Service Unavailable';
  expect(result).toStrictEqual({ kind: 'failed', message, ...(retryAfterMs !== undefined && { retryAfterMs }) });
});

test('a redirect is followed, without the headers when it leads to another origin', async () => {
  await using other = await feedServer((response) => response.end(list));
  await using first = await feedServer((response) => response.writeHead(302, { location: other.address }).end());
  const request = { address: first.address, path, headers: { 'auth-key': 'k' } };
  expect(await fetchAddress(request, { allowPrivate: true })).toStrictEqual(whole);
  expect([first.asked[0]?.['auth-key'], other.asked[0]?.['auth-key']]).toStrictEqual(['k', undefined]);
});

test.each(['127.0.0.1', '[::1]', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '169.254.169.254'])(
  '%s is refused as private',
  async (host) => {
    await using server = await feedServer((response) => response.end(list));
    const { port } = new URL(server.address);
    const result = await fetchAddress({ address: `http://${host}:${port}/`, path });
    expect(result).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('private addresses are not allowed'),
    });
    expect(server.asked).toStrictEqual([]);
  },
);

async function failureOf(address: string) {
  const result = await fetchAddress({ address, path }, { allowPrivate: true });
  return result.kind === 'failed' ? result.message : result.kind;
}

test('nobody listens; an address is none; a kind of address is not known', async () => {
  const closed = createTcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  expect(await failureOf(`http://127.0.0.1:${port}/`)).toBe(`connect ECONNREFUSED 127.0.0.1:${port}`);
  expect(await failureOf('lists/tor.csv')).toBe('the address is no URL');
  expect(await failureOf('ftp://bucket/tor.csv')).toBe('ftp: is not known; expected http:, https:, s3: or file:');
});

test('a file is copied, and not again until it is another', async () => {
  const source = join(folder, 'source.csv');
  writeFileSync(source, list);
  const address = pathToFileURL(source).href;
  const first = await fetchAddress({ address, path });
  expect(first).toMatchObject(whole);
  const { etag } = first as { etag?: string };
  expect(await fetchAddress({ address, path, etag })).toStrictEqual({ kind: 'unchanged' });
  utimesSync(source, 1, 1);
  expect(await fetchAddress({ address, path, etag })).toMatchObject({ kind: 'fetched' });
  expect(await fetchAddress({ address, path }, { maxBytes: 4 })).toStrictEqual({
    kind: 'failed',
    message: 'it is larger than 0 KiB',
  });
});

test('a folder, a device and a file that is not there are no lists', async () => {
  expect(await failureOf(pathToFileURL(folder).href)).toBe('it is not a file');
  expect(await failureOf('file:///dev/zero')).toBe('it is not a file');
  expect(await failureOf(pathToFileURL(join(folder, 'nothing')).href)).toContain('ENOENT');
});
