// /schedules: what runs by the clock, how far each has come, what became of its runs, and windows of the past on request.

import { z } from 'zod';
import { type Run, runStates, type Schedule } from '../core/schedule.ts';
import type { Schedules, ScheduleStatus } from '../core/schedule-store.ts';
import { Refusal } from './refusal.ts';
import { closed, type Server, Time, TimeParameter, timeText } from './route.ts';

const State = z.enum(runStates).meta({ id: 'RunState' });

const RunAnswer = z
  .object({
    id: z.string(),
    schedule: z.string(),
    state: State.describe(
      'overflow: there was more than its limits let it tell; lost: its process ended before it; gap: nothing ran over the window',
    ),
    from: Time.describe('Of records received from then on'),
    to: Time.describe('and before'),
    isBackfill: z.boolean(),
    started: Time,
    ended: Time.nullable(),
    rows: z.int().describe('That it found'),
    signals: z.int(),
    rowsRead: z.int(),
    bytesRead: z.int(),
    message: z.string().describe('What went wrong or is missing'),
  })
  .meta({ id: 'Run', description: 'One attempt of a schedule at a window, or a gap' });

const ScheduleAnswer = z
  .object({
    id: z.string().describe('Of the detection, or the name of the query'),
    every: z.number().nullable().describe('Seconds between two runs; null where cron tells the times'),
    cron: z.string().nullable(),
    timezone: z.string(),
    lag: z.number().describe('Seconds by which a run follows its window'),
    state: z.enum(['waiting', 'running', 'failing', 'overflow']),
    cursor: Time.describe('Records received before it are done with, but for gaps'),
    late: z.number().describe('Seconds for which its next window could have been run; 0: it is in time'),
    due: Time.nullable().describe('Null: never'),
    failures: z.int().describe('Runs in a row that failed'),
    gaps: z.int().describe('Windows over which nothing ran: see its runs with state=gap'),
    backfill: z
      .object({ from: Time, to: Time, cursor: Time, failures: z.int() })
      .nullable()
      .describe('Under way: done up to its cursor, after so many failures in a row'),
    last: RunAnswer.nullable().describe('The newest run that has ended'),
  })
  .meta({ id: 'Schedule', description: 'Something that runs by the clock' });

function runAnswer(run: Run): z.input<typeof RunAnswer> {
  const { from, to, started, ended } = run;
  return { ...run, from: timeText(from), to: timeText(to), started: timeText(started), ended: timeOrNull(ended) };
}

function scheduleAnswer(status: ScheduleStatus): z.input<typeof ScheduleAnswer> {
  const { id, schedule, cursor, lateMs, due, failures, gaps, backfill, last } = status;
  return {
    id,
    ...timesOf(schedule),
    state: scheduleState(status),
    cursor: timeText(cursor),
    late: lateMs / 1000,
    due: timeOrNull(due),
    failures,
    gaps,
    backfill:
      backfill === undefined
        ? null
        : {
            from: timeText(backfill.from),
            to: timeText(backfill.to),
            cursor: timeText(backfill.cursor),
            failures: backfill.failures,
          },
    last: last === undefined ? null : runAnswer(last),
  };
}

function timesOf({ everyMs, cron, timezone, lagMs }: Schedule) {
  return { every: everyMs === undefined ? null : everyMs / 1000, cron: cron ?? null, timezone, lag: lagMs / 1000 };
}

export function scheduleState({ holder, failures, last }: ScheduleStatus): z.input<typeof ScheduleAnswer>['state'] {
  if (failures > 0) return 'failing';
  if (holder !== undefined) return 'running';
  return last?.state === 'overflow' ? 'overflow' : 'waiting';
}

function timeOrNull(time = Number.POSITIVE_INFINITY): string | null {
  return Number.isFinite(time) ? timeText(time) : null;
}

const params = z.object({ id: z.string() });

export function scheduleRoutes(server: Server, { schedules }: { readonly schedules: Schedules }): void {
  server.get(
    '/api/v1/schedules',
    {
      schema: {
        operationId: 'listSchedules',
        summary: 'What runs by the clock, and how far each has come',
        tags: ['schedules'],
        response: {
          200: z.object({ items: z.array(ScheduleAnswer) }).meta({ id: 'ScheduleList', description: 'All schedules' }),
        },
      },
    },
    async () => ({ items: (await schedules.status()).map(scheduleAnswer) }),
  );

  server.get(
    '/api/v1/schedules/:id/runs',
    {
      schema: {
        operationId: 'listRuns',
        summary: 'Runs of a schedule, newest first',
        tags: ['schedules'],
        params,
        querystring: closed({
          limit: z.coerce.number().int().min(1).max(1000).default(50),
          cursor: z.string().max(100).exactOptional().describe('`next` of an earlier page'),
          state: State.exactOptional(),
        }),
        response: {
          200: z
            .object({ items: z.array(RunAnswer), next: z.string().nullable() })
            .meta({ id: 'RunPage', description: 'Runs, and where to go on' }),
        },
      },
    },
    async ({ params: { id }, query: { limit, cursor, state } }) => {
      const found = await schedules.runs(id, {
        limit,
        ...(cursor !== undefined && { cursor }),
        ...(state !== undefined && { states: [state] }),
      });
      if (found === undefined) throw missing(id);
      return { items: found.runs.map(runAnswer), next: found.next ?? null };
    },
  );

  server.post(
    '/api/v1/schedules/:id/backfill',
    {
      schema: {
        operationId: 'backfillSchedule',
        summary: 'Run a schedule over records of the past',
        tags: ['schedules'],
        params,
        body: closed({ from: TimeParameter, to: TimeParameter }).meta({ id: 'BackfillRequest' }),
        response: {
          202: z.object({ from: Time, to: Time }).meta({
            id: 'BackfillAnswer',
            description: 'What will be run: whole steps of the schedule, before its cursor',
          }),
        },
      },
    },
    async ({ params: { id }, body }, reply) => {
      const window = await schedules.backfill(id, body);
      if (window === undefined) throw missing(id);
      return reply.code(202).send({ from: timeText(window.from), to: timeText(window.to) });
    },
  );
}

function missing(id: string): Refusal {
  return new Refusal(404, `there is no schedule ${id}`);
}
