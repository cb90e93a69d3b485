// What every kind of source tells about itself; index.ts has the table of them.

import type { Readable } from 'node:stream';
import { type ZodObject, z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Positions, Source } from '../core/source.ts';

export interface SourceContext {
  readonly clock: Clock;
  /** Where earlier runs had read to: the AlertStore's, and the journal's over them. */
  readonly positions: Positions;
  /** Relative paths are seen from here. */
  readonly workspace: string;
  readonly stdin: Readable;
}

export interface SourceKind {
  /** One sentence for help and docs. */
  readonly description: string;
  /** The kind's own settings, with defaults and descriptions. */
  readonly settings: ZodObject;
  /** `settings` is what the kind's `settings.parse` gave. Opens nothing: `read` does. */
  create(id: string, settings: object, context: SourceContext): Source;
}

/** A setting that all kinds with records of their own length have. */
export const maxRecordBytes = z
  .int()
  .min(1024)
  .max(64 * 1024 * 1024)
  .default(1024 * 1024)
  .describe('A record over it becomes a dead letter that keeps its first 64 KiB.');
