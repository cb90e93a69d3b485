import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Chunk } from '../core/batch.ts';
import { UserError } from '../core/problem.ts';
import { http, isHttpSource } from './http.ts';

const plain = { contentType: 'text/plain', contentEncoding: '' };
const json = { contentType: 'application/json; charset=utf-8', contentEncoding: '' };

/** A source whose chunks are kept as text, each settled with what `settle` gives. */
function start(settings: object = {}, settle: () => Error | undefined = () => undefined) {
  const source = http.create('web', http.settings.parse(settings));
  const stop = new AbortController();
  const chunks: Chunk[] = [];
  const ended = (async () => {
    for await (const chunk of source.read(stop.signal)) {
      chunks.push(chunk);
      chunk.settled?.(settle());
    }
  })();
  return {
    source,
    chunks,
    texts: () => chunks.map(({ bytes }) => Buffer.from(bytes).toString()),
    end: async () => {
      stop.abort();
      await ended;
    },
  };
}

test('lines, NDJSON and JSON arrays are records', async () => {
  const { source, texts, end } = start();
  expect(await source.push(Buffer.from('a\n\nb'), plain)).toEqual({ records: 2, bytes: 4 });
  expect(await source.push(Buffer.from('{"a":1}\n{"a":2}\n'), json)).toEqual({ records: 2, bytes: 16 });
  expect(await source.push(Buffer.from('[{"a":\n1},{"b":2}]'), json)).toEqual({ records: 2, bytes: 17 });
  expect(await source.push(Buffer.from(''), plain)).toEqual({ records: 0, bytes: 0 });
  await end();
  expect(texts()).toEqual(['a\n\nb\n', '{"a":1}\n{"a":2}\n', '{"a": 1}\n{"b":2}\n']);
});

test('gzip is known by its first bytes, in one part or many', async () => {
  const { source, texts, end } = start();
  const packed = gzipSync('a\nb\n');
  async function* parts() {
    for (const byte of packed) yield Buffer.from([byte]);
  }
  expect(await source.push(parts(), { ...plain, contentEncoding: 'gzip' })).toEqual({ records: 2, bytes: 4 });
  expect(await source.push(packed, plain)).toEqual({ records: 2, bytes: 4 });
  await end();
  expect(texts()).toEqual(['a\nb\n', 'a\nb\n']);
});

test('requests at the same time share a chunk, unless their file differs', async () => {
  const { source, texts, chunks, end } = start();
  await Promise.all([
    source.push(Buffer.from('1'), plain),
    source.push(Buffer.from('2'), plain),
    source.push(Buffer.from('3'), { ...plain, file: 'x' }),
  ]);
  await end();
  expect(texts()).toEqual(['1\n2\n', '3\n']);
  expect(chunks.map(({ file }) => file)).toEqual([undefined, 'x']);
});

test('a body that is too large, also only when unpacked, is refused whole', async () => {
  const { source, texts, end } = start({ maxBodyBytes: 10_000 });
  await expect(source.push(Buffer.alloc(10_001, 'x'), plain)).rejects.toThrow(/over the limit of 10000 bytes/);
  await expect(source.push(gzipSync(Buffer.alloc(5_000_000)), plain)).rejects.toThrow(/over the limit of 10000 bytes/);
  await expect(source.push(gzipSync('abc').subarray(0, 15), plain)).rejects.toThrow(/not whole gzip/);
  await expect(source.push(Buffer.from('x'), { ...plain, contentEncoding: 'br' })).rejects.toThrow(UserError);
  await expect(source.push(Buffer.from('[1'), json)).rejects.toThrow(UserError);
  await end();
  expect(texts()).toEqual([]);
});

test('a full disk and too much that waits are "overloaded"', async () => {
  const full = start({}, () => new UserError('the disk is full'));
  expect(await full.source.push(Buffer.from('a'), plain)).toBe('overloaded');
  expect(full.source.health()).toEqual({
    state: 'failing',
    message: 'the disk is full; senders are told to come again',
  });
  await full.end();

  const small = start({ maxWaitingBytes: 2000 });
  const slow = small.source.push(
    (async function* () {
      yield Buffer.alloc(1900, 'x');
      expect(await small.source.push(Buffer.alloc(200, 'y'), plain)).toBe('overloaded');
    })(),
    plain,
  );
  expect(await slow).toBe('overloaded');
  expect(await small.source.push(Buffer.from('z'), plain)).toEqual({ records: 1, bytes: 1 });
  await small.end();
});

test('a record over the limit is a chunk of its own', async () => {
  const { source, chunks, texts, end } = start({ maxRecordBytes: 1024 });
  await source.push(Buffer.from(`a\n${'x'.repeat(2000)}\nb`), plain);
  await end();
  expect(texts()).toEqual(['a\n', 'x'.repeat(1024), 'b\n']);
  expect(chunks[1]?.oversized).toEqual({ length: 2000, limit: 1024 });
});

test('a large body is cut into pieces of whole records', async () => {
  const { source, texts, end } = start();
  const body = Buffer.from('0123456789abcdef\n'.repeat(300_000));
  expect(await source.push(body, plain)).toEqual({ records: 300_000, bytes: body.length });
  await end();
  expect(texts().length).toBeGreaterThan(2);
  expect(texts().every((text) => text.endsWith('\n'))).toBe(true);
  expect(texts().join('')).toBe(body.toString());
});

test('a source that stopped takes nothing', async () => {
  const { source, end } = start();
  await end();
  expect(await source.push(Buffer.from('a'), plain)).toBe('overloaded');
  expect(source.health().state).toBe('done');
  expect(isHttpSource(source)).toBe(true);
});
