// What a scheduled query finds over a window, what that costs and which alerts it would raise: reads, and changes nothing.

import { z } from 'zod';
import type { App } from '../app-port.ts';
import { severities } from '../core/severity.ts';
import { QueryAnswer } from './query.ts';
import { Refusal } from './refusal.ts';
import { closed, type Server, Time, TimeParameter, timeText } from './route.ts';

const PreviewAnswer = QueryAnswer.extend({
  from: Time,
  to: Time,
  alerts: z
    .array(
      z.object({
        detection: z.string(),
        title: z.string(),
        dedup: z.string(),
        severity: z.enum(severities),
        count: z.int().describe('Rows'),
        isError: z.boolean(),
      }),
    )
    .describe('That a run would raise, or count on'),
  overflow: z.string().nullable().describe('What its limits would leave out'),
  note: z.string().nullable().describe('What exceptions leave out'),
}).meta({ id: 'Preview', description: 'What a run would do' });

export function schedulePreviewRoutes(server: Server, app: Pick<App, 'previewQuery'>): void {
  server.post(
    '/api/v1/schedules/:id/preview',
    {
      schema: {
        operationId: 'previewSchedule',
        summary: 'Run a scheduled query once, and keep nothing of it',
        tags: ['schedules'],
        params: z.object({ id: z.string() }),
        body: closed({
          from: TimeParameter.exactOptional().describe('Where absent: the last of its windows that is over'),
          to: TimeParameter.exactOptional(),
          maxRows: z.int().min(1).max(10_000).default(1000),
        }).meta({ id: 'PreviewRequest' }),
        response: { 200: PreviewAnswer },
      },
    },
    async ({ params: { id }, body }) => {
      const found = await app.previewQuery(id, body);
      if (found === undefined) throw new Refusal(404, `there is no scheduled query ${id} that is enabled`);
      const { window, result, groups, overflow, note } = found;
      return {
        from: timeText(window.from),
        to: timeText(window.to),
        ...result,
        columns: [...result.columns],
        rows: [...result.rows],
        alerts: groups.map(({ detection, dedup, count, isError, sample: { title, severity } }) => {
          return { detection, title, dedup, severity, count, isError };
        }),
        overflow: overflow ?? null,
        note: note ?? null,
      };
    },
  );
}
