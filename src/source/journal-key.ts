// By which the stores know a journal again, whatever process has it open and however its folder is called.

import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../core/problem.ts';
import { writeWhole } from './segment-number.ts';

/** Made at the first time, and durable when it resolves. */
export async function readJournalKey(dir: string): Promise<string> {
  const path = join(dir, 'key');
  const text = await readFile(path, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text !== undefined) {
    if (!/^[0-9a-f-]{36}\n?$/.test(text)) throw new UserError(`${path}: expected a UUID`);
    return text.trimEnd();
  }
  const key = randomUUID();
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeWhole(dir, path, `${key}\n`);
  return key;
}
