// Webhook: the alert as JSON to any HTTP address, signed where a secret is set.
// `X-Tocsin-Signature: t=<epoch seconds>,v1=<hex>`, where v1 is HMAC-SHA256 over `<t>.<body>` with the secret. The
// receiver compares it and refuses an old t; `Idempotency-Key` is the same at every attempt.

import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { DestinationKind } from './destination-kind.ts';
import { post } from './http/post.ts';

const settings = z.object({
  url: z
    .url({ protocol: /^https?$/ })
    .meta({ secret: true })
    .describe('Address that takes the POST'),
  secret: z
    .string()
    .min(16)
    .optional()
    .meta({ secret: true })
    .describe('Signs each request; at least 16 characters. Unsigned where absent'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/))
    .default({})
    .meta({ secret: true })
    .describe('Further headers, such as Authorization'),
  allowPrivate: z.boolean().default(false).describe('Whether the address may be in a private network or this machine'),
  timeoutSeconds: z.number().min(0.1).max(60).default(10).describe('For one attempt'),
});

export const webhook: DestinationKind = {
  description: 'POSTs each alert as JSON, signed',
  settings,
  create(id, given, { clock, payload }) {
    const { url, secret, headers, allowPrivate, timeoutSeconds } = settings.parse(given);
    return {
      id,
      kind: 'webhook',
      send(notification) {
        const body = JSON.stringify(payload(notification));
        const time = Math.floor(clock.now() / 1000);
        return post({
          url,
          headers: {
            ...headers,
            'content-type': 'application/json',
            'user-agent': 'tocsin',
            'idempotency-key': notification.id,
            ...(secret !== undefined && { 'x-tocsin-signature': `t=${time},v1=${sign(secret, time, body)}` }),
          },
          body,
          allowPrivate,
          timeoutMs: timeoutSeconds * 1000,
        });
      },
      async close() {},
    };
  },
};

function sign(secret: string, time: number, body: string): string {
  return createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
}
