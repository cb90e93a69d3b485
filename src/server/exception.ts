// /exceptions: what somebody wants no alert of, and until when.

import { z } from 'zod';
import { createExceptions, exceptionState, exceptionStates, readConditions } from '../alert/exception.ts';
import type { App } from '../app-port.ts';
import { systemClock } from '../core/clock.ts';
import type { Exception } from '../core/exception.ts';
import { Refusal } from './refusal.ts';
import { closed, FreeObject, type Server, Time, TimeParameter, timeText } from './route.ts';

const ExceptionAnswer = z
  .object({
    id: z.string(),
    detection: z.string().describe('`*`: all'),
    when: FreeObject.describe("A selection in Sigma's form"),
    owner: z.string(),
    reason: z.string(),
    created: Time,
    until: Time,
    state: z.enum(exceptionStates).describe('ending: within seven days'),
    problem: z.string().describe('Why it leaves nothing out; empty: it does'),
    silenced: z.int().describe('Signals that it left out'),
    last: Time.nullable().describe('When the newest of them was received'),
  })
  .meta({ id: 'Exception', description: 'Signals that are left out of alerts, with an owner, a reason and an end' });

function exceptionAnswer(exception: Exception, now: number): z.input<typeof ExceptionAnswer> {
  const { problems } = createExceptions([exception]);
  return {
    ...exception,
    created: timeText(exception.created),
    until: timeText(exception.until),
    state: exceptionState(exception, now),
    problem: problems.get(exception.id) ?? '',
    last: exception.last === undefined ? null : timeText(exception.last),
  };
}

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const NewException = closed({
  detection: z.string().min(1).max(500).describe('Its id, or `*` for all'),
  when: z
    .record(z.string().max(500), z.union([Value, z.array(Value)]))
    .describe('Field names, with `|cidr`, `|contains`, `|startswith` or `|endswith`, and a value or a list of them'),
  owner: z.string().trim().min(1).max(200),
  reason: z.string().trim().min(1).max(2000),
  until: TimeParameter,
}).meta({ id: 'NewException' });

export function exceptionRoutes(server: Server, app: App): void {
  const { exceptions } = app.alerts;

  server.get(
    '/api/v1/exceptions',
    {
      schema: {
        operationId: 'listExceptions',
        summary: 'Exceptions, the one that ends first in front',
        tags: ['exceptions'],
        response: {
          200: z
            .object({ items: z.array(ExceptionAnswer) })
            .meta({ id: 'ExceptionList', description: 'All exceptions, with those that have ended' }),
        },
      },
    },
    async () => {
      const now = systemClock.now();
      return { items: (await exceptions.list()).map((exception) => exceptionAnswer(exception, now)) };
    },
  );

  server.post(
    '/api/v1/exceptions',
    {
      schema: {
        operationId: 'addException',
        summary: 'Leave out signals until a time',
        tags: ['exceptions'],
        body: NewException,
        response: { 201: ExceptionAnswer },
      },
    },
    async ({ body }, reply) => {
      const now = systemClock.now();
      const read = readConditions(body.when);
      if ('problem' in read) throw new Refusal(400, `when: ${read.problem}`);
      if (body.until <= now) throw new Refusal(400, 'until: expected a time to come');
      return reply.code(201).send(exceptionAnswer(await exceptions.add(body), now));
    },
  );

  server.delete(
    '/api/v1/exceptions/:id',
    {
      schema: {
        operationId: 'removeException',
        summary: 'End an exception and forget it',
        tags: ['exceptions'],
        params: z.object({ id: z.string().max(100) }),
        response: { 204: z.null().describe('Removed') },
      },
    },
    async ({ params }, reply) => {
      if (!(await exceptions.remove(params.id))) throw new Refusal(404, `there is no exception ${params.id}`);
      return reply.code(204).send(null);
    },
  );
}
