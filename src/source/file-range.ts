// A part of a file, read again after a restart: the file may have been rotated meanwhile, so its content decides.

import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FileRange } from '../core/batch.ts';
import { messageOf } from '../core/failure.ts';

/** Files beside a file that are tried where it no longer has the bytes. */
const maxSiblings = 64;

export type RereadRange = FileRange & { readonly length: number; readonly crc: number };

/** The bytes, from the file itself or from one that it was renamed or copied to in the same folder, or why not. */
export async function reread(range: RereadRange): Promise<Uint8Array<ArrayBuffer> | { readonly lost: string }> {
  const first = await readIfSame(range.path, range);
  if (typeof first !== 'string') return first;
  for (const sibling of await siblings(range.path)) {
    const bytes = await readIfSame(sibling, range);
    if (typeof bytes !== 'string') return bytes;
  }
  const part = `bytes ${range.offset} to ${range.offset + range.length}`;
  return { lost: `cannot read ${part} of ${range.path} again: ${first}` };
}

async function readIfSame(path: string, range: RereadRange): Promise<Uint8Array<ArrayBuffer> | string> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) return 'it is not a file';
    if (stats.size < range.offset + range.length) return 'the file is shorter than it was';
    const bytes = new Uint8Array(range.length);
    for (let done = 0; done < range.length; ) {
      const { bytesRead } = await file.read(bytes, done, range.length - done, range.offset + done);
      if (bytesRead === 0) return 'the file is shorter than it was';
      done += bytesRead;
    }
    return crc32(bytes) === range.crc ? bytes : 'the file has changed';
  } catch (error) {
    return messageOf(error);
  }
}

/** `app.log.1` and `app.log-20260101` for `app.log`; also `app.1.log`. */
async function siblings(path: string): Promise<readonly string[]> {
  const folder = dirname(path);
  const stem = basename(path).replace(/\.[^.]*$/, '');
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.startsWith(stem) && name !== basename(path))
    .slice(0, maxSiblings)
    .map((name) => join(folder, name));
}
