// /sources: where records come from, and how that goes.

import { z } from 'zod';
import type { App, SourceStatus } from '../app-port.ts';
import { type Server, Time, timeText } from './route.ts';

const SourceAnswer = z
  .object({
    id: z.string(),
    kind: z.string(),
    state: z.enum(['starting', 'healthy', 'idle', 'failing', 'done']),
    message: z.string().describe('What is wrong or what is waited for'),
    schemas: z.array(z.string()),
    events: z.number(),
    dropped: z.number(),
    deadLetters: z.number(),
    bytes: z.number(),
    rate: z.number().describe('Events per second over the last ten seconds'),
    lastRecord: Time.nullable(),
  })
  .meta({ id: 'Source', description: 'A source and its health' });

function sourceAnswer(source: SourceStatus): z.input<typeof SourceAnswer> {
  const lastRecord = source.lastRecord === undefined ? null : timeText(source.lastRecord);
  return { ...source, schemas: [...source.schemas], lastRecord };
}

export function sourceRoutes(server: Server, app: App): void {
  server.get(
    '/api/v1/sources',
    {
      schema: {
        operationId: 'listSources',
        summary: 'Sources with their health and counts',
        tags: ['sources'],
        response: {
          200: z.object({ items: z.array(SourceAnswer) }).meta({ id: 'SourceList', description: 'All sources' }),
        },
      },
    },
    async () => ({ items: app.sources().map(sourceAnswer) }),
  );
}
