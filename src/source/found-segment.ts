// A segment that an earlier run left behind: read whole at the start to see what is good in it, then again frame by
// frame when its batches are wanted.

import { open, readFile, rename, truncate, unlink } from 'node:fs/promises';
import type { Batch, Position } from '../core/batch.ts';
import { reread } from './file-range.ts';
import { fileHeaderBytes, type PlacedFrame, readMarker, scanFrames, type Scan } from './frame.ts';
import { segmentPath } from './segment-file.ts';

export interface FoundSegment {
  readonly segment: number;
  readonly bytes: number;
  /** The lowest and the highest in it. */
  readonly since: number;
  readonly received: number;
  readonly batches: number;
  readonly positions: readonly (Position & { readonly source: string })[];
  read(): AsyncGenerator<Batch>;
  /** A damaged file is not deleted but kept as `.damaged`. */
  remove(): Promise<void>;
}

/** undefined: nothing acknowledged is in it, and the file is gone. A torn tail is cut off; what is left is durable. */
export async function findSegment(
  dir: string,
  segment: number,
  warn: (message: string) => void,
): Promise<FoundSegment | undefined> {
  const path = segmentPath(dir, segment);
  const file = await readFile(path);
  const marker = readMarker(file);
  if (marker === undefined && file.length >= fileHeaderBytes) {
    await rename(path, `${path}.damaged`);
    warn(`${path} does not begin as a journal segment does; its records are not read; it is kept as ${path}.damaged`);
    return undefined;
  }
  const scan: Scan = marker === undefined ? { frames: [], gaps: [], end: 0 } : scanFrames(file, marker);
  if (scan.end < file.length) {
    await cut(path, scan.end);
    warn(`${path}: ${file.length - scan.end} bytes at the end were never acknowledged and are cut off`);
  }
  const frames = scan.frames.filter((frame) => frame.kind !== 'seal');
  if (frames.length === 0 && scan.gaps.length === 0) {
    await unlink(path);
    return undefined;
  }
  for (const gap of scan.gaps) {
    warn(
      `${path}: ${gap.length} bytes at ${gap.offset} are damaged and lost; the file will be kept as ${path}.damaged`,
    );
  }
  const times = scan.frames.map((frame) => frame.received);
  return {
    segment,
    bytes: frames.reduce((sum, frame) => sum + recordBytes(frame), 0),
    since: times.reduce((min, time) => Math.min(min, time), scan.gaps.length > 0 ? 0 : Number.POSITIVE_INFINITY),
    received: times.reduce((max, time) => Math.max(max, time), 0),
    batches: frames.length + scan.gaps.length,
    positions: lastPositions(frames),
    read: () => readBatches(path, segment, frames, scan.gaps),
    remove: () => (scan.gaps.length > 0 ? rename(path, `${path}.damaged`) : unlink(path)),
  };
}

async function cut(path: string, end: number): Promise<void> {
  await truncate(path, end);
  await using file = await open(path, 'r+');
  await file.datasync();
}

async function* readBatches(
  path: string,
  segment: number,
  frames: readonly PlacedFrame[],
  gaps: Scan['gaps'],
): AsyncGenerator<Batch> {
  await using file = await open(path, 'r');
  let received = frames[0]?.received ?? 0;
  const place = (number: number) => ({ id: batchId(segment, number), segment, frame: number });
  const lost = (gap: Scan['gaps'][number]): Batch => ({
    ...place(gap.frame),
    source: '',
    received,
    bytes: new Uint8Array(0),
    lost: `${gap.length} bytes of the journal were damaged on disk; they are kept in ${path}.damaged at ${gap.offset}`,
  });
  let nextGap = 0;
  for (const frame of frames) {
    for (let gap = gaps[nextGap]; gap !== undefined && gap.offset < frame.offset; gap = gaps[++nextGap])
      yield lost(gap);
    received = frame.received;
    const { source, file: name, position, oversized, range } = frame.meta;
    const batch: Batch = {
      ...place(frame.frame),
      source,
      received,
      bytes: new Uint8Array(0),
      ...(name !== undefined && { file: name }),
      ...(position !== undefined && { position }),
      ...(oversized !== undefined && { oversized }),
    };
    if (range !== undefined) {
      const bytes = await reread(range);
      yield bytes instanceof Uint8Array ? { ...batch, bytes } : { ...batch, ...bytes };
    } else {
      const bytes = new Uint8Array(frame.end - frame.bytesOffset);
      await file.read(bytes, 0, bytes.length, frame.bytesOffset);
      yield { ...batch, bytes };
    }
  }
  for (const gap of gaps.slice(nextGap)) yield lost(gap);
}

export function batchId(segment: number, frame: number): string {
  return `${segment.toString(16).padStart(8, '0')}-${frame.toString(16).padStart(4, '0')}`;
}

function recordBytes(frame: PlacedFrame): number {
  return frame.meta.range?.length ?? frame.end - frame.bytesOffset;
}

function lastPositions(frames: readonly PlacedFrame[]): readonly (Position & { readonly source: string })[] {
  const last = new Map<string, Position & { readonly source: string }>();
  for (const { meta } of frames) {
    if (meta.position === undefined) continue;
    last.set(JSON.stringify([meta.source, meta.position.key]), { source: meta.source, ...meta.position });
  }
  return [...last.values()];
}
