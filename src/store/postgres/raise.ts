// Signals become alerts here: groups of one batch are folded into the windows of their keys, and alerts that open get
// their deliveries and jobs, in one transaction with the batch's mark. It does not decide where an alert goes.

import { createHash } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { PgBoss } from 'pg-boss';
import type { Alert } from '../../core/alert.ts';
import type { Raise, Raised } from '../../core/alert-store.ts';
import { type Detection, maxUnique, type SignalGroup } from '../../core/detection.ts';
import { type AlertKey, keepWindows, longestMs, openWindows, silentUntil, suppressionOf } from './alert-key.ts';
import { alertOf } from './alert-row.ts';
import { insertDeliveries, newDelivery } from './delivery.ts';
import { storableObject, storableText } from './storable.ts';
import type { AlertRow, Tables } from './tables.ts';

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
    ...(a.unique !== undefined && { unique: [...new Set([...a.unique, ...(b.unique ?? [])])] }),
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

/** An alert that opened, and what its key was before. */
export interface Opened {
  readonly row: AlertRow;
  readonly key: AlertKey;
}

export interface Folded {
  /** The alerts that opened now. */
  readonly opened: readonly Opened[];
  readonly suppressed: Raised['suppressed'];
}

export async function fold(
  trx: Transaction<Tables>,
  folds: readonly Fold[],
  { received, now }: { readonly received: number; readonly now: number },
): Promise<Folded> {
  const keys = await openWindows(trx, folds, received);
  const keyOf = (key: string): AlertKey => {
    const found = keys.get(key);
    if (found === undefined) throw new Error('bug: a key without a window');
    return found;
  };
  // Marks are kept until the alert opens.
  const allMarks = sql`case when excluded.unique_marks is null then old.unique_marks
    else array(select distinct unnest(old.unique_marks || excluded.unique_marks)) end`;
  const counted = sql`case when excluded.unique_marks is null and old.unique_marks is null then old.count + excluded.count
    else cardinality(${allMarks}) end`;
  const rows = folds.map((each) => firstRow(each, keyOf(each.key), { received, now }));
  // In `returning`, the inner select sees the row as it was before this statement.
  const { rows: changed } = await sql<AlertRow & { was_open: boolean }>`
    insert into alerts as old (id, key, kind, detection, dedup, title, severity, status, description, runbook, reference,
      context, log_types, tags, destinations, threshold, count, unique_marks, suppressed, suppressed_until, resolve_at,
      first, last, window_start, window_end, created, updated)
    select id, key, kind, detection, dedup, title, severity, status, description, runbook, reference,
      context, log_types, tags, destinations, threshold, count, unique_marks, suppressed, suppressed_until, resolve_at,
      first, last, window_start, window_end,
      case when coalesce(cardinality(unique_marks), count) >= threshold then updated end, updated
    from json_to_recordset(${JSON.stringify(rows)}::json) as new (id text, key text, kind text, detection text,
      dedup text, title text, severity text, status text, description text, runbook text, reference text,
      context jsonb, log_types text[], tags text[], destinations text[], threshold bigint, count bigint,
      unique_marks text[], suppressed bigint, suppressed_until bigint, resolve_at bigint, first bigint, last bigint, window_start bigint,
      window_end bigint, updated bigint)
    on conflict (id) do update set
      count = old.count + excluded.count,
      unique_marks = case when old.created is null then ${allMarks} else old.unique_marks end,
      suppressed = old.suppressed + excluded.suppressed,
      suppressed_until = case when old.created is null then excluded.suppressed_until else old.suppressed_until end,
      resolve_at = case when old.status in ('OPEN', 'TRIAGED') then greatest(old.resolve_at, excluded.resolve_at)
        else old.resolve_at end,
      first = least(old.first, excluded.first),
      last = greatest(old.last, excluded.last),
      log_types = array(select distinct unnest(old.log_types || excluded.log_types) order by 1),
      window_end = case
        when old.created is not null then greatest(old.window_end,
          case when old.status in ('OPEN', 'TRIAGED') then excluded.resolve_at end)
        when ${counted} < old.threshold then old.window_end
        else coalesce(greatest(excluded.suppressed_until, excluded.resolve_at), old.window_end) end,
      updated = excluded.updated,
      created = coalesce(old.created, case when ${counted} >= old.threshold then excluded.updated end)
    returning *, coalesce((select created is not null from alerts before where before.id = old.id), false) as was_open
    `.execute(trx);
  await outlastSnoozes(trx, changed, keys);
  const isOpening = (row: (typeof changed)[number]): boolean => row.created !== null && !row.was_open;
  await keepWindows(
    trx,
    changed.map((row) => ({ ...row, isOpening: isOpening(row) })),
    keys,
    received,
  );
  return {
    opened: changed.filter(isOpening).map((row) => ({ row, key: keyOf(row.key) })),
    suppressed: suppressedOf(rows),
  };
}

function suppressedOf(rows: readonly Pick<AlertRow, 'detection' | 'suppressed'>[]): Raised['suppressed'] {
  const suppressed = new Map<string, number>();
  for (const { detection, suppressed: count } of rows) {
    if (count > 0) suppressed.set(detection, (suppressed.get(detection) ?? 0) + count);
  }
  return suppressed;
}

/** No other alert opens before the snooze of an alert's key is over. */
async function outlastSnoozes(
  trx: Transaction<Tables>,
  rows: AlertRow[],
  keys: ReadonlyMap<string, AlertKey>,
): Promise<void> {
  for (const row of rows) {
    const until = keys.get(row.key)?.snoozed_until ?? 0;
    if (row.created === null || row.window_end >= until) continue;
    row.window_end = until;
    await trx.updateTable('alerts').set({ window_end: until }).where('id', '=', row.id).execute();
  }
}

/** The alert as these signals alone would make it. */
function firstRow(
  { group, detection }: Fold,
  key: AlertKey,
  { received, now }: { readonly received: number; readonly now: number },
): Omit<AlertRow, 'assignee' | 'created'> {
  const { sample } = group;
  const status = sample.severity === 'INFO' ? 'RESOLVED' : 'OPEN';
  const threshold = thresholdOf(group, detection);
  const counted = group.unique?.length ?? group.count;
  const suppressMs = group.isError ? undefined : suppressionOf(detection, key);
  const suppressedUntil = suppressMs === undefined ? null : received + suppressMs;
  const resolveAfterMs = group.isError || status === 'RESOLVED' ? undefined : detection.resolveAfterMs;
  const resolveAt = resolveAfterMs === undefined ? null : received + Math.min(resolveAfterMs, longestMs);
  const ownEnd = Math.max(suppressedUntil ?? 0, resolveAt ?? 0);
  return {
    id: md5(`${group.detection}:${key.windows}:${group.dedup}${errorMark(group)}`),
    key: key.key,
    kind: group.isError ? 'RULE_ERROR' : 'RULE',
    detection: group.detection,
    dedup: storableText(group.dedup),
    title: storableText(sample.title || detection.displayName || detection.id),
    severity: sample.severity,
    status,
    description: storableText(sample.description ?? detection.description),
    runbook: storableText(sample.runbook ?? detection.runbook),
    reference: storableText(sample.reference ?? detection.reference),
    context: storableContext(sample.context ?? {}),
    log_types: [...group.logTypes],
    tags: detection.tags.map(storableText),
    destinations: sample.destinations?.map(storableText) ?? null,
    threshold,
    count: group.count,
    unique_marks: group.unique === undefined ? null : [...group.unique],
    suppressed: received <= silentUntil(key) ? group.count : 0,
    suppressed_until: suppressedUntil,
    resolve_at: resolveAt,
    first: group.first,
    last: group.last,
    window_start: key.window_start,
    window_end: counted >= threshold && ownEnd > 0 ? ownEnd : key.window_end,
    updated: now,
  };
}

function thresholdOf({ isError, unique }: SignalGroup, { threshold }: Detection): number {
  if (isError) return 1;
  return unique === undefined ? threshold : Math.min(threshold, maxUnique);
}

function storableContext(context: Alert['context']): Alert['context'] {
  const clean = storableObject(context);
  const bytes = Buffer.byteLength(JSON.stringify(clean));
  return bytes > maxContextBytes ? { omitted: `the context has ${bytes} bytes` } : clean;
}

/** Gives the alerts with their deliveries. Of one whose key is snoozed nobody is told before that is over. */
export async function enqueueDeliveries(
  trx: Transaction<Tables>,
  opened: readonly Opened[],
  {
    detections,
    received,
    route,
    queue,
  }: Pick<Raise, 'detections' | 'received'> & { readonly route: Route; readonly queue: PgBoss },
): Promise<readonly Alert[]> {
  const alerts = opened.map(({ row, key }) => {
    const { snoozed_until, snoozed_by, snooze_reason } = key;
    const snooze = snoozed_until >= received ? { snoozed_until, snoozed_by, snooze_reason } : undefined;
    const destinations = route(
      alertOf({ ...row, ...snooze }, []),
      detections.get(row.detection),
      row.destinations ?? undefined,
    );
    const deliveries = [...new Set(destinations)].map((destination) => newDelivery(row.id, destination, 'opened'));
    return { row, snooze, deliveries };
  });
  await insertDeliveries(
    trx,
    alerts.flatMap(({ deliveries, snooze }) =>
      deliveries.map((delivery) => ({ ...delivery, notBefore: snooze?.snoozed_until })),
    ),
    queue,
  );
  return alerts.map(({ row, snooze, deliveries }) => alertOf({ ...row, ...snooze }, deliveries));
}

/** Rule errors fold apart from matches. */
function errorMark(group: SignalGroup): string {
  return group.isError ? ':error' : '';
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
