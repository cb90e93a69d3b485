// Numbers of segments: each is used once in the life of a journal, also after all segments were removed. The file
// `next-segment` says in hex from where on numbers are free; it is moved on in steps, so that it is seldom written.

import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../core/problem.ts';

const step = 256;

export interface SegmentNumbers {
  next(): Promise<number>;
}

/** `used`: the highest number that is known to have been used. */
export async function openSegmentNumbers(dir: string, used: number): Promise<SegmentNumbers> {
  const path = join(dir, 'next-segment');
  let free = Math.max(await readNumber(path), used + 1);
  let reserved = free;
  return {
    async next() {
      if (free >= reserved) {
        await writeWhole(dir, path, `${(free + step).toString(16).padStart(8, '0')}\n`);
        reserved = free + step;
      }
      return free++;
    },
  };
}

async function readNumber(path: string): Promise<number> {
  const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '00000001';
    throw error;
  });
  if (!/^[0-9a-f]{8}\n?$/.test(text)) {
    throw new UserError(`${path}: expected 8 hex digits, above all segment numbers ever used in this folder`);
  }
  return Number.parseInt(text, 16);
}

/** The file holds the text or what it held before; durable when it resolves. */
export async function writeWhole(dir: string, path: string, text: string): Promise<void> {
  const next = `${path}.new`;
  {
    await using file = await open(next, 'w', 0o600);
    await file.writeFile(text);
    await file.sync();
  }
  await rename(next, path);
  await syncFolder(dir);
}

/** Makes names in the folder durable. */
export async function syncFolder(dir: string): Promise<void> {
  await using folder = await open(dir, 'r');
  await folder.sync();
}
