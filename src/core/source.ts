// The port that every kind of source implements.

import type { Chunk } from './batch.ts';

export interface SourceHealth {
  readonly state: 'starting' | 'healthy' | 'idle' | 'failing' | 'done';
  /** One sentence for a person: what is wrong or what is waited for. */
  readonly message: string;
}

export interface Source {
  readonly id: string;
  /** The config's `type`: file, stdin, tcp, http. */
  readonly kind: string;
  /** Yields until the source is exhausted or `stop` is aborted; then it lets go of what it holds. */
  read(stop: AbortSignal): AsyncIterable<Chunk>;
  health(): SourceHealth;
}

/** Positions that earlier runs had finished, by key. */
export type Positions = ReadonlyMap<string, number>;
