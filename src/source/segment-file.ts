// The segment that is being written: one file, one write and one fdatasync per group of frames.

import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Chunk, type Position, segmentsPerJournal } from '../core/batch.ts';
import { encodeHead, type Frame, fileHeader, fileHeaderBytes, type FrameMeta } from './frame.ts';
import { syncFolder } from './segment-number.ts';

/** Chunks of files below this are copied: cheaper than to find them again, and safe from rotation. */
const copiedBytes = 64 * 1024;

/** Frame numbers are 4 hex digits; the last one is the seal's. */
export const maxFrames = 0xffff;

export interface Accepted {
  readonly source: string;
  readonly chunk: Chunk;
  readonly received: number;
}

export interface SegmentFile {
  readonly segment: number;
  /** Frames that are on disk. */
  readonly frames: number;
  /** Bytes of their records, referenced ones included. */
  readonly bytes: number;
  readonly positions: readonly (Position & { readonly source: string })[];
  /** Durable when it resolves. When it rejects, nothing of the group is in the file and it can be tried again, unless
   *  `broken` says otherwise. */
  write(group: readonly Accepted[]): Promise<void>;
  /** Nothing can be written any more; closes the file. Can be tried again when it rejects. */
  seal(received: number): Promise<void>;
  /** The file could not be brought back to its last good end after a failed write. */
  readonly broken: boolean;
}

export function segmentPath(dir: string, segment: number): string {
  return join(dir, `${(segment % segmentsPerJournal).toString(16).padStart(8, '0')}.log`);
}

export async function createSegmentFile(dir: string, segment: number): Promise<SegmentFile> {
  const path = segmentPath(dir, segment);
  const file = await open(path, 'wx', 0o600);
  const { header, marker } = fileHeader();
  let end = fileHeaderBytes;
  let frames = 0;
  let bytes = 0;
  let broken = false;
  const positions = new Map<string, Position & { readonly source: string }>();
  try {
    await writeAll(file, [header], 0);
    await file.datasync();
    await syncFolder(dir);
  } catch (error) {
    await file.close();
    await unlink(path);
    throw error;
  }

  async function put(parts: readonly Uint8Array[]): Promise<void> {
    try {
      await writeAll(file, parts, end);
      await file.datasync();
      end += size(parts);
    } catch (error) {
      await truncate().catch(() => (broken = true));
      throw error;
    }
  }

  async function truncate(): Promise<void> {
    await file.truncate(end);
    await file.datasync();
  }

  return {
    segment,
    get frames() {
      return frames;
    },
    get bytes() {
      return bytes;
    },
    get broken() {
      return broken;
    },
    get positions() {
      return [...positions.values()];
    },
    async write(group) {
      const parts = group.flatMap(({ source, chunk, received }, index) => {
        const { kind, meta } = describe(source, chunk);
        const stored = kind === 'reference' ? new Uint8Array(0) : chunk.bytes;
        const frame: Frame = { kind, groupStart: index === 0, frame: frames + index, received, meta };
        return [encodeHead(frame, stored, marker), stored];
      });
      await put(parts);
      frames += group.length;
      for (const { source, chunk } of group) {
        bytes += chunk.bytes.length;
        if (chunk.position !== undefined) {
          positions.set(JSON.stringify([source, chunk.position.key]), { source, ...chunk.position });
        }
      }
    },
    async seal(received) {
      const frame: Frame = { kind: 'seal', groupStart: true, frame: frames, received, meta: { source: '' } };
      await put([encodeHead(frame, new Uint8Array(0), marker)]);
      await file.close();
    },
  };
}

function describe(source: string, chunk: Chunk): { kind: 'bytes' | 'reference'; meta: FrameMeta } {
  const { file, position, oversized, reference, bytes } = chunk;
  const meta: FrameMeta = { source, file, position, oversized };
  if (reference === undefined || bytes.length < copiedBytes) return { kind: 'bytes', meta };
  return { kind: 'reference', meta: { ...meta, range: { ...reference, length: bytes.length, crc: crc32(bytes) } } };
}

function size(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

async function writeAll(file: FileHandle, parts: readonly Uint8Array[], offset: number): Promise<void> {
  const total = size(parts);
  let { bytesWritten: done } = await file.writev(parts, offset);
  while (done < total) {
    const rest = Buffer.concat(parts).subarray(done);
    done += (await file.write(rest, 0, rest.length, offset + done)).bytesWritten;
  }
}
