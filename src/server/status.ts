// /status: the whole program on one page: what runs, what waits for people, what is wrong in the content.

import { z } from 'zod';
import type { App } from '../app-port.ts';
import { systemClock } from '../core/clock.ts';
import { scheduleState } from './schedule.ts';
import { type Server, Time, timeText } from './route.ts';

const Counts = z.record(z.string(), z.number());

const StatusAnswer = z
  .object({
    version: z.string(),
    started: Time,
    uptimeSeconds: z.number(),
    alerts: z.object({ byStatus: Counts, bySeverity: Counts }),
    sources: Counts.describe('Sources by state'),
    detections: Counts.describe('Detections by state'),
    schedules: Counts.describe('What runs by the clock, by state'),
    gaps: z.number().describe('Windows over which nothing ran'),
    silenced: z
      .object({ suppressed: z.number(), excepted: z.number() })
      .describe('Signals since the start of which nobody was told: suppressed or snoozed, left out by exceptions'),
    events: z.number(),
    dropped: z.number(),
    deadLetters: z.number(),
    rate: z.number().describe('Events per second over the last ten seconds'),
    problems: z.array(
      z.object({ file: z.string(), line: z.int().optional(), column: z.int().optional(), message: z.string() }),
    ),
  })
  .meta({ id: 'Status', description: 'State of the whole program' });

export function statusRoutes(server: Server, app: App): void {
  server.get(
    '/api/v1/status',
    {
      schema: {
        operationId: 'getStatus',
        summary: 'State of the whole program',
        tags: ['status'],
        response: { 200: StatusAnswer },
      },
    },
    async () => {
      const sources = app.sources();
      const schedules = await app.schedules.status();
      return {
        version: app.version,
        started: timeText(app.started),
        uptimeSeconds: Math.max(0, systemClock.now() - app.started) / 1000,
        alerts: await app.alerts.counts(),
        sources: countStates(sources),
        detections: countStates(app.detections()),
        schedules: countStates(schedules.map((status) => ({ state: scheduleState(status) }))),
        gaps: sum(schedules.map(({ gaps }) => gaps)),
        silenced: app.silenced(),
        events: sum(sources.map((source) => source.events)),
        dropped: sum(sources.map((source) => source.dropped)),
        deadLetters: sum(sources.map((source) => source.deadLetters)),
        rate: sum(sources.map((source) => source.rate)),
        problems: [...app.content.problems],
      };
    },
  );
}

function countStates(items: readonly { readonly state: string }[]): Record<string, number> {
  const groups = Object.groupBy(items, ({ state }) => state);
  return Object.fromEntries(Object.entries(groups).map(([state, group]) => [state, group?.length ?? 0]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
