// Marks of what is raised once although it may be tried again: the runs of schedules. Those of batches are raise.ts's.

import { sql, type Transaction } from 'kysely';
import type { Tables } from './tables.ts';

/** Runs are tried again for days at most; a window of long ago may be asked for again. */
const keptMs = 30 * 24 * 60 * 60 * 1000;
const forgottenAtOnce = 10;

/** false: it was raised before. */
export async function markRaise(trx: Transaction<Tables>, mark: string, now: number): Promise<boolean> {
  const { rows } = await sql`
    insert into raise_marks (id, marked) values (${mark}, ${now}) on conflict do nothing returning id`.execute(trx);
  await sql`
    delete from raise_marks where id in (
      select id from raise_marks where marked < ${now - keptMs}
      order by marked limit ${forgottenAtOnce} for update skip locked)`.execute(trx);
  return rows.length > 0;
}
