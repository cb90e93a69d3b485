// Writes a file so that at any moment, a crash included, its name is the whole former one or the whole new one.

import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Texts are gathered to writes of this size. */
const writeLength = 1 << 20;

/** On disk when it resolves. `<path>.new` may be left by a crash, and is written over. */
export async function replaceFile(path: string, texts: Iterable<string>): Promise<void> {
  const next = `${path}.new`;
  {
    await using file = await open(next, 'w', 0o600);
    let gathered = '';
    for (const text of texts) {
      gathered += text;
      if (gathered.length < writeLength) continue;
      await file.writeFile(gathered);
      gathered = '';
    }
    await file.writeFile(gathered);
    await file.sync();
  }
  await moveFile(next, path);
}

/** The new name is on disk when it resolves. */
export async function moveFile(from: string, to: string): Promise<void> {
  await rename(from, to);
  await using folder = await open(dirname(to), 'r');
  await folder.sync();
}
