// One process per data folder, held by the operating system's own file lock (through SQLite, the one door that Node has
// to it), so that nothing is left to tidy after a crash. Beside the lock the holder says who it is and where its API is.
// Knows nothing of what the folder holds.

import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './core/failure.ts';
import { UserError } from './core/problem.ts';

/** Who holds the folder. Its file is readable by its user alone (0600): it has the key to the API. */
export interface Holder {
  readonly pid: number;
  /** Epoch ms. */
  readonly started: number;
  /** `http://127.0.0.1:7780`; absent until the API listens. */
  readonly address?: string;
  /** Key to that API, for commands on this machine. */
  readonly key?: string;
}

export interface Lock {
  /** Tells other commands where the API is. */
  tell(info: Pick<Holder, 'address' | 'key'>): Promise<void>;
  release(): Promise<void>;
}

const lockFile = 'lock';
const holderFile = 'holder.json';
/** SQLite's SQLITE_BUSY. */
const busy = 5;
/** A holder says who it is right after it has the lock; nobody waits for that longer. Milliseconds. */
const introductionMs = 1000;

/** Makes the folder where it is missing. Held by another process: a UserError with exit code 75 that names it. */
export async function takeLock(dataDir: string, info: Pick<Holder, 'address' | 'key'> = {}): Promise<Lock> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new UserError(`cannot make the data folder ${shortPath(dataDir)}: ${messageOf(cause)}`, { cause });
  });
  const database = openLock(dataDir);
  if (database === 'busy') throw await heldBy(dataDir);

  const started = Date.now();
  const tell: Lock['tell'] = async (more) => {
    const holder = { pid: process.pid, processStart: await processStart(process.pid), started, ...info, ...more };
    const unfinished = join(dataDir, `${holderFile}.new`);
    await writeFile(unfinished, `${JSON.stringify(holder)}\n`, { mode: 0o600, flush: true });
    await rename(unfinished, join(dataDir, holderFile));
  };
  try {
    await chmod(join(dataDir, lockFile), 0o600);
    await tell(info);
  } catch (cause) {
    database.close();
    throw new UserError(`cannot write into the data folder ${shortPath(dataDir)}: ${messageOf(cause)}`, { cause });
  }
  let released = false;
  return {
    tell,
    async release() {
      if (released) return;
      released = true;
      await rm(join(dataDir, holderFile), { force: true });
      database.close();
    },
  };
}

/** The live process that holds the folder, as far as it can be seen from here. */
export async function findHolder(dataDir: string): Promise<Holder | undefined> {
  const text = await readFile(join(dataDir, holderFile), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const holder = parseHolder(text);
  if (holder === undefined || !isAlive(holder.pid)) return undefined;
  const start = await processStart(holder.pid);
  // The same number may belong to another process by now.
  if (holder.processStart !== undefined && start !== undefined && start !== holder.processStart) return undefined;
  const { processStart: _, ...rest } = holder;
  return rest;
}

/** `another tocsin (pid 123, since 10:02) holds .tocsin; its API is http://127.0.0.1:7780` */
export function describeHolder(dataDir: string, holder: Holder | undefined): string {
  const who = holder === undefined ? '' : ` (pid ${holder.pid}, since ${clockTime(holder.started)})`;
  const api = holder?.address === undefined ? '' : `; its API is ${holder.address}`;
  return `another tocsin${who} holds ${shortPath(dataDir)}${api}`;
}

function openLock(dataDir: string): DatabaseSync | 'busy' {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(dataDir, lockFile), { timeout: 0 });
    // Never committed and nothing written: the transaction is the lock.
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === busy) return 'busy';
    throw new UserError(`cannot lock the data folder ${shortPath(dataDir)}: ${messageOf(cause)}`, { cause });
  }
}

async function heldBy(dataDir: string): Promise<UserError> {
  const until = Date.now() + introductionMs;
  let holder = await findHolder(dataDir);
  while (holder === undefined && Date.now() < until) {
    await sleep(50);
    holder = await findHolder(dataDir);
  }
  return new UserError(describeHolder(dataDir, holder), { exitCode: 75 });
}

function parseHolder(text: string): (Holder & { readonly processStart?: string }) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const entry: Partial<Record<string, unknown>> = { ...value };
  const { pid, started, address, key, processStart: start } = entry;
  if (typeof pid !== 'number' || typeof started !== 'number') return undefined;
  return {
    pid,
    started,
    ...(typeof address === 'string' && { address }),
    ...(typeof key === 'string' && { key }),
    ...(typeof start === 'string' && { processStart: start }),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Start time in clock ticks since boot (proc(5), stat, field 22); 'dead' for a zombie; undefined where there is no
 *  /proc. */
async function processStart(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the command in parentheses, and may itself hold blanks and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? 'dead' : fields?.[19];
}

function clockTime(time: number): string {
  const text = new Date(time).toString().slice(0, 21);
  const today = new Date().toString().slice(0, 15);
  return text.startsWith(today) ? text.slice(16) : text;
}

function shortPath(path: string): string {
  const near = relative(process.cwd(), resolve(path));
  return near === '' || near.startsWith('..') ? resolve(path) : `./${near}`;
}
