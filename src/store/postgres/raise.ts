// Signals become alerts here: groups of one batch are folded into the windows of their keys, and alerts that open get
// their deliveries and jobs, in one transaction with the batch's mark. It does not decide where an alert goes.

import { createHash, randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { fromKysely, type JobInsert, type PgBoss } from 'pg-boss';
import type { Alert } from '../../core/alert.ts';
import type { Raise } from '../../core/alert-store.ts';
import type { Detection, SignalGroup } from '../../core/detection.ts';
import { alertOf } from './alert-row.ts';
import { type DeliverJob, deliverQueue } from './queue.ts';
import { storableObject, storableText } from './storable.ts';
import type { AlertRow, DeliveryRow, Tables } from './tables.ts';

/** Ids of the destinations of an alert. `named`: what the rule's function named; undefined: nothing. */
export type Route = (
  alert: Alert,
  detection: Detection | undefined,
  named: readonly string[] | undefined,
) => readonly string[];

interface Fold {
  readonly key: string;
  readonly group: SignalGroup;
  readonly detection: Detection;
}

/** A context over it is kept as a note of its size: the event itself is with the signals. */
const maxContextBytes = 256 * 1024;

/** What the raise would change, without groups that make no alert and with one group per key, sorted by key: all
 *  transactions lock keys in one order. */
export function foldsOf(raise: Pick<Raise, 'groups' | 'detections'>): readonly Fold[] {
  const folds = new Map<string, Fold>();
  for (const group of raise.groups) {
    const detection = raise.detections.get(group.detection);
    if (detection === undefined) throw new Error(`bug: a signal of the unknown detection ${group.detection}`);
    if (!detection.createAlert) continue;
    const key = md5(`${group.detection}:${group.dedup}${errorMark(group)}`);
    const earlier = folds.get(key);
    folds.set(key, { key, detection, group: earlier === undefined ? group : joined(earlier.group, group) });
  }
  return [...folds.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function joined(a: SignalGroup, b: SignalGroup): SignalGroup {
  return {
    ...a,
    count: a.count + b.count,
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    logTypes: [...new Set([...a.logTypes, ...b.logTypes])],
  };
}

/** false: the batch was raised before, or its segment is finished. */
export async function markBatch(trx: Transaction<Tables>, { segment, frame }: Raise): Promise<boolean> {
  const { rows } = await sql`
    insert into batch_marks (segment, frame)
    select ${segment}::bigint, ${frame}::integer
    where not exists (select from finished_segments where segment = ${segment}::bigint)
    on conflict do nothing
    returning frame`.execute(trx);
  return rows.length > 0;
}

/** Gives the rows of the alerts that opened now. */
export async function fold(
  trx: Transaction<Tables>,
  folds: readonly Fold[],
  { received, now }: { readonly received: number; readonly now: number },
): Promise<readonly AlertRow[]> {
  const windows = await openWindows(trx, folds, received);
  const rows = folds.map((each) => {
    const window = windows.get(each.key);
    if (window === undefined) throw new Error('bug: a key without a window');
    return firstRow(each, window, now);
  });
  // In `returning`, the inner select sees the row as it was before this statement.
  const changed = await sql<AlertRow & { was_open: boolean }>`
    insert into alerts as old (id, kind, detection, dedup, title, severity, status, description, runbook, reference,
      context, log_types, tags, destinations, threshold, count, first, last, window_start, window_end, created, updated)
    select id, kind, detection, dedup, title, severity, status, description, runbook, reference,
      context, log_types, tags, destinations, threshold, count, first, last, window_start, window_end,
      case when count >= threshold then updated end, updated
    from json_to_recordset(${JSON.stringify(rows)}::json) as new (id text, kind text, detection text, dedup text,
      title text, severity text, status text, description text, runbook text, reference text, context jsonb,
      log_types text[], tags text[], destinations text[], threshold bigint, count bigint, first bigint, last bigint,
      window_start bigint, window_end bigint, updated bigint)
    on conflict (id) do update set
      count = old.count + excluded.count,
      first = least(old.first, excluded.first),
      last = greatest(old.last, excluded.last),
      log_types = array(select distinct unnest(old.log_types || excluded.log_types) order by 1),
      updated = excluded.updated,
      created = coalesce(old.created, case when old.count + excluded.count >= old.threshold then excluded.updated end)
    returning *, coalesce((select created is not null from alerts before where before.id = old.id), false) as was_open
    `.execute(trx);
  return changed.rows.filter((row) => row.created !== null && !row.was_open);
}

interface Window {
  readonly windows: number;
  readonly window_start: number;
  readonly window_end: number;
}

/** The window of each key that `received` lies in, opened where there is none; the keys are locked from here on. */
async function openWindows(
  trx: Transaction<Tables>,
  folds: readonly Fold[],
  received: number,
): Promise<ReadonlyMap<string, Window>> {
  const keys = folds.map(({ key, detection }) => ({ key, end: received + detection.dedupPeriodMinutes * 60_000 }));
  const { rows } = await sql<Window & { key: string }>`
    insert into alert_keys as old (key, windows, window_start, window_end)
    select key, 1, ${received}::bigint, "end"
    from json_to_recordset(${JSON.stringify(keys)}::json) as new (key text, "end" bigint)
    on conflict (key) do update set
      windows = old.windows + (old.window_end < excluded.window_start)::int,
      window_start = case when old.window_end < excluded.window_start then excluded.window_start else old.window_start end,
      window_end = case when old.window_end < excluded.window_start then excluded.window_end else old.window_end end
    returning key, windows, window_start, window_end`.execute(trx);
  return new Map(rows.map((row) => [row.key, row]));
}

/** The alert as these signals alone would make it. */
function firstRow({ group, detection }: Fold, window: Window, now: number): Omit<AlertRow, 'assignee' | 'created'> {
  const { sample } = group;
  return {
    id: md5(`${group.detection}:${window.windows}:${group.dedup}${errorMark(group)}`),
    kind: group.isError ? 'RULE_ERROR' : 'RULE',
    detection: group.detection,
    dedup: storableText(group.dedup),
    title: storableText(sample.title || detection.displayName || detection.id),
    severity: sample.severity,
    status: sample.severity === 'INFO' ? 'RESOLVED' : 'OPEN',
    description: storableText(sample.description ?? detection.description),
    runbook: storableText(sample.runbook ?? detection.runbook),
    reference: storableText(sample.reference ?? detection.reference),
    context: storableContext(sample.context ?? {}),
    log_types: [...group.logTypes],
    tags: detection.tags.map(storableText),
    destinations: sample.destinations?.map(storableText) ?? null,
    threshold: group.isError ? 1 : detection.threshold,
    count: group.count,
    first: group.first,
    last: group.last,
    window_start: window.window_start,
    window_end: window.window_end,
    updated: now,
  };
}

function storableContext(context: Alert['context']): Alert['context'] {
  const clean = storableObject(context);
  const bytes = Buffer.byteLength(JSON.stringify(clean));
  return bytes > maxContextBytes ? { omitted: `the context has ${bytes} bytes` } : clean;
}

/** Gives the alerts with their deliveries. */
export async function enqueueDeliveries(
  trx: Transaction<Tables>,
  rows: readonly AlertRow[],
  { detections, route, queue }: Pick<Raise, 'detections'> & { readonly route: Route; readonly queue: PgBoss },
): Promise<readonly Alert[]> {
  const alerts = rows.map((row) => {
    const destinations = route(alertOf(row, []), detections.get(row.detection), row.destinations ?? undefined);
    const deliveries = [...new Set(destinations)].map((destination) => {
      return { alert: row.id, destination, state: 'waiting', attempts: 0, message: '', job: randomUUID() } as const;
    });
    return { row, deliveries };
  });
  const deliveries = alerts.flatMap((alert) => alert.deliveries);
  if (deliveries.length > 0) {
    await sql`
      insert into deliveries (alert, destination, state, job)
      select alert, destination, state, job
      from json_to_recordset(${JSON.stringify(deliveries)}::json) as new (alert text, destination text, state text, job uuid)
      `.execute(trx);
    await queue.insert(deliverQueue, deliveries.map(deliverJob), { db: fromKysely(trx) });
  }
  return alerts.map((alert) => alertOf(alert.row, alert.deliveries));
}

/** `group`: a destination that does not answer must not take all workers. */
export function deliverJob({ alert, destination, job }: Pick<DeliveryRow, 'alert' | 'destination' | 'job'>): JobInsert {
  return { id: job, data: { alert, destination } satisfies DeliverJob, group: { id: destination } };
}

/** Rule errors fold apart from matches. */
function errorMark(group: SignalGroup): string {
  return group.isError ? ':error' : '';
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
