// The files that names and globs stand for, in natural order (`a2` before `a10`), each once.

import { glob, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

const order = new Intl.Collator('en', { numeric: true });

/** A name that exists as it stands is no glob, whatever it has in it. */
export async function listFiles(paths: readonly string[], workspace: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const whole = resolve(workspace, path);
    if (await isFile(whole)) {
      found.add(whole);
      continue;
    }
    for await (const match of glob(path, { cwd: workspace })) {
      const name = resolve(workspace, match);
      if (await isFile(name)) found.add(name);
    }
  }
  return [...found].toSorted((a, b) => order.compare(a, b) || (a < b ? -1 : 1));
}

export async function totalBytes(paths: readonly string[]): Promise<number> {
  let total = 0;
  for (const path of paths) total += (await stat(path).catch(() => undefined))?.size ?? 0;
  return total;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
