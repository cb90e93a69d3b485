// /query: read-only SQL over the events, with bound parameters and limits. What is read-only is the event store's to hold.

import { z } from 'zod';
import type { App } from '../app-port.ts';
import { closed, FreeObject, type Server } from './route.ts';

const ParameterValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const Query = closed({
  sql: z.string().min(1).max(100_000).describe('One SELECT; parameters as {name:Type}'),
  parameters: z.record(z.string(), z.union([ParameterValue, z.array(ParameterValue)])).default({}),
  limits: closed({
    maxRows: z.int().min(1).max(100_000).exactOptional(),
    timeoutMs: z.int().min(1).max(300_000).exactOptional(),
    maxMemoryBytes: z
      .int()
      .min(1 << 20)
      .max(2 ** 33)
      .exactOptional(),
  })
    .default({})
    .describe("Where absent, the event store's own hold"),
}).meta({ id: 'Query' });

export const QueryAnswer = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string().describe("ClickHouse's") })),
    rows: z.array(FreeObject).describe('By column name; integers beyond 2^53 are text'),
    truncated: z.boolean().describe('There were more rows than limits.maxRows'),
    elapsedMs: z.number(),
    rowsRead: z.number(),
    bytesRead: z.number(),
  })
  .meta({ id: 'QueryResult', description: 'Rows of a query' });

export function queryRoutes(server: Server, app: App): void {
  server.post(
    '/api/v1/query',
    {
      schema: {
        operationId: 'runQuery',
        summary: 'Run read-only SQL over events, signals and dead letters',
        tags: ['events'],
        body: Query,
        response: { 200: QueryAnswer },
      },
    },
    async ({ body }) => {
      const result = await app.events.query(body.sql, body.parameters, body.limits);
      return { ...result, columns: [...result.columns], rows: [...result.rows] };
    },
  );
}
