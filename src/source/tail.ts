// One log file on its way to its end, plain or packed.

import type { Chunk } from '../core/batch.ts';
import type { KnownFiles } from './file-identity.ts';

export interface TailOptions {
  readonly maxRecordBytes: number;
  readonly known: KnownFiles;
  /** A file that begins like a known one of another inode is a copy that rotation made. */
  readonly byContent: boolean;
}

export interface Tail {
  /** `<dev>:<ino>`. */
  readonly file: string;
  /** The name that it had last. */
  path: string;
  /** Bytes on disk that were read. */
  readonly bytesRead: number;
  /** Whole records that are there now, up to about 16 MiB at once. */
  read(): AsyncGenerator<Chunk, void>;
  /** The last record, which has no line end. For a file that gets no more. */
  finish(): AsyncGenerator<Chunk, void>;
  /** Holds no open file until there is more to read. */
  release(): Promise<void>;
}
