// What the API answers, as the program's own types: RFC 3339 times as epoch milliseconds, null as absent.

import { z } from 'zod';
import { alertEvents, alertStatuses } from '../core/alert.ts';
import { type Analysis, analysisStates, observableKinds } from '../core/analysis.ts';
import type { Json } from '../core/event.ts';
import { UserError } from '../core/problem.ts';
import { runStates } from '../core/schedule.ts';
import { severities } from '../core/severity.ts';

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const json: z.ZodType<Json> = z.json();
const record = z.record(z.string(), z.unknown());

const delivery = z
  .object({
    destination: z.string(),
    event: z.enum(alertEvents),
    state: z.enum(['waiting', 'sending', 'delivered', 'retrying', 'failed']),
    attempts: z.number(),
    attempted: time.nullable(),
    message: z.string(),
  })
  .transform(({ attempted, ...rest }) => ({ ...rest, ...(attempted !== null && { attempted }) }));

const snooze = z.object({ until: time, by: z.string(), reason: z.string() });

const alertAnswerForm = z.object({
  id: z.string(),
  kind: z.enum(['RULE', 'RULE_ERROR']),
  detection: z.string(),
  dedup: z.string(),
  title: z.string(),
  severity: z.enum(severities),
  status: z.enum(alertStatuses),
  assignee: z.string(),
  description: z.string(),
  runbook: z.string(),
  reference: z.string(),
  context: z.record(z.string(), json),
  logTypes: z.array(z.string()),
  tags: z.array(z.string()),
  count: z.number(),
  suppressed: z.number(),
  suppressedUntil: time.nullable(),
  snooze: snooze.nullable(),
  first: time,
  last: time,
  windowStart: time,
  windowEnd: time,
  created: time,
  updated: time,
  deliveries: z.array(delivery),
});

export const alertAnswer = alertAnswerForm.transform(({ suppressed, suppressedUntil, snooze: snoozed, ...rest }) => ({
  ...rest,
  ...(suppressed > 0 && { suppressed }),
  ...(suppressedUntil !== null && { suppressedUntil }),
  ...(snoozed !== null && { snooze: snoozed }),
}));

export const alertPage = z.object({ items: z.array(alertAnswer), next: z.string().nullable() });
export const alertChangeList = z.object({ items: z.array(z.object({ time, by: z.string(), what: z.string() })) });

export const exceptionAnswer = z
  .object({
    id: z.string(),
    detection: z.string(),
    when: z.record(z.string(), json),
    owner: z.string(),
    reason: z.string(),
    created: time,
    until: time,
    silenced: z.number(),
    last: time.nullable(),
  })
  .transform(({ last, ...rest }) => ({ ...rest, ...(last !== null && { last }) }));
export const exceptionList = z.object({ items: z.array(exceptionAnswer) });

export const eventList = z.object({ items: z.array(record) });

export const queryAnswer = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(record),
  truncated: z.boolean(),
  elapsedMs: z.number(),
  rowsRead: z.number(),
  bytesRead: z.number(),
});

const runAnswer = z
  .object({
    id: z.string(),
    schedule: z.string(),
    state: z.enum(runStates),
    from: time,
    to: time,
    isBackfill: z.boolean(),
    started: time,
    ended: time.nullable(),
    rows: z.number(),
    signals: z.number(),
    rowsRead: z.number(),
    bytesRead: z.number(),
    message: z.string(),
  })
  .transform(({ ended, ...rest }) => ({ ...rest, ...(ended !== null && { ended }) }));
export const runPage = z
  .object({ items: z.array(runAnswer), next: z.string().nullable() })
  .transform(({ items, next }) => ({ runs: items, ...(next !== null && { next }) }));
export const scheduleList = z.object({
  items: z.array(
    z
      .object({
        id: z.string(),
        cursor: time,
        due: time.nullable(),
        failures: z.number(),
        gaps: z.number(),
        backfill: z.object({ from: time, to: time, cursor: time, failures: z.number() }).nullable(),
      })
      .transform(({ backfill, due, ...rest }) => ({
        ...rest,
        due: due ?? Number.POSITIVE_INFINITY,
        ...(backfill !== null && { backfill }),
      })),
  ),
});
export const windowAnswer = z.object({ from: time, to: time });

const apiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    created: time,
    lastUsed: time.nullable(),
    expires: time.nullable(),
  })
  .transform(({ lastUsed, expires, ...rest }) => ({
    ...rest,
    ...(lastUsed !== null && { lastUsed }),
    ...(expires !== null && { expires }),
  }));

export const analysisAnswer = z
  .object({
    analyzer: z.string(),
    observable: z.object({ kind: z.enum(observableKinds), value: z.string() }),
    state: z.enum(analysisStates),
    message: z.string(),
    facts: z.custom<Analysis['facts']>((value) => record.safeParse(value).success),
    // It was JSON a moment ago; to look at all of it again would take longer than to parse it.
    raw: z.custom<Json>(() => true),
    asked: time.nullable(),
    until: time.nullable(),
  })
  .transform(({ raw, asked, until, ...rest }) => ({
    ...rest,
    ...(raw !== null && { raw }),
    ...(asked !== null && { asked }),
    ...(until !== null && { until }),
  }));

export const analyzerList = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      kinds: z.array(z.enum(observableKinds)),
      key: z.enum(['required', 'optional', 'none']),
      hasKey: z.boolean(),
      limits: z.array(z.object({ requests: z.number(), seconds: z.number() })),
      terms: z.string(),
    }),
  ),
});

export const keyList = z.object({ items: z.array(apiKey) });
export const createdKey = z.object({ key: z.string(), apiKey });
export const ingested = z.object({ records: z.number(), bytes: z.number() });

/** An answer of another form is another program's, or another version's. */
export function read<T extends z.ZodType>(form: T, answer: unknown): z.output<T> {
  const result = form.safeParse(answer);
  if (result.success) return result.data;
  throw new UserError('the running tocsin gave an answer that this version does not know', { cause: result.error });
}
