// Which files there are in a workspace and in the built-in content. It reads none of them.

import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuleFile } from '../detect/typescript.ts';

/** Of the same form as a workspace. */
export const builtIn = fileURLToPath(new URL('../../content', import.meta.url));

/** Files below a folder, sorted; none where there is no such folder. Folders of samples and hidden ones are left out. */
export async function list(folder: string, root: string): Promise<RuleFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/[\\/](samples|node_modules|\.[^\\/]*)[\\/]/.test(path.slice(folder.length)))
    .toSorted()
    .map((path) => ({ path, name: relative(root, path) }));
}

export function isYaml(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}
