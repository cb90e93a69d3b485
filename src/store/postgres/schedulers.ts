// Which processes run schedules over these stores, and how far each has stored what it received: no window ends before all
// have. A process that is gone is not waited for longer than a restart takes. It knows no schedule.

import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

/** A process that told nothing for so long is gone. */
const goneSeconds = 60;

/** Gives the least of what this process and the others told. */
export async function settleAll(db: Kysely<Tables>, holder: string, settled: number): Promise<number> {
  const { rows } = await sql<{ least: number }>`
    with own as (
      insert into schedulers (name, settled) values (${holder}, ${settled}::bigint)
      on conflict (name) do update set settled = excluded.settled, seen = now()
      returning settled)
    select least((select settled from own), min(settled)) as least from schedulers
    where name <> ${holder} and seen > now() - make_interval(secs => ${goneSeconds})`.execute(db);
  return rows[0]?.least ?? settled;
}

/** Also of those that are long gone. */
export async function removeScheduler(db: Kysely<Tables>, holder: string): Promise<void> {
  await sql`delete from schedulers where name = ${holder} or seen < now() - interval '1 day'`.execute(db);
}
