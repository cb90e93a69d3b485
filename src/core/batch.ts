// Records on their way from a source into the line.

/** Where a source had read to after a chunk. Kept in PostgreSQL when the chunk's batch is done; the source gets it back
 *  when it starts again. `key` is the source's own: a file's identity, a bucket's object. */
export interface Position {
  readonly key: string;
  readonly value: number;
}

/** A part of an uncompressed file, from which a chunk's bytes can be read again. Its length is the chunk's. */
export interface FileRange {
  readonly path: string;
  readonly offset: number;
}

/** Marks a chunk that is not records but the beginning of one record that is over its source's limit (bytes, without
 *  the line end): a dead letter. */
export interface Oversized {
  readonly length: number;
  readonly limit: number;
}

/** What a source yields: whole records, each ended by '\n' (the last one may lack it). */
export interface Chunk {
  /** Has an ArrayBuffer of its own, which the chunk's taker may transfer. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly oversized?: Oversized;
  /** Given by files: the journal keeps it instead of a copy of the bytes. */
  readonly reference?: FileRange;
  /** Path or object key, kept in `p_source_file`. */
  readonly file?: string;
  readonly position?: Position;
  /** Called once the chunk is on disk; an HTTP 200 or a Fluentd ack is sent here and nowhere else. A rejected chunk
   *  (the disk is full) is told with the error. */
  settled?(error?: Error): void;
}

/** Journals that write to the same stores have numbers, and their segments so many numbers each: the first journal's begin at
 *  0, the second's here. */
export const segmentsPerJournal = 2 ** 32;

/** A chunk in the journal: it is on disk, and has the same id whenever it is read again. */
export interface Batch {
  /** `<segment>-<frame>`, hex, at least 8 + 4 digits: of one journal they sort in order of arrival. */
  readonly id: string;
  readonly segment: number;
  readonly frame: number;
  readonly source: string;
  /** Epoch ms when it was journalled; never decreases from batch to batch. It is the time that folding uses. */
  readonly received: number;
  /** Has an ArrayBuffer of its own, which the batch's taker may transfer. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly oversized?: Oversized;
  /** The batch cannot be read again after a restart, and why, for a person; `bytes` is empty. A dead letter. */
  readonly lost?: string;
  readonly file?: string;
  readonly position?: Position;
}
