// /keys: API keys. A key is shown once, when it is made.

import { z } from 'zod';
import { type App, scopes } from '../app-port.ts';
import type { ApiKey } from '../core/api-key.ts';
import { Refusal } from './refusal.ts';
import { closed, type Server, Time, timeText } from './route.ts';

const KeyAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    created: Time,
    lastUsed: Time.nullable(),
    expires: Time.nullable(),
  })
  .meta({ id: 'ApiKey', description: 'An API key, without its secret' });

function keyAnswer({ created, lastUsed, expires, ...key }: ApiKey): z.input<typeof KeyAnswer> {
  return {
    id: key.id,
    name: key.name,
    scopes: [...key.scopes],
    created: timeText(created),
    lastUsed: lastUsed === undefined ? null : timeText(lastUsed),
    expires: expires === undefined ? null : timeText(expires),
  };
}

export function keyRoutes(server: Server, app: App): void {
  server.get(
    '/api/v1/keys',
    {
      schema: {
        operationId: 'listKeys',
        summary: 'API keys',
        tags: ['keys'],
        response: {
          200: z.object({ items: z.array(KeyAnswer) }).meta({ id: 'ApiKeyList', description: 'All API keys' }),
        },
      },
    },
    async () => ({ items: (await app.keys.list()).map(keyAnswer) }),
  );

  server.post(
    '/api/v1/keys',
    {
      schema: {
        operationId: 'createKey',
        summary: 'Make an API key; the answer is the only place that shows it',
        tags: ['keys'],
        body: closed({
          name: z.string().trim().min(1).max(100),
          scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
        }).meta({ id: 'NewApiKey' }),
        response: {
          201: z
            .object({ key: z.string().describe('The secret'), apiKey: KeyAnswer })
            .meta({ id: 'CreatedApiKey', description: 'The new key' }),
        },
      },
    },
    async ({ body }, reply) => {
      const { key, apiKey } = await app.keys.create(body.name, [...new Set(body.scopes)]);
      return reply.code(201).send({ key, apiKey: keyAnswer(apiKey) });
    },
  );

  server.delete(
    '/api/v1/keys/:id',
    {
      schema: {
        operationId: 'revokeKey',
        summary: 'Revoke an API key, from now on',
        tags: ['keys'],
        params: z.object({ id: z.string().max(100) }),
        response: { 204: z.null().describe('Revoked') },
      },
    },
    async ({ params }, reply) => {
      if (!(await app.keys.revoke(params.id))) throw new Refusal(404, `there is no key ${params.id}`);
      return reply.code(204).send(null);
    },
  );
}
