// Frames as they lie in a segment file, all numbers little-endian:
//   file:  "TOCSINJ1", marker (8 random bytes, so that no record can look like a frame)
//   frame: marker, u32 length of the body, u32 crc32 of the body
//   body:  u8 kind, u8 1 if first of its group, u16 frame number, f64 received, u32 length of meta, meta (JSON), bytes
// A group is what was written and synced together.

import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { FileRange, Oversized, Position } from '../core/batch.ts';

const magic = Buffer.from('TOCSINJ1', 'latin1');
const markerBytes = 8;
const prefixBytes = markerBytes + 8;
const fixedBytes = 16;
export const fileHeaderBytes = magic.length + markerBytes;

/** A kind's place in the list is its number in the file. */
const frameKinds = ['bytes', 'reference', 'seal'] as const;
export type FrameKind = (typeof frameKinds)[number];

export interface FrameMeta {
  readonly source: string;
  readonly file?: string | undefined;
  readonly position?: Position | undefined;
  readonly oversized?: Oversized | undefined;
  /** For kind `reference`. */
  readonly range?: (FileRange & { readonly length: number; readonly crc: number }) | undefined;
}

export interface Frame {
  readonly kind: FrameKind;
  readonly groupStart: boolean;
  readonly frame: number;
  readonly received: number;
  readonly meta: FrameMeta;
}

/** A frame in a file: where it begins, where its bytes begin, and where it ends. */
export interface PlacedFrame extends Frame {
  readonly offset: number;
  readonly bytesOffset: number;
  readonly end: number;
}

export function fileHeader(): { readonly header: Buffer; readonly marker: Buffer } {
  const marker = randomBytes(markerBytes);
  return { header: Buffer.concat([magic, marker]), marker };
}

/** undefined: not a segment file. */
export function readMarker(file: Buffer): Buffer | undefined {
  if (file.length < fileHeaderBytes || !file.subarray(0, magic.length).equals(magic)) return undefined;
  return Buffer.from(file.subarray(magic.length, fileHeaderBytes));
}

/** What comes before `bytes` in the file. */
export function encodeHead(frame: Frame, bytes: Uint8Array, marker: Buffer): Buffer {
  const meta = Buffer.from(JSON.stringify(frame.meta));
  const head = Buffer.allocUnsafe(prefixBytes + fixedBytes + meta.length);
  marker.copy(head);
  head.writeUInt32LE(fixedBytes + meta.length + bytes.length, markerBytes);
  head.writeUInt8(frameKinds.indexOf(frame.kind), prefixBytes);
  head.writeUInt8(frame.groupStart ? 1 : 0, prefixBytes + 1);
  head.writeUInt16LE(frame.frame, prefixBytes + 2);
  head.writeDoubleLE(frame.received, prefixBytes + 4);
  head.writeUInt32LE(meta.length, prefixBytes + 12);
  meta.copy(head, prefixBytes + fixedBytes);
  head.writeUInt32LE(crc32(bytes, crc32(head.subarray(prefixBytes))), markerBytes + 4);
  return head;
}

/** undefined: no whole, undamaged frame begins at `offset`. */
export function decodeFrame(file: Buffer, offset: number, marker: Buffer): PlacedFrame | undefined {
  const body = offset + prefixBytes;
  if (body + fixedBytes > file.length || marker.compare(file, offset, offset + markerBytes) !== 0) return undefined;
  const end = body + file.readUInt32LE(offset + markerBytes);
  if (end < body + fixedBytes || end > file.length) return undefined;
  if (crc32(file.subarray(body, end)) !== file.readUInt32LE(offset + markerBytes + 4)) return undefined;
  const kind = frameKinds[file.readUInt8(body)];
  if (kind === undefined) return undefined;
  const bytesOffset = body + fixedBytes + file.readUInt32LE(body + 12);
  const meta: FrameMeta = JSON.parse(file.toString('utf8', body + fixedBytes, bytesOffset));
  const groupStart = file.readUInt8(body + 1) === 1;
  const frame = file.readUInt16LE(body + 2);
  return { kind, groupStart, frame, received: file.readDoubleLE(body + 4), meta, offset, bytesOffset, end };
}

export interface Scan {
  readonly frames: readonly PlacedFrame[];
  /** Damaged stretches with whole frames after them: batches that were acknowledged and are lost. `frame` is the number of
   *  the first. */
  readonly gaps: readonly { readonly frame: number; readonly offset: number; readonly length: number }[];
  /** The file is good up to here; what follows was never acknowledged. */
  readonly end: number;
}

/** Reads a whole segment file. A bad stretch is damage if a group (or the seal) begins after it, since a group is
 *  written only when all before it is synced; otherwise it is the torn tail of a write that was cut short. */
export function scanFrames(file: Buffer, marker: Buffer): Scan {
  const frames: PlacedFrame[] = [];
  const gaps: { frame: number; offset: number; length: number }[] = [];
  let offset = fileHeaderBytes;
  while (offset < file.length) {
    const frame = nextFrame(file, offset, marker);
    if (frame === undefined) break;
    const number = (frames.at(-1)?.frame ?? -1) + 1;
    if (frame.offset > offset) gaps.push({ frame: number, offset, length: frame.offset - offset });
    frames.push(frame);
    offset = frame.end;
  }
  const lastStart = frames.findLast((frame) => frame.groupStart)?.offset ?? fileHeaderBytes;
  const torn = gaps.find((gap) => gap.offset > lastStart)?.offset ?? offset;
  return {
    frames: frames.filter((frame) => frame.offset < torn),
    gaps: gaps.filter((gap) => gap.offset < torn),
    end: torn,
  };
}

function nextFrame(file: Buffer, offset: number, marker: Buffer): PlacedFrame | undefined {
  for (let at = offset; at !== -1; at = file.indexOf(marker, at + 1)) {
    const frame = decodeFrame(file, at, marker);
    if (frame !== undefined) return frame;
  }
  return undefined;
}
