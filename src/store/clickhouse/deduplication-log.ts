// The embedded engine's record of the tokens that a table has taken: `deduplication_logs/deduplication_log_<n>.txt`,
// lines of `1 TAB part TAB block id` (taken) and `2 TAB part TAB block id` (forgotten), read by the engine when it opens.
// The engine writes it before the part appears and never syncs it, so a killed process may leave tokens whose rows were
// never stored, and a power cut may lose tokens whose rows were. This closes both gaps.

import { appendFile, open, readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';

const folderName = 'deduplication_logs';

/** Makes the tokens of what was just inserted durable. `folder` is the table's. */
export async function syncDeduplicationLog(folder: string): Promise<void> {
  const newest = (await logFiles(folder)).at(-1);
  if (newest === undefined) return;
  const file = await open(newest, 'r');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Tokens of a table whose part is not there, as lines to write with `forgetTokens`. A part is there when it or a merge
 *  of it is among the folder's parts. */
export async function findLostTokens(folder: string): Promise<readonly string[]> {
  const taken = new Map<string, string>();
  for (const file of await logFiles(folder)) {
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      const [operation, part, block] = line.split('\t');
      if (part === undefined || block === undefined) continue;
      if (operation === '1') taken.set(block, part);
      else taken.delete(block);
    }
  }
  if (taken.size === 0) return [];
  const parts = (await readdir(folder)).map(parsePart).filter((part) => part !== undefined);
  const isThere = (name: string): boolean => {
    const wanted = parsePart(name);
    return wanted === undefined || parts.some((part) => covers(part, wanted));
  };
  return [...taken].filter(([, part]) => !isThere(part)).map(([block, part]) => `2\t${part}\t${block}\n`);
}

/** The table must be detached, or the engine not open: it reads the log only when it attaches a table. */
export async function forgetTokens(folder: string, lines: readonly string[]): Promise<void> {
  const newest = (await logFiles(folder)).at(-1);
  if (newest === undefined) throw new Error('bug: lost tokens without a log');
  const text = await readFile(newest, 'latin1');
  // A line that a power cut tore would swallow what is appended to it.
  if (!text.endsWith('\n')) await truncate(newest, text.lastIndexOf('\n') + 1);
  await appendFile(newest, lines.join(''), { flush: true });
}

interface Part {
  readonly partition: string;
  readonly first: number;
  readonly last: number;
}

/** `20261116_5_9_1` or `20261116_5_9_1_12`: partition, first and last block, level, mutation. */
function parsePart(name: string): Part | undefined {
  const match = /^(.+?)_(\d+)_(\d+)_\d+(?:_\d+)?$/.exec(name);
  if (match?.[1] === undefined || name.startsWith('tmp') || name.startsWith('delete')) return undefined;
  return { partition: match[1], first: Number(match[2]), last: Number(match[3]) };
}

function covers(part: Part, other: Part): boolean {
  return part.partition === other.partition && part.first <= other.first && other.last <= part.last;
}

/** Oldest first. */
async function logFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, folderName)).catch(() => []);
  return names
    .map((name) => ({ name, number: Number(/^deduplication_log_(\d+)\.txt$/.exec(name)?.[1] ?? Number.NaN) }))
    .filter(({ number }) => !Number.isNaN(number))
    .toSorted((a, b) => a.number - b.number)
    .map(({ name }) => join(folder, folderName, name));
}
