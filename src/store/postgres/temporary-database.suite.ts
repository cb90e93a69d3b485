// For tests: an embedded database that is there in less than a second. Making a cluster takes seconds, so that one is kept
// in the machine's temporary folder and copied
// (one for each installed PGlite and user).

import { cp, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from './embedded.ts';

/** Making the first one, on a busy machine. */
export const clusterTimeoutMs = 180_000;

/** A folder for `connectPostgres`, with a cluster and no tables; the caller removes it. */
export async function temporaryDatabaseFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-database-'));
  await cp(await template(), folder, { recursive: true });
  return folder;
}

async function template(): Promise<string> {
  const { mtimeMs } = await stat(createRequire(import.meta.url).resolve('@electric-sql/pglite'));
  const kept = join(tmpdir(), `tocsin-cluster-${Math.floor(mtimeMs)}-${process.getuid?.() ?? 0}`);
  if (await isFolder(kept)) return kept;
  const made = await mkdtemp(join(tmpdir(), 'tocsin-cluster-'));
  await (await openEmbedded(made)).close();
  // Another test file may have been faster.
  await rename(made, kept).catch(() => rm(made, { recursive: true }));
  return kept;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
