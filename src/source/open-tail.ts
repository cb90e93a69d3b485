// Opens a log file as what its first bytes say that it is.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { headBytes } from './file-identity.ts';
import { openPackedTail } from './packed-tail.ts';
import { openPlainTail, readHead } from './plain-tail.ts';
import type { Tail, TailOptions } from './tail.ts';

/** undefined: not a regular file, or nothing is in it yet. */
export async function openTail(path: string, options: TailOptions): Promise<Tail | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let isTaken = false;
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) return undefined;
    const file = `${stats.dev}:${stats.ino}`;
    const head = await readHead(handle, headBytes);
    if (head.length === 0) return undefined;
    if (head[0] === 0x1f && head[1] === 0x8b) return openPackedTail(file, path, options);
    isTaken = true;
    return openPlainTail(file, path, handle, head, options);
  } finally {
    if (!isTaken) await handle.close();
  }
}
