// /dead-letters: records that no schema took, with each schema's reason.

import { z } from 'zod';
import type { App } from '../app-port.ts';
import { closed, type Server, Time, timeText } from './route.ts';

/** Of the record, in an answer. */
const maxRawBytes = 16_384;

const recent = `
SELECT p_row_id, toUnixTimestamp64Milli(received) AS received_ms, source_id, source_file, reasons,
       substring(raw, 1, ${maxRawBytes}) AS raw_start, length(raw) AS raw_bytes
FROM dead_letters
WHERE {source:String} = '' OR source_id = {source:String}
ORDER BY received DESC, p_row_id DESC
LIMIT {limit:UInt32}`;

const Row = z.object({
  p_row_id: z.string(),
  received_ms: z.coerce.number(),
  source_id: z.string(),
  source_file: z.string(),
  reasons: z.string(),
  raw_start: z.string(),
  raw_bytes: z.coerce.number(),
});

const Reasons = z.array(z.object({ schema: z.string(), reason: z.string() }));

const DeadLetter = z
  .object({
    rowId: z.string(),
    received: Time,
    source: z.string(),
    file: z.string(),
    reasons: Reasons,
    raw: z.string().describe(`The record, at most ${maxRawBytes} bytes of it`),
    rawBytes: z.number().describe('Length of the whole record'),
  })
  .meta({ id: 'DeadLetter', description: 'A record that no schema took' });

function deadLetter(row: unknown): z.input<typeof DeadLetter> {
  const { p_row_id, received_ms, source_id, source_file, reasons, raw_start, raw_bytes } = Row.parse(row);
  return {
    rowId: p_row_id,
    received: timeText(received_ms),
    source: source_id,
    file: source_file,
    reasons: Reasons.parse(JSON.parse(reasons)),
    raw: raw_start,
    rawBytes: raw_bytes,
  };
}

export function deadLetterRoutes(server: Server, app: App): void {
  server.get(
    '/api/v1/dead-letters',
    {
      schema: {
        operationId: 'listDeadLetters',
        summary: 'Records that no schema took, newest first',
        tags: ['events'],
        querystring: closed({
          source: z.string().max(100).default('').describe('Of this source only'),
          limit: z.coerce.number().int().min(1).max(200).default(50),
        }),
        response: {
          200: z
            .object({ items: z.array(DeadLetter) })
            .meta({ id: 'DeadLetterList', description: 'The newest dead letters' }),
        },
      },
    },
    async ({ query }) => {
      const { rows } = await app.events.query(recent, query, { maxRows: query.limit });
      return { items: rows.map(deadLetter) };
    },
  );
}
