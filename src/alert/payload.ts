// An alert as destinations and programs get it: the keys of Panther's generic webhook payload, and a few of ours.

import type { Json } from '../core/event.ts';
import type { Notification } from '../core/destination.ts';

/** `name`: the display name of the detection, if it has one. */
export function payload(
  { alert, link, event }: Pick<Notification, 'alert' | 'link' | 'event'>,
  name = '',
): Readonly<Record<string, Json>> {
  return {
    event,
    id: alert.detection,
    alertId: alert.id,
    name: name === '' ? alert.detection : name,
    title: alert.title,
    type: alert.kind,
    severity: alert.severity,
    status: alert.status,
    createdAt: new Date(alert.created).toISOString(),
    link,
    description: alert.description,
    runbook: alert.runbook,
    reference: alert.reference,
    tags: alert.tags,
    logTypes: alert.logTypes,
    dedup: alert.dedup,
    count: alert.count,
    suppressed: alert.suppressed ?? 0,
    first: new Date(alert.first).toISOString(),
    last: new Date(alert.last).toISOString(),
    alertContext: alert.context,
    // Panther's version of the rule; nothing here has one.
    version: null,
  };
}
