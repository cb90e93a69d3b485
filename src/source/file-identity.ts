// Tells whether a file is one that was read before. Its name says nothing (rotation) and its inode little (reuse,
// copytruncate), so the key is device, inode and a hash of how the file begins: `<dev>:<ino>:<n>:<hash of n bytes>`.
// A small file grows, so n is what was there when its first records were read, at most 1 KiB; when it is met again its
// first n bytes are hashed, however long it is by then. For gzip the unpacked bytes count.

import { createHash } from 'node:crypto';
import type { Positions } from '../core/source.ts';

export const headBytes = 1024;

/** From so many equal first bytes on, a file of another inode is the same log: copied or packed by rotation. */
const sureBytes = 256;

interface Known {
  readonly key: string;
  readonly head: number;
  readonly hash: string;
}

export interface KnownFile {
  readonly key: string;
  /** Length of the beginning that the key tells of. */
  readonly head: number;
  readonly offset: number;
}

export interface KnownFiles {
  /** How far the file with this beginning was read, if it was. `byContent`: also under another inode. */
  find(file: string, head: Uint8Array, byContent: boolean): KnownFile | undefined;
  offset(key: string): number | undefined;
  set(key: string, offset: number): void;
}

/** `file` is `<dev>:<ino>`. */
export function fileKey(file: string, head: Uint8Array): string {
  return `${file}:${head.length}:${hash(head)}`;
}

export function createKnownFiles(positions: Positions): KnownFiles {
  const offsets = new Map<string, number>();
  const byFile = new Map<string, Known[]>();
  const byHead = new Map<string, string>();
  const lengths = new Set<number>();

  function set(key: string, offset: number): void {
    const isNew = !offsets.has(key);
    offsets.set(key, offset);
    const parts = /^(\d+:\d+):(\d{1,4}):([0-9a-f]{32})$/.exec(key);
    if (!isNew || parts === null) return;
    const [, file = '', length = '', digest = ''] = parts;
    const known: Known = { key, head: Number(length), hash: digest };
    byFile.set(file, [...(byFile.get(file) ?? []), known]);
    if (known.head < sureBytes) return;
    byHead.set(`${length}:${digest}`, key);
    lengths.add(known.head);
  }

  for (const [key, offset] of positions) set(key, offset);

  return {
    find(file, head, byContent) {
      const begins = (known: Known) => known.head <= head.length && hash(head.subarray(0, known.head)) === known.hash;
      const own = byFile.get(file)?.filter(begins) ?? [];
      const best = own.toSorted((a, b) => b.head - a.head)[0];
      if (best !== undefined) return { key: best.key, head: best.head, offset: offsets.get(best.key) ?? 0 };
      if (!byContent) return undefined;
      for (const length of [...lengths].toSorted((a, b) => b - a)) {
        if (length > head.length) continue;
        const same = byHead.get(`${length}:${hash(head.subarray(0, length))}`);
        if (same !== undefined)
          return { key: fileKey(file, head.subarray(0, length)), head: length, offset: offsets.get(same) ?? 0 };
      }
      return undefined;
    },
    offset: (key) => offsets.get(key),
    set,
  };
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}
