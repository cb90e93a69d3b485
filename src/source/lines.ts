// Cuts a stream of bytes into pieces of whole records, each ended by '\n' (a '\r' before it stays: the schema's parser
// drops it). A record over the limit is a piece of its own that has only its beginning; never more than one record's
// limit is held, however long the line.

import type { Oversized } from '../core/batch.ts';

/** What is kept of a record that is over the limit. */
export const keptBytes = 64 * 1024;

const lineFeed = 10;

export interface Piece {
  /** Has an ArrayBuffer of its own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offset in the stream after the piece. */
  readonly end: number;
  readonly oversized?: Oversized;
}

export interface LineCutter {
  /** `data` is not kept. */
  push(data: Uint8Array): readonly Piece[];
  /** The stream is at its end: what was not ended by a line end is a record too. */
  end(): readonly Piece[];
}

/** `offset`: where in the stream the first byte is. */
export function createLineCutter(maxRecordBytes: number, offset = 0): LineCutter {
  let end = offset;
  /** The record that has begun: its bytes, or its kept beginning once it is over the limit. */
  let begun = new Uint8Array(0);
  let length = 0;

  function append(part: Uint8Array): void {
    const limit = length + part.length > maxRecordBytes ? keptBytes : maxRecordBytes;
    const room = Math.max(0, Math.min(part.length, limit - length));
    if (length + room > begun.length) {
      const larger = new Uint8Array(Math.min(limit, Math.max(1024, 2 * (length + room))));
      larger.set(begun.subarray(0, Math.min(length, limit)));
      begun = larger;
    }
    begun.set(part.subarray(0, room), Math.min(length, limit));
    length += part.length;
  }

  /** The begun record and `rest`, which ends with a line end, or all there is. */
  function piece(rest: Uint8Array): Piece {
    end += rest.length;
    const bytes = new Uint8Array(length + rest.length);
    bytes.set(begun.subarray(0, length));
    bytes.set(rest, length);
    begun = new Uint8Array(0);
    length = 0;
    return { bytes, end };
  }

  function oversized(): Piece {
    const kept = { length, limit: maxRecordBytes };
    const bytes = begun.slice(0, Math.min(keptBytes, maxRecordBytes));
    begun = new Uint8Array(0);
    length = 0;
    return { bytes, end, oversized: kept };
  }

  /** The last line end that can be reached from `start` without a record over the limit, or -1. */
  function lastLineEnd(data: Buffer, start: number): number {
    let found = -1;
    let room = maxRecordBytes - length;
    for (let from = start; from < data.length; ) {
      const next = data.lastIndexOf(lineFeed, from + room);
      if (next < from) break;
      found = next;
      from = next + 1;
      room = maxRecordBytes;
    }
    return found;
  }

  return {
    push(data) {
      const buffer = Buffer.from(data.buffer, data.byteOffset, data.length);
      const pieces: Piece[] = [];
      for (let start = 0; start < buffer.length; ) {
        const last = length > maxRecordBytes ? -1 : lastLineEnd(buffer, start);
        if (last >= 0) {
          pieces.push(piece(buffer.subarray(start, last + 1)));
          start = last + 1;
          continue;
        }
        const next = buffer.indexOf(lineFeed, start);
        const stop = next === -1 ? buffer.length : next;
        append(buffer.subarray(start, stop));
        end += stop - start;
        start = stop;
        if (next === -1) break;
        end++;
        start++;
        pieces.push(oversized());
      }
      return pieces;
    },
    end() {
      if (length === 0) return [];
      return [length > maxRecordBytes ? oversized() : piece(new Uint8Array(0))];
    },
  };
}

/** `bytes` with a line end, so that another stream's records can follow. */
export function endLine(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.at(-1) === lineFeed) return bytes;
  const ended = new Uint8Array(bytes.length + 1);
  ended.set(bytes);
  ended[bytes.length] = lineFeed;
  return ended;
}

/** Lines that are not empty. */
export function countRecords(bytes: Uint8Array): number {
  let count = 0;
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf(lineFeed, start);
    const end = next === -1 ? bytes.length : next;
    if (end > start) count++;
    start = end + 1;
  }
  return count;
}
