// /lookups: the tables that events are joined to, and how their refreshing goes.

import { z } from 'zod';
import type { App, LookupStatus } from '../app-port.ts';
import { Refusal } from './refusal.ts';
import { type Server, Time, timeText } from './route.ts';

const LookupAnswer = z
  .object({
    name: z.string(),
    rows: z.number(),
    fetched: Time.nullable().describe('When the version in use was fetched; null for a table of a file'),
    refreshed: Time.nullable().describe('When a refresh last worked'),
    due: Time.nullable().describe('When the next refresh is due; null while one is under way'),
    message: z.string().describe('Why the last refresh failed'),
  })
  .meta({ id: 'Lookup', description: 'A lookup table' });

function lookupAnswer({ fetched, refreshed, due, ...status }: LookupStatus): z.input<typeof LookupAnswer> {
  return { ...status, fetched: timeOrNull(fetched), refreshed: timeOrNull(refreshed), due: timeOrNull(due) };
}

function timeOrNull(time = Number.POSITIVE_INFINITY): string | null {
  return Number.isFinite(time) ? timeText(time) : null;
}

export function lookupRoutes(server: Server, app: App): void {
  server.get(
    '/api/v1/lookups',
    {
      schema: {
        operationId: 'listLookups',
        summary: 'Lookup tables, with their versions',
        tags: ['lookups'],
        response: {
          200: z.object({ items: z.array(LookupAnswer) }).meta({ id: 'LookupList', description: 'All tables' }),
        },
      },
    },
    async () => ({ items: app.lookups().map(lookupAnswer) }),
  );

  server.post(
    '/api/v1/lookups/:name/refresh',
    {
      schema: {
        operationId: 'refreshLookup',
        summary: 'Fetches a table now, whatever its schedule says',
        tags: ['lookups'],
        params: z.object({ name: z.string() }),
        response: { 200: LookupAnswer },
      },
    },
    async ({ params: { name } }) => {
      const isThere = await app.refreshLookup(name);
      const status = app.lookups().find((each) => each.name === name);
      if (!isThere || status === undefined) {
        throw new Refusal(404, `there is no lookup table ${name} that is refreshed`);
      }
      return lookupAnswer(status);
    },
  );
}
