import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseListen } from './listen.ts';
import { tcp } from './tcp.ts';

async function start(settings: object = {}, slowMs = 0) {
  const source = tcp.create('t', tcp.settings.parse({ listen: '127.0.0.1:0', ...settings }));
  const stop = new AbortController();
  const texts: string[] = [];
  const oversized: number[] = [];
  const ended = (async () => {
    for await (const chunk of source.read(stop.signal)) {
      texts.push(Buffer.from(chunk.bytes).toString());
      if (chunk.oversized !== undefined) oversized.push(chunk.oversized.length);
      if (slowMs > 0) await wait(slowMs);
      chunk.settled?.();
    }
  })();
  await expect.poll(() => source.address()).toBeDefined();
  const port = parseListen(source.address() ?? '')?.port ?? 0;
  return {
    source,
    texts,
    oversized,
    port,
    lines: () => texts.join('').split('\n').slice(0, -1),
    end: async () => {
      stop.abort();
      await ended;
    },
  };
}

function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket)).once('error', reject);
  });
}

test('lines of many connections are records; a last line without an end is one too', async () => {
  const { port, lines, end } = await start();
  const senders = Array.from({ length: 20 }, async (_, n) => {
    const socket = await dial(port);
    socket.write(`a${n}\nb`);
    await wait(5);
    socket.end(`${n}\nc${n}`);
  });
  await Promise.all(senders);
  const expected = Array.from({ length: 20 }, (_, n) => [`a${n}`, `b${n}`, `c${n}`]).flat();
  await expect.poll(() => lines().toSorted()).toEqual(expected.toSorted());
  await end();
});

test('a sender that is faster than the journal is slowed down, and nothing is lost', async () => {
  const { source, port, lines, end } = await start({}, 20);
  const socket = await dial(port);
  const line = `${'x'.repeat(999)}\n`;
  socket.end(line.repeat(8000));
  await expect.poll(() => lines().length, { timeout: 20_000 }).toBe(8000);
  expect(source.health().state).toBe('healthy');
  await end();
});

test('while the journal is stuck, a connection is paused', async () => {
  const { port, end } = await start({}, 700);
  const socket = await dial(port);
  socket.on('error', () => undefined);
  for (let n = 0; n < 64; n++) socket.write('y\n'.repeat(512 * 1024));
  await wait(400);
  expect(socket.writableLength).toBeGreaterThan(32 * 1024 * 1024);
  socket.destroy();
  await end();
});

test('lines come within a few milliseconds and not one by one', async () => {
  const { port, texts, lines, end } = await start();
  const socket = await dial(port);
  socket.setNoDelay(true);
  for (let n = 0; n < 200; n++) {
    socket.write(`${n}\n`);
    await wait(1);
  }
  await expect.poll(() => lines().length, { interval: 2 }).toBe(200);
  expect(texts.length).toBeLessThan(120);
  socket.destroy();
  await end();
});

test('a connection over the limit is refused with a sentence', async () => {
  const { source, port, end } = await start({ maxConnections: 1 });
  const first = await dial(port);
  await expect.poll(() => source.health().message).toMatch(/1 connected/);
  const second = await dial(port);
  const answer = await new Promise((resolve) => second.once('data', (data) => resolve(data.toString())));
  expect(answer).toBe('too many connections (1); try again later\n');
  expect(source.health().message).toMatch(/1 connections refused, over the limit of 1/);
  first.destroy();
  await end();
});

test('an idle connection is closed, and its unfinished line is a record', async () => {
  const { port, lines, end } = await start({ idleSeconds: 0.05 });
  const socket = await dial(port);
  socket.on('error', () => undefined);
  socket.write('half');
  await new Promise((resolve) => socket.once('close', resolve));
  await expect.poll(lines).toEqual(['half']);
  await end();
});

test('a record over the limit does not stop those after it', async () => {
  const { port, texts, oversized, end } = await start({ maxRecordBytes: 1024 });
  const socket = await dial(port);
  socket.end(`a\n${'x'.repeat(5000)}\nb\n`);
  await expect.poll(() => texts).toEqual(['a\n', 'x'.repeat(1024), 'b\n']);
  expect(oversized).toEqual([5000]);
  await end();
});

test('stopping gives what has come, then ends', async () => {
  const { source, port, texts, end } = await start();
  const socket = await dial(port);
  socket.on('error', () => undefined);
  socket.write('a\nunfinished');
  await expect.poll(() => texts).toEqual(['a\n']);
  await end();
  expect(texts).toEqual(['a\n', 'unfinished\n']);
  expect(source.health().state).toBe('done');
});

test('a port in use is a sentence', async () => {
  const { port, end } = await start();
  const other = tcp.create('other', tcp.settings.parse({ listen: `127.0.0.1:${port}` }));
  const reading = other.read(new AbortController().signal)[Symbol.asyncIterator]();
  await expect(reading.next()).rejects.toThrow(`source other: cannot listen on 127.0.0.1:${port}: it is in use`);
  expect(other.health()).toEqual({ state: 'failing', message: `cannot listen on 127.0.0.1:${port}: it is in use` });
  await end();
});

test('addresses', () => {
  expect(parseListen('0.0.0.0:514')).toEqual({ host: '0.0.0.0', port: 514 });
  expect(parseListen('514')).toEqual({ host: '127.0.0.1', port: 514 });
  expect(parseListen('[::1]:514')).toEqual({ host: '::1', port: 514 });
  expect(parseListen('localhost:0')).toEqual({ host: 'localhost', port: 0 });
  for (const bad of ['', 'host', 'host:', '1:2:3', '::1:514', 'a b:1', '1:70000'])
    expect(parseListen(bad)).toBeUndefined();
});
