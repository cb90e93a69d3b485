// Records that are posted to the program's API: lines, NDJSON, JSON arrays, plain or gzip. It has no listener of its
// own; the API pushes. A sender that was answered can forget what it sent.

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { codeOf, messageOf } from '../core/failure.ts';
import { UserError } from '../core/problem.ts';
import type { Source, SourceHealth } from '../core/source.ts';
import { createGatherer } from './gather.ts';
import { toJsonLines } from './json-lines.ts';
import { countRecords, createLineCutter, endLine } from './lines.ts';
import { maxRecordBytes } from './source-kind.ts';

const settings = z.strictObject({
  maxBodyBytes: z
    .int()
    .min(1024)
    .max(256 * 1024 * 1024)
    .default(32 * 1024 * 1024)
    .describe('Largest body, packed and unpacked; a larger one is refused whole.'),
  maxWaitingBytes: z
    .int()
    .min(1024)
    .default(64 * 1024 * 1024)
    .describe('When more than this is being received or waits for the disk, senders are told to come again.'),
  maxRecordBytes,
});

export const http = {
  description: "Records posted to the program's API: lines, NDJSON or JSON arrays, also gzip.",
  settings,
  create: createHttpSource,
};

export interface PushedBody {
  /** Such as `application/json`; anything that is not JSON is taken as lines. */
  readonly contentType: string;
  /** '' or `identity`, or `gzip`; gzip is also known by its first bytes. */
  readonly contentEncoding: string;
  /** Kept in `p_source_file`. */
  readonly file?: string | undefined;
}

export interface HttpSource extends Source {
  /** Resolves when the records are on disk. 'overloaded': nothing is promised, send it again later. A body that is too
   *  large or not what its type says is a UserError, and nothing of it is taken. */
  push(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    about: PushedBody,
  ): Promise<{ readonly records: number; readonly bytes: number } | 'overloaded'>;
}

export function isHttpSource(source: Source): source is HttpSource {
  return source.kind === 'http' && 'push' in source;
}

/** A record set is cut into pieces of about this size, so that workers share it. */
const pieceBytes = 1024 * 1024;

const unpack = promisify(gunzip);

function createHttpSource(id: string, limits: z.output<typeof settings>): HttpSource {
  let health: SourceHealth = { state: 'starting', message: 'not taking records yet' };
  let isOpen = false;
  /** Bytes of bodies that are not answered yet. */
  let held = 0;
  const gatherer = createGatherer();

  async function* read(stop: AbortSignal) {
    const end = (): void => {
      isOpen = false;
      gatherer.end();
    };
    stop.addEventListener('abort', end, { once: true });
    isOpen = !stop.aborted;
    if (stop.aborted) gatherer.end();
    health = { state: 'healthy', message: 'taking records' };
    for await (const chunk of gatherer.chunks()) {
      yield {
        ...chunk,
        settled(error?: Error) {
          health =
            error === undefined
              ? { state: 'healthy', message: 'taking records' }
              : { state: 'failing', message: `${error.message}; senders are told to come again` };
          chunk.settled?.(error);
        },
      };
    }
    health = { state: 'done', message: 'stopped' };
  }

  async function push(body: Uint8Array | AsyncIterable<Uint8Array>, about: PushedBody) {
    let share = 0;
    const hold = (bytes: number): boolean => {
      share += bytes;
      held += bytes;
      return isOpen && held <= limits.maxWaitingBytes;
    };
    try {
      const received = await collect(body, hold);
      if (received === 'overloaded') return received;
      const bytes = await toLines(received, about);
      if (!hold(bytes.length)) return 'overloaded';
      if (bytes.length === 0) return { records: 0, bytes: 0 };
      const records = countRecords(bytes);
      const size = bytes.length;
      return (await keep(bytes, about.file)) ? { records, bytes: size } : 'overloaded';
    } finally {
      held -= share;
    }
  }

  async function collect(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    hold: (bytes: number) => boolean,
  ): Promise<Buffer | 'overloaded'> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of body instanceof Uint8Array ? [body] : body) {
      size += part.length;
      if (size > limits.maxBodyBytes) throw tooLarge();
      if (!hold(part.length)) return 'overloaded';
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  async function toLines(received: Buffer, { contentType, contentEncoding }: PushedBody): Promise<Uint8Array> {
    const encoding = contentEncoding.trim().toLowerCase();
    if (!['', 'identity', 'gzip', 'x-gzip'].includes(encoding)) {
      throw new UserError(`content encoding ${JSON.stringify(encoding)} is not known; expected gzip or none`);
    }
    const isPacked = received[0] === 0x1f && received[1] === 0x8b;
    const plain = isPacked ? await gunzipWithin(received) : received;
    return /^\s*application\/json\b/i.test(contentType) ? toJsonLines(plain) : plain;
  }

  async function gunzipWithin(packed: Buffer): Promise<Buffer> {
    try {
      return await unpack(packed, { maxOutputLength: limits.maxBodyBytes });
    } catch (error) {
      if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
      throw new UserError(`the body is not whole gzip: ${messageOf(error)}`);
    }
  }

  function tooLarge(): UserError {
    return new UserError(`the body is over the limit of ${limits.maxBodyBytes} bytes, unpacked; send it in parts`);
  }

  /** false: the disk did not take all of it. */
  async function keep(bytes: Uint8Array, file: string | undefined): Promise<boolean> {
    const cutter = createLineCutter(limits.maxRecordBytes);
    const settled: Promise<boolean>[] = [];
    for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
      const part = bytes.subarray(offset, offset + pieceBytes);
      const isLast = offset + pieceBytes >= bytes.length;
      for (const piece of isLast ? [...cutter.push(part), ...cutter.end()] : cutter.push(part)) {
        const { promise, resolve } = Promise.withResolvers<boolean>();
        settled.push(promise);
        gatherer.add({
          bytes: piece.oversized === undefined ? endLine(piece.bytes) : piece.bytes,
          ...(piece.oversized !== undefined && { oversized: piece.oversized }),
          ...(file !== undefined && { file }),
          settled: (error) => resolve(error === undefined),
        });
      }
    }
    return (await Promise.all(settled)).every(Boolean);
  }

  return { id, kind: 'http', read, health: () => health, push };
}
