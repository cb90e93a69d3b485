// Taking schedules that are due: their rows are locked, those that others lock are passed over, and what is planned for
// each is begun, in one transaction. schedule-store.ts is the rest.

import { sql, type Transaction } from 'kysely';
import type { Window } from '../../core/schedule.ts';
import type { Claim, Plan, ScheduleState, ScheduleStore } from '../../core/schedule-store.ts';
import type { Tables } from './tables.ts';

/** The last time that Date knows: never. */
export const never = 8.64e15;

export async function claimDue(
  trx: Transaction<Tables>,
  ids: readonly string[],
  { holder, now, limit, plan }: Parameters<ScheduleStore['claim']>[1],
): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  while (claims.length < limit) {
    const rows = await lockDue(trx, ids, now, limit - claims.length);
    if (rows.length === 0) break;
    const plans = rows.map((row) => ({ row, plan: plan(stateOf(row)) }));
    await endLost(trx, rows, now);
    await keepWaiting(trx, plans);
    claims.push(...(await begin(trx, plans.filter(isRun), { holder, now })));
  }
  return claims;
}

export interface StateRow {
  readonly id: string;
  readonly cursor: number;
  readonly due: number;
  readonly wanted: number;
  readonly failures: number;
  readonly unfinished_from: number | null;
  readonly unfinished_to: number | null;
  readonly holder: string | null;
  readonly held_until: number;
  readonly run: number | null;
  readonly backfill: number | null;
  readonly backfill_from: number;
  readonly backfill_to: number;
  readonly backfill_cursor: number;
  readonly backfill_due: number;
  readonly backfill_failures: number;
}

/** With the oldest back-fill that waits. */
export const stateColumns = sql`
  select schedules.id, schedules.cursor, schedules.due, schedules.wanted, schedules.failures, unfinished_from, unfinished_to, holder,
    held_until, run, backfill.id as backfill, backfill.window_from as backfill_from, backfill.window_to as backfill_to,
    backfill.cursor as backfill_cursor, backfill.due as backfill_due, backfill.failures as backfill_failures
  from schedules left join lateral (
    select * from schedule_backfills where schedule = schedules.id order by id limit 1) as backfill on true`;

/** The one that has waited longest first: a schedule that is far behind does not hold up the others. */
async function lockDue(
  trx: Transaction<Tables>,
  ids: readonly string[],
  now: number,
  limit: number,
): Promise<readonly StateRow[]> {
  const { rows } = await sql<StateRow>`
    ${stateColumns}
    where schedules.id = any(${ids}::text[]) and held_until <= ${now}
      and (schedules.due <= ${now} or backfill.due <= ${now})
    order by least(schedules.due, backfill.due), schedules.id limit ${limit}
    for update of schedules skip locked`.execute(trx);
  return rows;
}

export function stateOf(row: StateRow): ScheduleState {
  const { unfinished_from: from, unfinished_to: to } = row;
  return {
    id: row.id,
    cursor: row.cursor,
    due: row.due >= never ? Number.POSITIVE_INFINITY : row.due,
    wanted: row.wanted,
    failures: row.failures,
    ...(from !== null && to !== null && { unfinished: { from, to } }),
    ...(row.backfill !== null && {
      backfill: {
        id: String(row.backfill),
        from: row.backfill_from,
        to: row.backfill_to,
        cursor: row.backfill_cursor,
        due: row.backfill_due,
        failures: row.backfill_failures,
      },
    }),
    ...(row.holder !== null && { holder: { name: row.holder, until: row.held_until } }),
  };
}

interface Planned<P extends Plan = Plan> {
  readonly row: StateRow;
  readonly plan: P;
}

type RunPlan = Extract<Plan, { kind: 'run' }>;

function isRun(planned: Planned): planned is Planned<RunPlan> {
  return planned.plan.kind === 'run';
}

/** Runs of holders whose time was over before they ended. */
async function endLost(trx: Transaction<Tables>, rows: readonly StateRow[], now: number): Promise<void> {
  const lost = rows.flatMap(({ run }) => (run === null ? [] : [run]));
  if (lost.length === 0) return;
  await trx
    .updateTable('schedule_runs')
    .set({ state: 'lost', ended: now, message: 'its process ended before it, or was too slow; it is run again' })
    .where('id', 'in', lost)
    .execute();
  await trx.updateTable('schedules').set({ holder: null, held_until: 0, run: null }).where('run', 'in', lost).execute();
}

async function keepWaiting(trx: Transaction<Tables>, plans: readonly Planned[]): Promise<void> {
  for (const { row, plan } of plans) {
    if (plan.kind === 'run') continue;
    await trx
      .updateTable('schedules')
      .set({ due: Math.min(plan.due, never) })
      .where('id', '=', row.id)
      .execute();
  }
}

async function begin(
  trx: Transaction<Tables>,
  plans: readonly Planned<RunPlan>[],
  { holder, now }: { readonly holder: string; readonly now: number },
): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const { row, plan } of plans) {
    const { window, gap, backfill } = plan;
    const begun = { schedule: row.id, started: now };
    if (gap !== undefined) {
      const message = 'nothing ran over this window: it was too late to make up for it';
      await trx
        .insertInto('schedule_runs')
        .values({ ...begun, ...empty, state: 'gap', ended: now, message, ...windowColumns(gap) })
        .execute();
    }
    const { id } = await trx
      .insertInto('schedule_runs')
      .values({
        ...begun,
        ...empty,
        ...windowColumns(window),
        backfill: backfill === undefined ? null : Number(backfill),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await trx
      .updateTable('schedules')
      .set({ holder, held_until: plan.until, run: id })
      .$if(backfill === undefined, (query) =>
        query.set({ cursor: window.from, unfinished_from: window.from, unfinished_to: window.to }),
      )
      .where('id', '=', row.id)
      .execute();
    const isBackfill = backfill !== undefined;
    // A run that is made again after a crash may not have told of the gap before it.
    const told = gap ?? (isBackfill || row.unfinished_from === null ? undefined : await gapBefore(trx, row.id, window));
    const failures = isBackfill ? row.backfill_failures : row.failures;
    const about = { run: String(id), schedule: row.id, window, isBackfill, failures };
    claims.push({ ...about, ...(told !== undefined && { gap: told }) });
  }
  return claims;
}

async function gapBefore(trx: Transaction<Tables>, schedule: string, { from }: Window): Promise<Window | undefined> {
  const row = await trx
    .selectFrom('schedule_runs')
    .select(['window_from', 'window_to'])
    .where('schedule', '=', schedule)
    .where('state', '=', 'gap')
    .where('window_to', '=', from)
    .executeTakeFirst();
  return row === undefined ? undefined : { from: row.window_from, to: row.window_to };
}

const empty = {
  state: 'running',
  backfill: null,
  ended: null,
  rows: 0,
  signals: 0,
  rows_read: 0,
  bytes_read: 0,
  message: '',
} as const;

function windowColumns({ from, to }: Window): { readonly window_from: number; readonly window_to: number } {
  return { window_from: from, window_to: to };
}
