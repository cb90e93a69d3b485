// What the files of the resources share: the server's type and the forms of times and of closed objects.

import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Times in answers: RFC 3339 text in UTC with milliseconds. */
export const Time = z.string().meta({ format: 'date-time' });

/** The years 1 and 9999: what RFC 3339 can say. A broken or hostile clock in a log can say more. */
const earliest = -62_135_596_800_000;
const latest = 253_402_300_799_999;

/** Epoch ms as the API tells it. */
export function timeText(epochMs: number): string {
  return new Date(Math.min(Math.max(epochMs, earliest), latest)).toISOString();
}

/** A time in a query, as epoch ms: RFC 3339 with `Z` or an offset. */
export const TimeParameter = z.iso
  .datetime({ offset: true, error: 'expected a time as in 2026-01-31T09:00:00Z' })
  .transform((text) => Date.parse(text));

/** An object that takes no other keys, and whose error names those that it takes. */
export function closed<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${(issue.keys ?? []).slice(0, 5).join(', ')}; expected one of ${known}`
        : undefined,
  });
}

/** A JSON object that is passed on as it is: its keys come from logs and queries, and are not looked at. */
export const FreeObject = z.unknown().meta({ type: 'object', additionalProperties: true });
