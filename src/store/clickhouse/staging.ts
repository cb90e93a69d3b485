// Where rows lie between the workers and the embedded engine, which reads inserts from files far faster than from memory.
// Files live for one insert; those of a process that died are removed when the store opens again.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';

export interface Staging {
  /** Gives `use` the path of a file that holds the blocks and is gone afterwards. */
  hold<T>(blocks: readonly Uint8Array[], use: (path: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const memory = '/dev/shm';
/** What the memory file system keeps free besides the file, in bytes. */
const reserve = 64 * 1024 * 1024;

/** `folder` is the store's own and locked by this process: whatever lies in its name elsewhere is nobody's. */
export async function createStaging(folder: string): Promise<Staging> {
  const onDisk = join(folder, 'tmp');
  await rm(onDisk, { recursive: true, force: true });
  await mkdir(onDisk, { recursive: true, mode: 0o700 });
  const inMemory = await memoryFolder(folder);

  return {
    async hold(blocks, use) {
      const bytes = blocks.reduce((sum, block) => sum + block.byteLength, 0);
      const place = inMemory !== undefined && (await hasRoom(inMemory, bytes)) ? inMemory : onDisk;
      const path = join(place, `${randomUUID()}.native`);
      try {
        const file = await open(path, 'wx', 0o600);
        try {
          for (const block of blocks) await file.writeFile(block);
        } finally {
          await file.close();
        }
        return await use(path);
      } finally {
        await rm(path, { force: true });
      }
    },

    async close() {
      if (inMemory !== undefined) await rm(inMemory, { recursive: true, force: true });
    },
  };
}

/** undefined where there is no memory file system that can be written. */
async function memoryFolder(folder: string): Promise<string | undefined> {
  const prefix = `tocsin-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}-`;
  try {
    for (const name of await readdir(memory)) {
      if (name.startsWith(prefix)) await rm(join(memory, name), { recursive: true, force: true });
    }
    return await mkdtemp(join(memory, prefix));
  } catch {
    return undefined;
  }
}

async function hasRoom(folder: string, bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize > bytes + reserve;
}
