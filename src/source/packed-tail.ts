// One gzip file. It is read once, from its beginning; positions count unpacked bytes, and what an earlier run had read
// is skipped. A file that grows (it is still being packed) is read again.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Chunk } from '../core/batch.ts';
import { messageOf } from '../core/failure.ts';
import { UserError } from '../core/problem.ts';
import { fileKey, headBytes } from './file-identity.ts';
import { createLineCutter, type Piece } from './lines.ts';
import type { Tail, TailOptions } from './tail.ts';

const packedBlockBytes = 256 * 1024;
const blockBytes = 1024 * 1024;

export function openPackedTail(file: string, firstPath: string, options: TailOptions): Tail {
  const { maxRecordBytes, known, byContent } = options;
  let bytesRead = 0;
  /** Size and time of the file when it was last read. */
  let lastSeen = '';
  let failure: unknown;
  const tail: Tail = {
    file,
    path: firstPath,
    read,
    // `read` gives the last record too: a packed file gets no more.
    async *finish() {},
    release: () => Promise.resolve(),
    get bytesRead() {
      return bytesRead;
    },
  };

  function chunk({ bytes, end, oversized }: Piece, key: string): Chunk {
    return {
      bytes,
      file: tail.path,
      position: { key, value: end },
      ...(oversized !== undefined && { oversized }),
      settled: () => known.set(key, end),
    };
  }

  async function* read(): AsyncGenerator<Chunk, void> {
    const stats = await stat(tail.path);
    const seen = `${stats.size}:${Math.trunc(stats.mtimeMs)}`;
    const whole = `${file}:whole:${seen}`;
    if (seen === lastSeen || known.offset(whole) !== undefined) {
      bytesRead = stats.size;
      if (failure !== undefined) throw failure;
      return;
    }
    lastSeen = seen;
    try {
      yield* readAnew();
      failure = undefined;
    } catch (error) {
      failure = error;
      throw error;
    }
    yield { bytes: new Uint8Array(0), file: tail.path, position: { key: whole, value: stats.size } };
  }

  async function* readAnew(): AsyncGenerator<Chunk, void> {
    const blocks = unpack(tail.path, (bytes) => (bytesRead = bytes));
    const head = await firstBytes(blocks);
    const begin = head.subarray(0, headBytes);
    const before = known.find(file, begin, byContent);
    const key = before?.key ?? fileKey(file, begin);
    let skip = before?.offset ?? 0;
    const cutter = createLineCutter(maxRecordBytes, skip);
    for await (const block of chain(head, blocks)) {
      const fresh = block.subarray(Math.min(skip, block.length));
      skip -= block.length - fresh.length;
      for (const piece of cutter.push(fresh)) yield chunk(piece, key);
    }
    for (const piece of cutter.end()) yield chunk(piece, key);
  }

  return tail;
}

async function* unpack(path: string, tell: (packedBytes: number) => void): AsyncGenerator<Buffer, void> {
  const packed = createReadStream(path, { highWaterMark: packedBlockBytes });
  const gunzip = createGunzip({ chunkSize: blockBytes });
  const done = pipeline(packed, gunzip).catch(() => undefined);
  let unpackedBytes = 0;
  try {
    for await (const block of gunzip) {
      if (!Buffer.isBuffer(block)) continue;
      unpackedBytes += block.length;
      tell(packed.bytesRead);
      yield block;
    }
  } catch (error) {
    const place = `after ${unpackedBytes} unpacked bytes`;
    throw new UserError(`${path} is not whole gzip (${messageOf(error)} ${place})`, { cause: error });
  } finally {
    packed.destroy();
    gunzip.destroy();
    await done;
  }
}

/** At least `headBytes`, if there are so many. */
async function firstBytes(blocks: AsyncGenerator<Buffer, void>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < headBytes) {
    const next = await blocks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* chain(head: Buffer, blocks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield head;
  yield* blocks;
}
