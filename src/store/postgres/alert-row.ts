// A row of `alerts` and its rows of `deliveries` as the alert that the program knows.

import type { Alert, Delivery } from '../../core/alert.ts';
import type { AlertKeyRow, AlertRow, DeliveryRow } from './tables.ts';

/** The snooze of its key; null, as absent: there is none. */
type Snoozed = {
  readonly [column in 'snoozed_until' | 'snoozed_by' | 'snooze_reason']?: AlertKeyRow[column] | null;
};

/** The row is of an alert that has opened. */
export function alertOf(row: AlertRow & Snoozed, deliveries: readonly Omit<DeliveryRow, 'attempted'>[]): Alert {
  if (row.created === null) throw new Error(`bug: the alert ${row.id} has not opened`);
  const { log_types: logTypes, window_start: windowStart, window_end: windowEnd, created, ...same } = row;
  return {
    id: same.id,
    kind: same.kind,
    detection: same.detection,
    dedup: same.dedup,
    title: same.title,
    severity: same.severity,
    status: same.status,
    assignee: same.assignee,
    description: same.description,
    runbook: same.runbook,
    reference: same.reference,
    context: same.context,
    logTypes,
    tags: same.tags,
    count: same.count,
    ...(same.suppressed > 0 && { suppressed: same.suppressed }),
    ...(same.suppressed_until !== null && { suppressedUntil: same.suppressed_until }),
    ...(typeof same.snoozed_until === 'number' && {
      snooze: { until: same.snoozed_until, by: same.snoozed_by ?? '', reason: same.snooze_reason ?? '' },
    }),
    first: same.first,
    last: same.last,
    windowStart,
    windowEnd,
    created,
    updated: same.updated,
    deliveries: deliveries.map(deliveryOf),
  };
}

function deliveryOf(row: Omit<DeliveryRow, 'attempted'> & Partial<Pick<DeliveryRow, 'attempted'>>): Delivery {
  return {
    destination: row.destination,
    event: row.event,
    state: row.state,
    attempts: row.attempts,
    ...(typeof row.attempted === 'number' && { attempted: row.attempted }),
    message: row.message,
  };
}
