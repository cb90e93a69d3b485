// Takes all that a source yields into the journal.

import { UserError } from '../core/problem.ts';
import type { Source } from '../core/source.ts';
import type { Journal } from './journal.ts';

/** Ends when the source does. A chunk that the disk did not take is the source's to offer again: it was told. Rejects
 *  with a UserError when the source cannot begin (a port in use). */
export async function takeIn(source: Source, journal: Journal, stop: AbortSignal): Promise<void> {
  for await (const chunk of source.read(stop)) {
    try {
      await journal.append(source.id, chunk);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
}
