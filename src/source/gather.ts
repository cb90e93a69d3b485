// Small pieces from sockets, requests and pipes become chunks: what came within a few milliseconds is one chunk, so that
// there are neither thousands of tiny batches nor a wait that a person would notice.

import type { Chunk, Oversized } from '../core/batch.ts';

const flushMs = 5;
/** A chunk is given at once when so much is there, and is seldom larger. */
const flushBytes = 256 * 1024;
const maxChunkBytes = 2 * 1024 * 1024;
/** What a piece takes beside its bytes. */
const pieceOverhead = 128;

export interface GatheredPiece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly oversized?: Oversized;
  readonly file?: string;
  /** As in Chunk. */
  settled?(error?: Error): void;
}

export interface Gatherer {
  add(piece: GatheredPiece): void;
  /** Nothing more will be added. */
  end(): void;
  /** Memory that waiting pieces take. */
  readonly bytes: number;
  /** Ends after `end`, when all is given. */
  chunks(): AsyncGenerator<Chunk>;
}

/** `onDrain` is called whenever waiting pieces were given away. */
export function createGatherer(onDrain: () => void = () => undefined): Gatherer {
  const pieces: GatheredPiece[] = [];
  let bytes = 0;
  let ended = false;
  let news = Promise.withResolvers<undefined>();
  let enough = Promise.withResolvers<undefined>();

  /** The first pieces that can be one chunk: at least one, at most `most`. */
  function take(most: number): readonly GatheredPiece[] {
    let count = 0;
    let size = 0;
    for (const piece of pieces) {
      size += piece.bytes.length;
      if (count > 0 && (size > maxChunkBytes || !canMerge(pieces[0], piece))) break;
      count++;
      if (count === most) break;
    }
    const taken = pieces.splice(0, count);
    for (const piece of taken) bytes -= weight(piece);
    return taken;
  }

  return {
    add(piece) {
      pieces.push(piece);
      bytes += weight(piece);
      news.resolve(undefined);
      if (bytes >= flushBytes) enough.resolve(undefined);
    },
    end() {
      ended = true;
      news.resolve(undefined);
      enough.resolve(undefined);
    },
    get bytes() {
      return bytes;
    },
    async *chunks() {
      for (;;) {
        await news.promise;
        await within(flushMs, enough.promise);
        news = Promise.withResolvers();
        enough = Promise.withResolvers();
        for (let left = pieces.length; left > 0; ) {
          const taken = take(left);
          left -= taken.length;
          onDrain();
          yield merge(taken);
        }
        if (ended && pieces.length === 0) return;
      }
    },
  };
}

function weight(piece: GatheredPiece): number {
  return piece.bytes.length + pieceOverhead;
}

function canMerge(first: GatheredPiece | undefined, piece: GatheredPiece): boolean {
  return first?.oversized === undefined && piece.oversized === undefined && piece.file === first?.file;
}

async function within(ms: number, done: Promise<undefined>): Promise<void> {
  const timer = Promise.withResolvers<undefined>();
  const handle = setTimeout(timer.resolve, ms, undefined);
  await Promise.race([timer.promise, done]);
  clearTimeout(handle);
}

function merge(pieces: readonly GatheredPiece[]): Chunk {
  const size = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
  const [first] = pieces;
  let bytes = first?.bytes ?? new Uint8Array(0);
  if (pieces.length > 1) {
    bytes = new Uint8Array(size);
    let offset = 0;
    for (const piece of pieces) {
      bytes.set(piece.bytes, offset);
      offset += piece.bytes.length;
    }
  }
  return {
    bytes,
    ...(first?.oversized !== undefined && { oversized: first.oversized }),
    ...(first?.file !== undefined && { file: first.file }),
    settled(error) {
      for (const piece of pieces) piece.settled?.(error);
    },
  };
}
