// What the two ways of reading files, once and followed, get from the file source.

import type { Chunk } from '../core/batch.ts';
import type { SourceHealth } from '../core/source.ts';
import type { Tail } from './tail.ts';

export interface Reading {
  readonly paths: readonly string[];
  /** Relative paths are seen from here. */
  readonly workspace: string;
  readonly stop: AbortSignal;
  /** undefined: it is no regular file, or empty, or cannot be read, which was told. */
  open(path: string): Promise<Tail | undefined>;
  /** Yields the tail's chunks, each until the journal has it. false: the file cannot be read, which was told. */
  take(tail: Tail, chunks: AsyncGenerator<Chunk, void>): AsyncGenerator<Chunk, boolean>;
  tell(health: SourceHealth): void;
}
