// The ScheduleStore in PostgreSQL. Whoever takes a schedule locks its row and passes over those that others lock, so that
// one process runs it at a time; whoever's time is over has it no longer. It decides neither what runs nor when.

import { type Kysely, sql, type Transaction } from 'kysely';
import { UserError } from '../../core/problem.ts';
import type { Run, Window } from '../../core/schedule.ts';
import type { ScheduleStore } from '../../core/schedule-store.ts';
import { claimDue, never, type StateRow, stateColumns, stateOf } from './schedule-claim.ts';
import { removeScheduler, settleAll } from './schedulers.ts';
import { storableText } from './storable.ts';
import type { ScheduleRunRow, Tables } from './tables.ts';

/** Of each schedule; gaps are kept beyond them. */
const keptRuns = 1000;
/** The old runs of a schedule are looked for once in so many runs. */
const pruneEvery = 64;
const maxBackfills = 100;
const maxMessageLength = 1000;

/** `isAlone`: no other process uses the database. */
export function createScheduleStore(db: Kysely<Tables>, { isAlone = false } = {}): ScheduleStore {
  return {
    settle: async (holder, settled) => (isAlone ? settled : settleAll(db, holder, settled)),
    leave: async (holder) => (isAlone ? undefined : removeScheduler(db, holder)),

    async add(schedules, holder) {
      if (schedules.length === 0) return;
      const rows = schedules.map(({ id, cursor, due }) => ({ id, cursor, due: Math.min(due, never) }));
      await db.transaction().execute(async (trx) => {
        await sql`
          insert into schedules as old (id, cursor, due)
          select id, cursor, due
          from json_to_recordset(${JSON.stringify(rows)}::json) as new (id text, cursor bigint, due bigint)
          order by id
          on conflict (id) do update set due = least(old.due, excluded.due)`.execute(trx);
        const ids = schedules.map(({ id }) => id);
        await trx
          .updateTable('schedules')
          .set({ held_until: 0 })
          .where('holder', '=', holder)
          .where('id', 'in', ids)
          .execute();
      });
    },

    async claim(ids, claim) {
      if (ids.length === 0 || claim.limit < 1) return [];
      return db.transaction().execute((trx) => claimDue(trx, ids, claim));
    },

    async end(claim, holder, { state, message, ended, due: wantedDue, ...counts }) {
      const due = Math.min(wantedDue, never);
      return db.transaction().execute(async (trx) => {
        const run = Number(claim.run);
        const mine = await trx
          .selectFrom('schedules')
          .select('id')
          .where('id', '=', claim.schedule)
          .where('holder', '=', holder)
          .where('run', '=', run)
          .forUpdate()
          .executeTakeFirst();
        if (mine === undefined) return false;
        const row = await trx
          .updateTable('schedule_runs')
          .set({
            state,
            ended,
            message: storableText(message).slice(0, maxMessageLength),
            rows: counts.rows,
            signals: counts.signals,
            rows_read: counts.rowsRead,
            bytes_read: counts.bytesRead,
          })
          .where('id', '=', run)
          .returning('backfill')
          .executeTakeFirstOrThrow();
        const failed = state === 'failed';
        const free = { holder: null, held_until: 0, run: null };
        if (row.backfill === null) {
          await trx
            .updateTable('schedules')
            .set(free)
            .set((eb) => (failed ? { due, failures: eb('failures', '+', 1) } : movedOn(claim.window, due, ended)))
            .where('id', '=', claim.schedule)
            .execute();
        } else {
          await trx.updateTable('schedules').set(free).where('id', '=', claim.schedule).execute();
          await stepBackfill(trx, row.backfill, claim.window, failed, due);
        }
        if (run % pruneEvery === 0) await prune(trx, claim.schedule);
        return true;
      });
    },

    async nextDue(ids) {
      if (ids.length === 0) return Number.POSITIVE_INFINITY;
      const { rows } = await sql<{ due: number | null }>`
        select min(greatest(held_until, least(due,
          (select min(due) from schedule_backfills where schedule = schedules.id)))) as due
        from schedules where id = any(${ids}::text[])`.execute(db);
      const due = rows[0]?.due ?? never;
      return due >= never ? Number.POSITIVE_INFINITY : due;
    },

    async hurry(ids, wanted) {
      await sql`
        update schedules set wanted = ${wanted}::bigint,
          due = case when failures = 0 then least(due, ${wanted}::bigint) else due end
        where id in (
          select id from schedules where id = any(${ids}::text[]) and wanted < ${wanted}::bigint
          order by id for update)`.execute(db);
    },

    async states(ids) {
      if (ids.length === 0) return new Map();
      const { rows } = await sql<StateRow>`
        ${stateColumns} where schedules.id = any(${ids}::text[])`.execute(db);
      const last = await lastRuns(db, ids);
      const gaps = await countGaps(db, ids);
      return new Map(
        rows.map((row) => {
          const run = last.get(row.id);
          const history = { ...(run !== undefined && { last: run }), gaps: gaps.get(row.id) ?? 0 };
          return [row.id, { ...stateOf(row), ...history }];
        }),
      );
    },

    async runs(schedule, { limit, cursor, states }) {
      let query = db.selectFrom('schedule_runs').selectAll().where('schedule', '=', schedule);
      if (cursor !== undefined) query = query.where('id', '<', cursorOf(cursor));
      if (states !== undefined && states.length > 0) query = query.where('state', 'in', states);
      const rows = await query
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const runs = rows.slice(0, limit).map(runOf);
      const last = runs.at(-1);
      return rows.length > limit && last !== undefined ? { runs, next: last.id } : { runs };
    },

    async backfill(schedule, { from, to }, now) {
      return db.transaction().execute(async (trx) => {
        const row = await trx
          .selectFrom('schedules')
          .select('id')
          .where('id', '=', schedule)
          .forUpdate()
          .executeTakeFirst();
        const { count } = await trx
          .selectFrom('schedule_backfills')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('schedule', '=', schedule)
          .executeTakeFirstOrThrow();
        if (row === undefined || count >= maxBackfills) return false;
        await trx
          .insertInto('schedule_backfills')
          .values({ schedule, window_from: from, window_to: to, cursor: from, due: now, failures: 0 })
          .execute();
        return true;
      });
    },
  };
}

/** What is wanted soon is due at once, where the window did not reach so far. */
function movedOn({ to }: Window, due: number, ended: number) {
  const sooner = sql<number>`case when wanted > ${to}::bigint then least(${ended}::bigint, ${due}::bigint)
    else ${due}::bigint end`;
  return { due: sooner, failures: 0, cursor: to, unfinished_from: null, unfinished_to: null };
}

async function lastRuns(db: Kysely<Tables>, ids: readonly string[]): Promise<ReadonlyMap<string, Run>> {
  const { rows } = await sql<Parameters<typeof runOf>[0]>`
    select run.* from unnest(${ids}::text[]) as wanted (id) cross join lateral (
      select * from schedule_runs
      where schedule = wanted.id and backfill is null and state not in ('gap', 'running')
      order by id desc limit 1) as run`.execute(db);
  return new Map(rows.map((row) => [row.schedule, runOf(row)]));
}

async function countGaps(db: Kysely<Tables>, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ schedule: string; gaps: number }>`
    select schedule, count(*) as gaps from schedule_runs
    where schedule = any(${ids}::text[]) and state = 'gap' group by schedule`.execute(db);
  return new Map(rows.map(({ schedule, gaps }) => [schedule, gaps]));
}

async function stepBackfill(
  trx: Transaction<Tables>,
  id: number,
  { to }: Window,
  failed: boolean,
  due: number,
): Promise<void> {
  await trx
    .updateTable('schedule_backfills')
    .set((eb) => (failed ? { due, failures: eb('failures', '+', 1) } : { due, failures: 0, cursor: to }))
    .where('id', '=', id)
    .execute();
  const done = await trx
    .deleteFrom('schedule_backfills')
    .where('id', '=', id)
    .whereRef('cursor', '>=', 'window_to')
    .returningAll()
    .executeTakeFirst();
  if (done === undefined) return;
  await trx
    .deleteFrom('schedule_runs')
    .where('schedule', '=', done.schedule)
    .where('state', '=', 'gap')
    .where('window_from', '>=', done.window_from)
    .where('window_to', '<=', done.window_to)
    .execute();
}

async function prune(trx: Transaction<Tables>, schedule: string): Promise<void> {
  await sql`
    delete from schedule_runs where schedule = ${schedule} and state <> 'gap' and id <= (
      select id from schedule_runs where schedule = ${schedule} order by id desc offset ${keptRuns} limit 1)`.execute(
    trx,
  );
}

function runOf(row: Omit<ScheduleRunRow, 'id'> & { readonly id: number }): Run {
  return {
    id: String(row.id),
    schedule: row.schedule,
    isBackfill: row.backfill !== null,
    state: row.state,
    from: row.window_from,
    to: row.window_to,
    started: row.started,
    ...(row.ended !== null && { ended: row.ended }),
    rows: row.rows,
    signals: row.signals,
    rowsRead: row.rows_read,
    bytesRead: row.bytes_read,
    message: row.message,
  };
}

function cursorOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UserError('this is no cursor of an earlier page');
}
