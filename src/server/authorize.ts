// Who may do what: the one table of routes and scopes, and the check that stands before every route.
// A route that is not in the table stops the start, and so does an entry without a route.

import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { type App, type Scope, scopes } from '../app-port.ts';
import type { ApiKey } from '../core/api-key.ts';
import { systemClock } from '../core/clock.ts';
import { createFailureLimit } from './failure-limit.ts';
import { Refusal } from './refusal.ts';
import type { Server } from './route.ts';

/** `open` needs no key. */
const access = {
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'read',
  'GET /api/v1/openapi.json': 'read',
  'GET /api/v1/status': 'read',
  'GET /api/v1/alerts': 'read',
  'GET /api/v1/alerts/:id': 'read',
  'PATCH /api/v1/alerts/:id': 'write',
  'PUT /api/v1/alerts/:id/snooze': 'write',
  'GET /api/v1/alerts/:id/changes': 'read',
  'GET /api/v1/alerts/:id/events': 'read',
  'GET /api/v1/exceptions': 'read',
  'POST /api/v1/exceptions': 'write',
  'DELETE /api/v1/exceptions/:id': 'write',
  'GET /api/v1/schedules': 'read',
  'GET /api/v1/schedules/:id/runs': 'read',
  'POST /api/v1/schedules/:id/backfill': 'write',
  'POST /api/v1/schedules/:id/preview': 'read',
  'POST /api/v1/query': 'read',
  'POST /api/v1/analyses': 'write',
  'GET /api/v1/analyzers': 'read',
  'POST /api/v1/ingest/:source': 'ingest',
  'GET /api/v1/sources': 'read',
  'GET /api/v1/lookups': 'read',
  'POST /api/v1/lookups/:name/refresh': 'write',
  'GET /api/v1/detections': 'read',
  'GET /api/v1/dead-letters': 'read',
  'GET /api/v1/keys': 'admin',
  'POST /api/v1/keys': 'admin',
  'DELETE /api/v1/keys/:id': 'admin',
} as const satisfies Record<string, Scope | 'open'>;

/** What a key of a scope may do. A change answers with what was changed, so `write` includes `read`. */
const includes: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  write: ['write', 'read'],
  ingest: ['ingest'],
  admin: scopes,
};

export function accessTo(method: string, url: string): Scope | 'open' {
  const name = routeName(method, url);
  const entry = Object.entries(access).find(([route]) => route === name);
  if (entry === undefined) throw new Error(`bug: route ${name} has no entry in the table of server/authorize.ts`);
  return entry[1];
}

function routeName(method: string, url: string): string {
  return `${method === 'HEAD' ? 'GET' : method} ${url}`;
}

const maxKeyLength = 256;

/** Puts the check before all routes. Call it before the first route is added. */
export function authorize(server: Server, keys: App['keys']): void {
  const limit = createFailureLimit(systemClock);
  const seen = new Set<string>();

  server.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      accessTo(method, route.url);
      seen.add(routeName(method, route.url));
    }
  });
  server.addHook('onReady', async () => {
    const missing = Object.keys(access).filter((route) => !seen.has(route));
    if (missing.length > 0) throw new Error(`bug: no such route: ${missing.join(', ')} (server/authorize.ts)`);
  });
  server.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions;
    if (url === undefined) return; // no such route: 404 for everybody
    const needed = accessTo(request.method, url);
    if (needed === 'open') return;
    const apiKey = await authenticate(request);
    if (!scopes.some((scope) => apiKey.scopes.includes(scope) && includes[scope].includes(needed))) {
      throw new Refusal(
        403,
        `this needs a key with scope ${needed}; the key "${apiKey.name}" has ${apiKey.scopes.join(', ')}`,
      );
    }
  });

  async function authenticate(request: FastifyRequest): Promise<ApiKey> {
    const key = presentedKey(request);
    const digest = createHash('sha256').update(key).digest('base64');
    const wait = limit.waitSeconds(request.ip, digest);
    if (wait > 0) {
      throw new Refusal(429, `too many wrong keys from ${request.ip}; try again in ${wait} s`, {
        'retry-after': `${wait}`,
      });
    }
    const apiKey = key.length <= maxKeyLength ? await keys.verify(key) : undefined;
    if (apiKey === undefined) {
      limit.failed(request.ip, digest);
      throw unauthorized('the key is wrong, revoked or expired', 'invalid_token');
    }
    limit.succeeded(digest);
    return apiKey;
  }
}

function presentedKey(request: FastifyRequest): string {
  const { authorization } = request.headers;
  const header = request.headers['x-api-key'];
  if (authorization !== undefined) {
    const bearer = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    if (bearer !== undefined) return bearer;
  } else if (typeof header === 'string' && header !== '') {
    return header;
  }
  throw unauthorized('this needs an API key: Authorization: Bearer tocsin_..., or X-API-Key: tocsin_...');
}

function unauthorized(detail: string, error?: string): Refusal {
  const challenge = `Bearer realm="tocsin"${error === undefined ? '' : `, error="${error}"`}`;
  return new Refusal(401, detail, { 'www-authenticate': challenge });
}
