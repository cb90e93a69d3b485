// Loads lookup tables' files into shared memory, in a thread of its own: a large table takes a second of CPU, which
// neither the main thread nor the workers may stand still for.

import { Worker } from 'node:worker_threads';
import type { Problem } from '../core/problem.ts';
import type { PackedTable } from './pack.ts';
import type { ColumnTypes } from './read/column-types.ts';
import type { FormatOptions } from './read/format.ts';
import type { FormatName } from './read/index.ts';
import type { MmdbTable } from './read/mmdb-table.ts';
import type { LookupDefinition } from './table.ts';

/** Columns that say from when and until when (exclusive) a row holds: times, or nothing for always. Not for MMDB. */
export interface Validity {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface LookupFile extends LookupDefinition {
  /** Absolute. It may be compressed by gzip whatever its name says. */
  readonly path: string;
  /** Relative to the workspace: for people. */
  readonly file: string;
  readonly format: FormatName;
  readonly options?: Omit<FormatOptions, 'primaryKey'>;
  /** By the table's schema. Not for MMDB. */
  readonly types?: ColumnTypes;
  readonly validity?: Validity;
  /** Decompressed; the format's own limit where absent. */
  readonly maxBytes?: number;
  /** Of the version before this one: a file with less than half of them is refused. */
  readonly lastRows?: number;
  /** The file is one of many versions: rows that came and went since are in the table too, each with when it held. */
  readonly history?: {
    /** Of the file with the intervals; it is written. */
    readonly path: string;
    /** Epoch ms when this version was fetched. */
    readonly time: number;
  };
  /** It may have any number of rows, none included. */
  readonly mayShrink?: boolean;
}

/** What workers are given: the memory is shared, not copied. */
export interface LoadedTable {
  readonly definition: LookupDefinition;
  readonly packed: PackedTable | MmdbTable;
}

export interface Loaded {
  /** Absent where the file is refused. */
  readonly table?: LoadedTable;
  /** Of the file; the table has more where it keeps a history. */
  readonly rows?: number;
  /** With a history: keys that the version before had not. */
  readonly added?: readonly string[];
  /** One sentence: why nothing of the file is used. It is among the problems too, with its place. */
  readonly refused?: string;
  readonly problems: readonly Problem[];
}

/** Of the thread, for what is not yet in shared memory. */
const heapMb = 2048;

/** One after the other, in one thread. A file that takes more memory to load than there is, is refused. */
export async function loadTables(
  files: readonly LookupFile[],
  options: { readonly heapMb?: number } = {},
): Promise<readonly Loaded[]> {
  const loaded: Loaded[] = [];
  while (loaded.length < files.length) {
    const isDone = await loadInThread(files.slice(loaded.length), options.heapMb ?? heapMb, loaded);
    const next = files[loaded.length];
    if (next === undefined) break;
    if (isDone) throw new Error(`bug: the lookup table ${next.name} was not loaded`);
    const refused = 'loading the file takes more memory than there is for it';
    loaded.push({ refused, problems: [{ file: next.file, message: refused }] });
  }
  return loaded;
}

/** false: the thread ran out of memory over the file after those that it has loaded. */
function loadInThread(files: readonly LookupFile[], heap: number, loaded: Loaded[]): Promise<boolean> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const thread = new Worker(new URL(`./load-thread.${extension}`, import.meta.url), {
    workerData: files,
    resourceLimits: { maxOldGenerationSizeMb: heap },
  });
  return new Promise((resolve, reject) => {
    thread.on('message', (one: Loaded) => loaded.push(one));
    thread.once('error', (error) => {
      if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') resolve(false);
      else reject(error);
    });
    thread.once('exit', (code) => {
      if (code === 0) resolve(true);
      else reject(new Error(`the thread that loads lookup tables ended with code ${code}`));
    });
  });
}
