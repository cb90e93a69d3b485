// The lookup tables of a workspace as they are on disk: files of the workspace, and of fetched tables the last version that
// was stored. It asks no network, and changes nothing in the data folder, which a running program may hold.

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkspaceFiles } from '../content.ts';
import { type FetchedLookup, fileOf } from '../content/lookup-files.ts';
import type { Problem } from '../core/problem.ts';
import { intervalPath } from '../lookup/interval-file.ts';
import { type LookupFile, loadTables } from '../lookup/load.ts';
import { type LookupTable, openTable } from '../lookup/table.ts';
import { newestVersion } from '../lookup/version-folder.ts';

export interface StoredTables {
  readonly tables: readonly LookupTable[];
  /** Tables that cannot be used. */
  readonly problems: readonly Problem[];
  /** Rows that are left out, and tables of which nothing was fetched yet. */
  readonly warnings: readonly Problem[];
}

/** `data` is the data folder. */
export async function openStoredTables(
  { lookups, fetched }: Pick<WorkspaceFiles, 'lookups' | 'fetched'>,
  data: string,
): Promise<StoredTables> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const files: LookupFile[] = [...lookups];
  const scratch = await mkdtemp(join(tmpdir(), 'tocsin-intervals-'));
  try {
    for (const lookup of fetched) {
      const file = await storedFile(lookup, join(data, 'lookups'), scratch);
      const message = `nothing of ${lookup.definition.name} was fetched yet`;
      if (file === undefined) warnings.push({ file: lookup.file, message });
      else files.push(file);
    }
    const loaded = await loadTables(files);
    for (const one of loaded) (one.table === undefined ? problems : warnings).push(...one.problems);
    const tables = loaded.flatMap(({ table }) => (table === undefined ? [] : [table]));
    return { tables: tables.map(({ definition, packed }) => openTable(definition, packed)), problems, warnings };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** undefined: there is none yet. */
async function storedFile(
  { definition, document, file }: FetchedLookup,
  folder: string,
  scratch: string,
): Promise<LookupFile | undefined> {
  const { name } = definition;
  const version = await newestVersion(join(folder, name));
  if (version === undefined) return undefined;
  const stored = fileOf(definition, document, { path: version.path, file });
  if (!document.keepsHistory) return stored;
  // Loading writes the intervals anew.
  const path = join(scratch, `${name}.intervals`);
  await copyFile(intervalPath(folder, name), path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  return { ...stored, history: { path, time: version.time } };
}
