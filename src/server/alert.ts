// /alerts: the queue, one alert, its status, assignee and snooze, who changed them, and the events behind it.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { App } from '../app-port.ts';
import { type Alert, alertEvents, alertStatuses } from '../core/alert.ts';
import type { AlertFilter } from '../core/alert-store.ts';
import { severities } from '../core/severity.ts';
import { Refusal } from './refusal.ts';
import { closed, FreeObject, type Server, Time, TimeParameter, timeText } from './route.ts';

const Status = z.enum(alertStatuses).meta({ id: 'AlertStatus' });
const SeverityName = z.enum(severities).meta({ id: 'Severity' });

const AlertAnswer = z
  .object({
    id: z.string(),
    kind: z.enum(['RULE', 'RULE_ERROR']).describe('RULE_ERROR: the rule itself failed'),
    detection: z.string(),
    dedup: z.string().describe('Signals of one detection with one dedup string are one alert'),
    title: z.string(),
    severity: SeverityName,
    status: Status,
    assignee: z.string(),
    description: z.string(),
    runbook: z.string(),
    reference: z.string(),
    context: FreeObject.describe('What the rule said about its first match'),
    logTypes: z.array(z.string()),
    tags: z.array(z.string()),
    count: z.int().describe('Signals folded into it'),
    suppressed: z.int().describe('Of count, those that came while no other alert could open: suppressed or snoozed'),
    suppressedUntil: Time.nullable().describe('Its detection wants no other alert with the dedup string before'),
    snooze: z
      .object({ until: Time, by: z.string(), reason: z.string() })
      .nullable()
      .describe('Until then nobody is told of alerts of the detection with the dedup string'),
    first: Time.describe('Time of its first event'),
    last: Time.describe('Time of its last event'),
    windowStart: Time,
    windowEnd: Time.describe('Signals received until then are folded into it'),
    created: Time,
    updated: Time,
    deliveries: z.array(
      z.object({
        destination: z.string(),
        event: z.enum(alertEvents).describe('What it is told of'),
        state: z.enum(['waiting', 'sending', 'delivered', 'retrying', 'failed']),
        attempts: z.int(),
        attempted: Time.nullable().describe('Time of the last attempt'),
        message: z.string(),
      }),
    ),
  })
  .meta({ id: 'Alert', description: 'Signals folded by detection, dedup string and window' });

function alertAnswer(alert: Alert): z.input<typeof AlertAnswer> {
  return {
    ...alert,
    suppressed: alert.suppressed ?? 0,
    suppressedUntil: alert.suppressedUntil === undefined ? null : timeText(alert.suppressedUntil),
    snooze: alert.snooze === undefined ? null : { ...alert.snooze, until: timeText(alert.snooze.until) },
    logTypes: [...alert.logTypes],
    tags: [...alert.tags],
    first: timeText(alert.first),
    last: timeText(alert.last),
    windowStart: timeText(alert.windowStart),
    windowEnd: timeText(alert.windowEnd),
    created: timeText(alert.created),
    updated: timeText(alert.updated),
    deliveries: alert.deliveries.map(({ attempted, ...delivery }) => {
      return { ...delivery, attempted: attempted === undefined ? null : timeText(attempted) };
    }),
  };
}

/** `?status=OPEN&status=TRIAGED` and `?status=OPEN,TRIAGED` are the same. */
function listOf<T extends z.ZodType>(element: T) {
  return z.preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(element).max(20));
}

const AlertQuery = closed({
  status: listOf(Status).exactOptional(),
  severity: listOf(SeverityName).exactOptional(),
  detection: z.string().max(500).exactOptional(),
  assignee: z.string().max(200).exactOptional(),
  q: z.string().max(500).exactOptional().describe('In title, dedup string or detection id'),
  createdAfter: TimeParameter.exactOptional(),
  createdBefore: TimeParameter.exactOptional(),
  snoozed: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .exactOptional()
    .describe('Only those that are snoozed, or only the others'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional().describe('`next` of the page before'),
});

const By = z.string().max(200).describe('Who wants it: a name for the record of changes');

const AlertChange = closed({
  status: Status.exactOptional(),
  assignee: z.string().max(200).exactOptional(),
  by: By.exactOptional(),
})
  .refine(({ status, assignee }) => status !== undefined || assignee !== undefined, 'expected status, assignee or both')
  .meta({ id: 'AlertChange' });

const SnoozeForm = closed({
  until: TimeParameter.describe('A time that is past ends the snooze'),
  by: By.min(1),
  reason: z.string().max(2000).default(''),
}).meta({ id: 'Snooze' });

const AlertPath = z.object({ id: z.string().max(100) });

/** Changes when what a person may change does, and not with every signal: it guards against two people's changes. */
function tagOf(alert: Alert): string {
  const text = JSON.stringify([alert.id, alert.status, alert.assignee]);
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

export function alertRoutes(server: Server, app: App): void {
  server.get(
    '/api/v1/alerts',
    {
      schema: {
        operationId: 'listAlerts',
        summary: 'Alerts, newest first',
        tags: ['alerts'],
        querystring: AlertQuery,
        response: {
          200: z
            .object({ items: z.array(AlertAnswer), next: z.string().nullable().describe('Cursor; null at the end') })
            .meta({ id: 'AlertPage', description: 'A page of alerts' }),
        },
      },
    },
    async ({ query }) => {
      const { limit, cursor, q, ...rest } = query;
      const filter: AlertFilter = q === undefined ? rest : { ...rest, text: q };
      const page = await app.alerts.list(filter, cursor === undefined ? { limit } : { limit, cursor });
      return { items: page.alerts.map(alertAnswer), next: page.next ?? null };
    },
  );

  server.get(
    '/api/v1/alerts/:id',
    {
      schema: {
        operationId: 'getAlert',
        summary: 'One alert',
        description: 'Its ETag may be given to the change of the alert as If-Match.',
        tags: ['alerts'],
        params: AlertPath,
        response: { 200: AlertAnswer },
      },
    },
    async ({ params }, reply) => {
      const alert = found(await app.alerts.get(params.id), params.id);
      return reply.header('etag', tagOf(alert)).send(alertAnswer(alert));
    },
  );

  server.patch(
    '/api/v1/alerts/:id',
    {
      schema: {
        operationId: 'changeAlert',
        summary: 'Set the status or the assignee of an alert',
        description: 'With If-Match: 412 when somebody else changed it since.',
        tags: ['alerts'],
        params: AlertPath,
        body: AlertChange,
        response: { 200: AlertAnswer },
      },
    },
    async ({ params, body, headers }, reply) => {
      const expected = headers['if-match'];
      if (expected !== undefined && expected !== '*') {
        const current = found(await app.alerts.get(params.id), params.id);
        const tags = expected.split(',').map((tag) => tag.trim());
        if (!tags.includes(tagOf(current))) {
          throw new Refusal(412, `the alert is now ${current.status}, assigned to "${current.assignee}"`);
        }
      }
      const alert = found(await app.alerts.update(params.id, body), params.id);
      return reply.header('etag', tagOf(alert)).send(alertAnswer(alert));
    },
  );

  server.put(
    '/api/v1/alerts/:id/snooze',
    {
      schema: {
        operationId: 'snoozeAlert',
        summary: 'Snooze the detection and dedup string of an alert until a time',
        description:
          'Until then their signals are counted on the newest alert, and nobody is told. It wakes by itself, or when ' +
          '`until` is past.',
        tags: ['alerts'],
        params: AlertPath,
        body: SnoozeForm,
        response: { 200: AlertAnswer },
      },
    },
    async ({ params, body }) => alertAnswer(found(await app.alerts.snooze(params.id, body), params.id)),
  );

  server.get(
    '/api/v1/alerts/:id/changes',
    {
      schema: {
        operationId: 'listAlertChanges',
        summary: 'What was done to an alert, oldest first',
        tags: ['alerts'],
        params: AlertPath,
        response: {
          200: z
            .object({
              items: z.array(
                z.object({ time: Time, by: z.string().describe('tocsin: the program itself'), what: z.string() }),
              ),
            })
            .meta({ id: 'AlertChanges', description: 'Who changed what, and when' }),
        },
      },
    },
    async ({ params }) => {
      found(await app.alerts.get(params.id), params.id);
      const changes = await app.alerts.changes(params.id);
      return { items: changes.map((change) => ({ ...change, time: timeText(change.time) })) };
    },
  );

  server.get(
    '/api/v1/alerts/:id/events',
    {
      schema: {
        operationId: 'listAlertEvents',
        summary: "The events of an alert's signals, newest first",
        tags: ['alerts'],
        params: AlertPath,
        querystring: closed({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
        response: {
          200: z
            .object({ items: z.array(FreeObject) })
            .meta({ id: 'AlertEvents', description: 'Events with their own fields and p_ fields' }),
        },
      },
    },
    async ({ params, query }) => {
      const events = found(await app.alertEvents(params.id, query.limit), params.id);
      return { items: [...events] };
    },
  );
}

function found<T>(value: T | undefined, id: string): T {
  if (value === undefined) throw new Refusal(404, `there is no alert ${id}`);
  return value;
}
