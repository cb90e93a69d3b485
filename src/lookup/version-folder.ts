// The versions of one refreshed table on disk: `000007.data`, as it was fetched, and `000007.json` beside it, which is
// written last: without it the version does not exist. It does not look into the data.

import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { moveFile, replaceFile } from './replace-file.ts';

export interface Version {
  /** Counts up from 1. */
  readonly number: number;
  readonly path: string;
  /** Epoch ms when it was fetched. */
  readonly time: number;
  readonly rows: number;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface StoredVersion extends Version {
  /** Epoch ms when the address last said that this is what it has. */
  readonly confirmed: number;
  /** Of where it came from. An address may hold a secret: its sha256, hex. */
  readonly origin: string;
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
}

export interface VersionFolder {
  /** The newest that is whole. */
  readonly newest: StoredVersion | undefined;
  /** Where to fetch to. */
  readonly incoming: string;
  /** Takes what was fetched. The version before it is kept too, older ones are not. */
  add(facts: Omit<StoredVersion, 'number' | 'path'>): Promise<StoredVersion>;
  /** Keeps what has changed about the newest. */
  note(version: StoredVersion): Promise<void>;
}

const facts = z.object({
  time: z.number(),
  confirmed: z.number(),
  rows: z.number(),
  bytes: z.number(),
  sha256: z.string(),
  origin: z.string(),
  etag: z.string().optional(),
  modified: z.string().optional(),
});

/** The one before the newest, should the newest turn out to be damaged. */
const versionsKept = 2;

/** The newest that is whole; undefined where there is none. The folder may be another process': it stays as it is. */
export async function newestVersion(folder: string): Promise<StoredVersion | undefined> {
  for (const number of numbersIn(await readdir(folder).catch(() => [])).toReversed()) {
    const version = await readVersion(folder, number);
    if (version !== undefined) return version;
  }
  return undefined;
}

/** Makes the folder, or removes what a crash has left there. */
export async function openVersionFolder(folder: string): Promise<VersionFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const incoming = join(folder, 'incoming');
  await rm(incoming, { force: true });
  const numbers = numbersIn(await readdir(folder));
  /** The newest is the last. */
  const versions: StoredVersion[] = [];
  for (const number of numbers) {
    const version = await readVersion(folder, number);
    if (version === undefined) await removeVersion(folder, number);
    else versions.push(version);
  }
  let last = Math.max(0, ...numbers);

  return {
    get newest() {
      return versions.at(-1);
    },
    incoming,
    async add(given) {
      const version = { ...given, number: ++last, path: pathOf(folder, last, 'data') };
      try {
        await moveFile(incoming, version.path);
        await writeFacts(folder, version);
      } catch (error) {
        await removeVersion(folder, version.number);
        throw error;
      }
      versions.push(version);
      for (const old of versions.splice(0, versions.length - versionsKept)) await removeVersion(folder, old.number);
      return version;
    },
    async note(version) {
      await writeFacts(folder, version);
      versions.splice(-1, 1, version);
    },
  };
}

/** In ascending order; of what is not whole, too. */
function numbersIn(names: readonly string[]): readonly number[] {
  const numbers = names.flatMap((name) => /^(\d{6,15})\.(?:data|json|json\.new)$/.exec(name)?.[1] ?? []).map(Number);
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

function pathOf(folder: string, number: number, kind: 'data' | 'json' | 'json.new'): string {
  return join(folder, `${String(number).padStart(6, '0')}.${kind}`);
}

async function writeFacts(folder: string, { number, ...version }: StoredVersion): Promise<void> {
  await replaceFile(pathOf(folder, number, 'json'), [`${JSON.stringify(facts.parse(version))}\n`]);
}

/** undefined: it is not whole. */
async function readVersion(folder: string, number: number): Promise<StoredVersion | undefined> {
  const path = pathOf(folder, number, 'data');
  try {
    const kept = facts.parse(JSON.parse(await readFile(pathOf(folder, number, 'json'), 'utf8')));
    const { size } = await stat(path);
    return size === kept.bytes ? { ...kept, number, path } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The facts first: without them the version does not exist. */
async function removeVersion(folder: string, number: number): Promise<void> {
  for (const kind of ['json', 'json.new', 'data'] as const) await rm(pathOf(folder, number, kind), { force: true });
}
