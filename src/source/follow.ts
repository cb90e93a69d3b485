// Follows files as `tail -F` does: what is appended, files that come, rotation by renaming (the old file is read to its
// end first) and by copying (the file begins anew).

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Chunk } from '../core/batch.ts';
import { listFiles } from './file-list.ts';
import { watchFolders } from './folder-watch.ts';
import type { Reading } from './reading.ts';
import type { Tail } from './tail.ts';

const pollMs = 250;
/** Looking for files takes at most a tenth of the time. */
const listShare = 10;
/** A file that was renamed or deleted is read on for so long after its last growth: its writer may still hold it. */
const lingerMs = 5000;
/** When more files than this are followed, those that do not grow are not held open. */
const maxOpenFiles = 512;
/** After a round with less than this there is a pause, so that chunks do not become tiny. */
const busyBytes = 1024 * 1024;

interface Followed {
  readonly tail: Tail;
  /** performance.now() when it was last seen to grow. */
  grown: number;
}

export async function* followFiles(reading: Reading): AsyncGenerator<Chunk, void> {
  const followed = new Map<string, Followed>();
  const watch = watchFolders(reading.stop);
  let nextList = 0;
  let isMissing = true;
  try {
    while (!reading.stop.aborted) {
      const begun = performance.now();
      if (begun >= nextList || watch.hasNewFiles()) {
        const paths = await listFiles(reading.paths, reading.workspace);
        await meet(paths, followed, reading);
        watch.folders(new Set(paths.map((path) => dirname(path))));
        nextList = performance.now() + Math.max(pollMs, listShare * (performance.now() - begun));
        isMissing = paths.length === 0;
      }
      const bytes = yield* readRound(followed, reading);
      const what = isMissing ? 'no file matches yet:' : `following ${followed.size} files:`;
      reading.tell({ state: isMissing ? 'idle' : 'healthy', message: `${what} ${reading.paths.join(', ')}` });
      if (bytes < busyBytes) await watch.wait(pollMs);
    }
  } finally {
    watch.close();
    for (const { tail } of followed.values()) await tail.release();
  }
}

/** Gives the bytes that were read. */
async function* readRound(followed: Map<string, Followed>, reading: Reading): AsyncGenerator<Chunk, number> {
  let bytes = 0;
  for (const [file, one] of followed) {
    const { tail } = one;
    const before = tail.bytesRead;
    yield* reading.take(tail, tail.read());
    if (reading.stop.aborted) break;
    bytes += Math.abs(tail.bytesRead - before);
    if (tail.bytesRead !== before) one.grown = performance.now();
    if (performance.now() - one.grown < lingerMs) continue;
    if (followed.size > maxOpenFiles) await tail.release();
    if ((await identify(tail.path)) === file) continue;
    yield* reading.take(tail, tail.finish());
    await tail.release();
    followed.delete(file);
  }
  return bytes;
}

/** New files are opened; one that has a new name is known by its inode. */
async function meet(paths: readonly string[], followed: Map<string, Followed>, reading: Reading): Promise<void> {
  for (const path of paths) {
    const file = await identify(path);
    const one = file === undefined ? undefined : followed.get(file);
    if (one !== undefined) {
      one.tail.path = path;
      continue;
    }
    const tail = await reading.open(path);
    if (tail !== undefined) followed.set(tail.file, { tail, grown: performance.now() });
  }
}

async function identify(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}
