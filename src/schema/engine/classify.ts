// Which schema takes a record. The choice is the same whatever came before: the best score wins (#validate, #required,
// #fields, then the name), so that it can be explained.

import type { Schema } from '../../core/schema.ts';
import type { Records } from './record.ts';
import { createSchemaReader, outcome, type SchemaReader } from './schema-reader.ts';

export interface Misfit {
  readonly schema: string;
  readonly reason: string;
}

export interface Candidate extends Misfit {
  readonly taken: boolean;
  /** 0 where it was not taken. */
  readonly score: number;
}

export interface Classifier {
  readonly readers: readonly SchemaReader[];
  /** The reader that holds the record; undefined where none takes it (then `misfits` says why), or where it is to be
   *  dropped or skipped (`dropped` then says by which schema and why). */
  classify(records: Records, start: number, end: number, received: number): SchemaReader | undefined;
  dropped(): Misfit | undefined;
  /** After a record that no schema took. */
  misfits(): readonly Misfit[];
  /** What each schema says of the record, best first. */
  explain(records: Records, start: number, end: number, received: number): readonly Candidate[];
}

export function createClassifier(schemas: readonly Schema[]): Classifier {
  const readers = schemas
    .map(createSchemaReader)
    .toSorted((a, b) => b.maxScore - a.maxScore || (a.schema.name < b.schema.name ? -1 : 1));
  const only = readers.length === 1 ? readers[0] : undefined;
  let dropped: Misfit | undefined;
  let misfits: Misfit[] = [];

  function drop(reader: SchemaReader, reason: string): undefined {
    dropped = { schema: reader.schema.name, reason };
    return undefined;
  }

  function classify(records: Records, start: number, end: number, received: number): SchemaReader | undefined {
    dropped = undefined;
    if (misfits.length > 0) misfits = [];
    let best: SchemaReader | undefined;
    let bestScore = -1;
    for (const reader of readers) {
      if (reader.maxScore < bestScore) break;
      const result = reader.read(records, start, end, received);
      if (result === outcome.event) {
        if (reader === only) return reader;
        const score = reader.score();
        if (score > bestScore) {
          best = reader;
          bestScore = score;
        }
      } else if (result === outcome.misfit) {
        misfits.push({ schema: reader.schema.name, reason: reader.reason() });
      } else if (best === undefined) {
        return drop(reader, reader.reason());
      }
    }
    return best;
  }

  return {
    readers,
    classify,
    dropped: () => dropped,
    misfits: () => misfits,
    explain(records, start, end, received) {
      const candidates = readers.map((reader): Candidate => {
        const result = reader.read(records, start, end, received);
        const schema = reader.schema.name;
        if (result === outcome.event) return { schema, taken: true, score: reader.score(), reason: 'takes the record' };
        if (result === outcome.misfit) return { schema, taken: false, score: 0, reason: reader.reason() };
        return { schema, taken: false, score: 0, reason: `drops the record: ${reader.reason()}` };
      });
      return candidates.toSorted((a, b) => b.score - a.score);
    },
  };
}
