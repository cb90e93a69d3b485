// Loads a lookup table's file into shared memory, in a thread of its own: a large table takes a second of CPU, which
// neither the main thread nor the workers may stand still for.

import { Worker } from 'node:worker_threads';
import type { Problem } from '../core/problem.ts';
import type { PackedTable } from './pack.ts';
import type { LookupDefinition } from './table.ts';

/** Columns that say from when and until when (exclusive) a row holds: times, or nothing for always. */
export interface Validity {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface LookupFile extends LookupDefinition {
  /** Absolute. */
  readonly path: string;
  /** Relative to the workspace: for people. */
  readonly file: string;
  readonly format: 'csv' | 'jsonl';
  readonly validity?: Validity;
}

/** What workers are given: the memory is shared, not copied. */
export interface LoadedTable {
  readonly definition: LookupDefinition;
  readonly packed: PackedTable;
}

export interface Loaded {
  /** Absent where nothing of the file can be used. */
  readonly table?: LoadedTable;
  readonly problems: readonly Problem[];
}

/** One after the other, in one thread. */
export async function loadTables(files: readonly LookupFile[]): Promise<readonly Loaded[]> {
  if (files.length === 0) return [];
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const thread = new Worker(new URL(`./load-thread.${extension}`, import.meta.url), { workerData: files });
  return new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`the thread that loads lookup tables ended with code ${code}`)));
  });
}
