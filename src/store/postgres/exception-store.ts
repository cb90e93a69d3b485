// The ExceptionStore in PostgreSQL. It does not know what an exception's conditions mean (src/alert/exception.ts).

import { randomBytes } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Clock, systemClock } from '../../core/clock.ts';
import type { Exception, ExceptionStore } from '../../core/exception.ts';
import { UserError } from '../../core/problem.ts';
import { storableObject, storableText } from './storable.ts';
import type { ExceptionRow, Tables } from './tables.ts';

/** Each is looked at with every signal. */
const maxExceptions = 2000;

export function createExceptionStore(db: Kysely<Tables>, clock: Clock = systemClock): ExceptionStore {
  return {
    async add({ detection, when, owner, reason, until }) {
      const row = {
        id: randomBytes(4).toString('hex'),
        detection: storableText(detection),
        conditions: storableObject(when),
        owner: storableText(owner),
        reason: storableText(reason),
        created: clock.now(),
        until,
      };
      const { count } = await db
        .selectFrom('exceptions')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (count >= maxExceptions) {
        throw new UserError(`there are ${maxExceptions} exceptions already; remove those that have ended`);
      }
      const added = await db
        .insertInto('exceptions')
        .values({ ...row, conditions: sql`${JSON.stringify(row.conditions)}::jsonb` })
        .returningAll()
        .executeTakeFirstOrThrow();
      return exceptionOf(added);
    },

    async list() {
      const rows = await db.selectFrom('exceptions').selectAll().orderBy('until').orderBy('id').execute();
      return rows.map(exceptionOf);
    },

    async remove(id) {
      const removed = await db.deleteFrom('exceptions').where('id', '=', id).returning('id').executeTakeFirst();
      return removed !== undefined;
    },
  };
}

/** Part of a raise. An exception that was removed meanwhile is passed over. */
export async function countExcepted(
  trx: Transaction<Tables>,
  excepted: ReadonlyMap<string, number>,
  received: number,
): Promise<void> {
  if (excepted.size === 0) return;
  const counts = [...excepted].map(([id, silenced]) => ({ id, silenced }));
  // Two transactions that count several lock them in one order.
  await sql`
    with locked as (
      select id from exceptions where id = any(${[...excepted.keys()]}::text[]) order by id for update)
    update exceptions as old set
      silenced = old.silenced + new.silenced,
      last = greatest(old.last, ${received}::bigint)
    from json_to_recordset(${JSON.stringify(counts)}::json) as new (id text, silenced bigint), locked
    where old.id = new.id and old.id = locked.id`.execute(trx);
}

function exceptionOf({ conditions, last, ...row }: Omit<ExceptionRow, 'silenced'> & { silenced: number }): Exception {
  return { ...row, when: conditions, ...(last !== null && { last }) };
}
