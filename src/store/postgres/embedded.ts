// PostgreSQL inside the process: PGlite over a folder, made durable. PGlite as it comes neither asks for an fsync nor
// passes one on to the disk.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fdatasyncSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { UserError } from '../../core/problem.ts';
import { reasonOf } from './reason.ts';

const bigintOid = 20;

const settings = Object.entries({
  // The one method that reaches DurableFolder: fdatasync does nothing in this build.
  wal_sync_method: 'fsync',
  // What a crash leaves to be replayed, and what the journal takes on disk.
  max_wal_size: '128MB',
  shared_buffers: '8MB',
}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Opens the database in the folder, or makes it. The caller holds the folder (src/lock.ts). One that cannot be written
 *  or is damaged is a UserError. */
export async function openEmbedded(folder: string): Promise<PGlite> {
  try {
    await mkdir(folder, { recursive: true });
    const cluster = join(folder, 'cluster');
    if (!(await exists(cluster))) await createApart(cluster);
    return await openCluster(cluster);
  } catch (error) {
    throw new UserError(`cannot open the database in ${folder}: ${reasonOf(error)}`, { cause: error });
  }
}

/** initdb takes some hundred megabytes, which a process of its own gives back when it ends. */
async function createApart(cluster: string): Promise<void> {
  const script = new URL(import.meta.url.endsWith('.ts') ? './make-cluster.ts' : './make-cluster.js', import.meta.url);
  await removeUnfinished(cluster);
  await promisify(execFile)(process.execPath, [fileURLToPath(script), cluster]);
}

/** Under another name first, so that a process that is killed here leaves nothing half made. The name is never used
 *  again: the maker outlives a parent that is killed, and may still write while the next one begins. */
export async function createCluster(cluster: string): Promise<void> {
  const unfinished = `${cluster}.new-${randomUUID()}`;
  await (await openCluster(unfinished)).close();
  for (const entry of await readdir(unfinished, { recursive: true })) await syncToDisk(join(unfinished, entry));
  await syncToDisk(unfinished);
  try {
    await rename(unfinished, cluster);
  } catch (error) {
    // Another maker was first: its cluster is as good as this one.
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(cluster))) throw error;
  }
  await syncToDisk(join(cluster, '..'));
}

/** What killed makers left. One that still writes is left alone: it is small, and goes with the next attempt. */
async function removeUnfinished(cluster: string): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    if (!name.startsWith(`${basename(cluster)}.new-`)) continue;
    await rm(join(dirname(cluster), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openCluster(cluster: string): Promise<PGlite> {
  const said: string[] = [];
  const note = (text: string): boolean => {
    said.push(text);
    if (said.length > 20) said.shift();
    return true;
  };
  try {
    return await PGlite.create({
      fs: new DurableFolder(cluster),
      parsers: { [bigintOid]: Number },
      // -F is "do not fsync".
      startParams: [...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'), ...settings],
      onStdout: note,
      onStderr: note,
    });
  } catch (error) {
    const reason = said.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? reasonOf(error);
    throw new Error(reason.trim(), { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The part of Emscripten's file system over a real folder that is missing. */
interface EmscriptenModule {
  readonly NODEFS?: { readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number } };
}

class DurableFolder extends NodeFS {
  override async init(...[pg, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pg, options);
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), passFsyncOn] } };
  }
}

function passFsyncOn(module: EmscriptenModule): void {
  if (module.NODEFS === undefined) throw new Error('bug: this PGlite has no NODEFS to make durable');
  module.NODEFS.stream_ops.fsync = (stream) => {
    fdatasyncSync(stream.nfd);
    return 0;
  };
}
