// The AlertStore in PostgreSQL. Folding is raise.ts's; this is what the API and the jobs ask and change.

import { type Kysely, sql, type Transaction } from 'kysely';
import type { PgBoss } from 'pg-boss';
import type { Alert, AlertStatus } from '../../core/alert.ts';
import type { AlertFilter, AlertStore, Raise, Raised } from '../../core/alert-store.ts';
import { segmentsPerJournal } from '../../core/batch.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/problem.ts';
import { escapeLike } from '../../core/quote.ts';
import type { Severity } from '../../core/severity.ts';
import { recordChanges } from './alert-change.ts';
import { resolveSome } from './alert-resolve.ts';
import { alertOf } from './alert-row.ts';
import { snoozeAlert } from './alert-snooze.ts';
import { countExcepted, createExceptionStore } from './exception-store.ts';
import { enqueueDeliveries, fold, foldsOf, markBatch, type Route } from './raise.ts';
import { markRaise } from './raise-mark.ts';
import type { AlertRow, Tables } from './tables.ts';
import { storableText } from './storable.ts';

export interface AlertStoreOptions {
  readonly db: Kysely<Tables>;
  readonly queue: PgBoss;
  readonly route: Route;
  /** Whether a destination wants to know that an alert is resolved; default: none does. */
  readonly tellsResolved?: (destination: string) => boolean;
  readonly clock?: Clock;
  /** Called after each raise that was not made before. */
  readonly onRaised?: (raised: Raised) => void;
}

/** So many finished segments are remembered. Only the newest can still have its file when a crash ends the process. */
const rememberedSegments = 1000;
const maxMessageLength = 500;
const maxChanges = 1000;

export function createAlertStore({
  db,
  queue,
  route,
  tellsResolved = () => false,
  clock = systemClock,
  onRaised = () => {},
}: AlertStoreOptions): AlertStore {
  async function raised(
    raise: Omit<Raise, 'segment' | 'frame'>,
    isBatch: boolean,
    isNew: (trx: Transaction<Tables>) => Promise<boolean>,
  ): Promise<readonly Alert[]> {
    const folds = foldsOf(raise);
    const excepted = raise.excepted ?? new Map<string, number>();
    if (folds.length === 0 && excepted.size === 0) {
      onRaised({ raise, isBatch, opened: [], suppressed: new Map() });
      return [];
    }
    const done = await db.transaction().execute(async (trx): Promise<Raised | undefined> => {
      if (!(await isNew(trx))) return undefined;
      await countExcepted(trx, excepted, raise.received);
      if (folds.length === 0) return { raise, isBatch, opened: [], suppressed: new Map() };
      const { opened, suppressed } = await fold(trx, folds, { received: raise.received, now: clock.now() });
      return { raise, isBatch, opened: await enqueueDeliveries(trx, opened, { ...raise, route, queue }), suppressed };
    });
    if (done !== undefined) onRaised(done);
    return done?.opened ?? [];
  }

  return {
    exceptions: createExceptionStore(db, clock),
    raise: (raise) => raised(raise, true, (trx) => markBatch(trx, raise)),
    alarm: (raise) =>
      raised(raise, false, async (trx) => raise.mark === undefined || markRaise(trx, raise.mark, clock.now())),

    async finish(segment, positions) {
      // One statement cannot change a row twice; the last position of a key counts.
      const last = new Map(positions.map((each) => [JSON.stringify([each.source, each.key]), each]));
      await db.transaction().execute(async (trx) => {
        if (last.size > 0) await keepPositions(trx, [...last.values()]);
        await trx.deleteFrom('batch_marks').where('segment', '=', segment).execute();
        await sql`insert into finished_segments (segment) values (${segment}) on conflict do nothing`.execute(trx);
        await trx
          .deleteFrom('finished_segments')
          .where('segment', '<', segment - rememberedSegments)
          .where('segment', '>=', segment - (segment % segmentsPerJournal))
          .execute();
      });
    },

    async positions(source) {
      const rows = await db.selectFrom('positions').select(['key', 'value']).where('source', '=', source).execute();
      return new Map(rows.map((row) => [row.key, row.value]));
    },

    async journal(key) {
      await sql`insert into journals (key) select ${key} where not exists (select from journals where key = ${key})
        on conflict do nothing`.execute(db);
      const { number } = await db
        .selectFrom('journals')
        .select('number')
        .where('key', '=', key)
        .executeTakeFirstOrThrow();
      return number;
    },

    async list(filter, { limit, cursor }) {
      const rows = await filtered(db, filter, clock.now())
        .$if(cursor !== undefined, (query) => query.where(before(cursor ?? '')))
        .orderBy('created', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const alerts = await withDeliveries(db, page);
      return rows.length > limit && last !== undefined ? { alerts, next: cursorOf(last) } : { alerts };
    },

    get: (id) => getAlert(db, id, clock.now()),

    async update(id, { status, assignee, by = '' }) {
      const now = clock.now();
      const isOver = status === 'RESOLVED' || status === 'CLOSED';
      return db.transaction().execute(async (trx) => {
        const row = await trx
          .updateTable('alerts')
          .set({
            ...(status !== undefined && { status }),
            ...(assignee !== undefined && { assignee: storableText(assignee) }),
            // What a person has ended is not resolved; opened again, it takes a new signal before it is.
            ...(isOver && { resolve_at: null }),
            updated: now,
          })
          .where('id', '=', id)
          .where('created', 'is not', null)
          .returning('id')
          .executeTakeFirst();
        if (row === undefined) return undefined;
        const what = [
          ...(status === undefined ? [] : [`status ${status}`]),
          ...(assignee === undefined ? [] : [assignee === '' ? 'assigned to nobody' : `assigned to ${assignee}`]),
        ];
        await recordChanges(
          trx,
          what.map((each) => ({ alert: id, time: now, by, what: each })),
        );
        return getAlert(trx, id, now);
      });
    },

    async snooze(id, snooze) {
      const now = clock.now();
      return (await snoozeAlert(db, id, snooze, now)) ? getAlert(db, id, now) : undefined;
    },

    async changes(id) {
      const rows = await db
        .selectFrom('alert_changes')
        .select(['time', 'by', 'what'])
        .where('alert', '=', id)
        .orderBy('id')
        .limit(maxChanges)
        .execute();
      return rows;
    },

    async resolveDue(due) {
      const resolved: AlertRow[] = [];
      for (;;) {
        const rows = await resolveSome(db, due, { queue, tellsResolved, now: clock.now() });
        if (rows.length === 0) return withDeliveries(db, resolved);
        resolved.push(...rows);
      }
    },

    async counts() {
      const rows = await db
        .selectFrom('alerts')
        .select(({ fn }) => ['status', 'severity', fn.countAll<number>().as('count')])
        .where('created', 'is not', null)
        .groupBy(['status', 'severity'])
        .execute();
      const sum = (key: AlertStatus | Severity): number =>
        rows.reduce((total, row) => total + (row.status === key || row.severity === key ? row.count : 0), 0);
      return {
        byStatus: { OPEN: sum('OPEN'), TRIAGED: sum('TRIAGED'), RESOLVED: sum('RESOLVED'), CLOSED: sum('CLOSED') },
        bySeverity: {
          INFO: sum('INFO'),
          LOW: sum('LOW'),
          MEDIUM: sum('MEDIUM'),
          HIGH: sum('HIGH'),
          CRITICAL: sum('CRITICAL'),
        },
      };
    },

    async delivery({ alert, destination, event }, { state, attempts, attempted, message }) {
      await db
        .updateTable('deliveries')
        .set({
          ...(state !== undefined && { state }),
          ...(attempts !== undefined && { attempts }),
          ...(attempted !== undefined && { attempted }),
          ...(message !== undefined && { message: storableText(message).slice(0, maxMessageLength) }),
        })
        .where('alert', '=', alert)
        .where('destination', '=', destination)
        .where('event', '=', event)
        .execute();
    },
  };
}

async function keepPositions(trx: Transaction<Tables>, positions: Parameters<AlertStore['finish']>[1]): Promise<void> {
  await sql`
    insert into positions (source, key, value)
    select source, key, value
    from json_to_recordset(${JSON.stringify(positions)}::json) as new (source text, key text, value bigint)
    on conflict (source, key) do update set value = excluded.value`.execute(trx);
}

/** Opened ones, with the snoozes of their keys that are not over. */
function openedAlerts(db: Kysely<Tables>, now: number) {
  return db
    .selectFrom('alerts')
    .leftJoin('alert_keys', (join) =>
      join.onRef('alert_keys.key', '=', 'alerts.key').on('alert_keys.snoozed_until', '>', now),
    )
    .selectAll('alerts')
    .select(['snoozed_until', 'snoozed_by', 'snooze_reason'])
    .where('created', 'is not', null);
}

async function getAlert(db: Kysely<Tables>, id: string, now: number): Promise<Alert | undefined> {
  const row = await openedAlerts(db, now).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : (await withDeliveries(db, [row]))[0];
}

async function withDeliveries(db: Kysely<Tables>, rows: readonly Parameters<typeof alertOf>[0][]): Promise<Alert[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const deliveries = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('alert', 'in', ids)
    .orderBy('destination')
    .orderBy('event')
    .execute();
  const byAlert = Map.groupBy(deliveries, (delivery) => delivery.alert);
  return rows.map((row) => alertOf(row, byAlert.get(row.id) ?? []));
}

function filtered(db: Kysely<Tables>, filter: AlertFilter, now: number) {
  const { status, severity, detection, assignee, text, createdAfter, createdBefore, snoozed } = filter;
  let query = openedAlerts(db, now);
  if (snoozed !== undefined) query = query.where('snoozed_until', snoozed ? 'is not' : 'is', null);
  if (status !== undefined && status.length > 0) query = query.where('status', 'in', status);
  if (severity !== undefined && severity.length > 0) query = query.where('severity', 'in', severity);
  if (detection !== undefined) query = query.where('detection', '=', storableText(detection));
  if (assignee !== undefined) query = query.where('assignee', '=', storableText(assignee));
  if (createdAfter !== undefined) query = query.where('created', '>', createdAfter);
  if (createdBefore !== undefined) query = query.where('created', '<', createdBefore);
  if (text === undefined || text === '') return query;
  const pattern = `%${escapeLike(storableText(text))}%`;
  return query.where((eb) =>
    eb.or([eb('title', 'ilike', pattern), eb('dedup', 'ilike', pattern), eb('detection', 'ilike', pattern)]),
  );
}

function cursorOf({ created, id }: AlertRow): string {
  return Buffer.from(`${created}.${id}`).toString('base64url');
}

function before(cursor: string) {
  const [, created, id] = /^(\d{1,15})\.([0-9a-f]{32})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (created === undefined || id === undefined) throw new UserError('this is no cursor of an earlier page');
  return sql<boolean>`(created, id) < (${Number(created)}, ${id})`;
}
