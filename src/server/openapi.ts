// /api/v1/openapi.json: OpenAPI 3.1 made from the routes. What holds for every route (keys, errors) is added here.

import swagger from '@fastify/swagger';
import type { RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { accessTo } from './authorize.ts';
import { ProblemAnswer } from './refusal.ts';
import { FreeObject, type Server } from './route.ts';

const problemContent = { 'application/problem+json': { schema: ProblemAnswer } };

/** Call it before the first route is added. */
export async function describeRoutes(server: Server, version: string): Promise<void> {
  server.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, ...commonOf(route) };
  });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tocsin',
        version,
        description: 'The API of Tocsin. Times are RFC 3339 in UTC; errors are application/problem+json (RFC 9457).',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key: tocsin_...' },
          header: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        },
      },
    },
    convertConstToEnum: false,
    transform: jsonSchemaTransform,
    transformObject: (document) => withPlainNames(jsonSchemaTransformObject(document)),
  });
}

export function openapiRoutes(server: Server): void {
  server.get(
    '/api/v1/openapi.json',
    {
      schema: {
        operationId: 'getOpenapi',
        summary: 'This description',
        tags: ['status'],
        response: { 200: FreeObject.describe('OpenAPI 3.1') },
      },
    },
    async () => server.swagger(),
  );
}

/** Who may call a route, and with which errors it answers. */
function commonOf({ method, url, schema = {} }: RouteOptions): object {
  const scope = accessTo([method].flat()[0] ?? 'GET', url);
  const hasBody = schema.body !== undefined;
  const errors: readonly (readonly [number, string, boolean])[] = [
    [400, 'The request is not as described', hasBody || schema.querystring !== undefined],
    [401, 'No key, or a wrong one', scope !== 'open'],
    [403, `The key lacks the scope ${scope}`, scope !== 'open'],
    [404, 'There is no such thing', schema.params !== undefined],
    [412, 'Somebody else changed it since', method === 'PATCH'],
    [413, 'The body is too large', hasBody],
    [415, 'The body is of another type', hasBody],
    [429, 'Too many wrong keys from this address', scope !== 'open'],
    [500, 'An error in Tocsin itself', true],
    [503, 'Not now; try again after the seconds in Retry-After', true],
  ];
  const responses = errors
    .filter(([, , applies]) => applies)
    .map(([status, description]) => [status, { description, content: problemContent }]);
  return {
    security: scope === 'open' ? [] : [{ bearer: [] }, { header: [] }],
    ...(scope === 'open' ? {} : { description: `${schema.description ?? ''} Scope: ${scope}.`.trim() }),
    response: { ...Object.fromEntries(responses), ...described(schema.response) },
  };
}

/** A response of a named component is described by the component's own words. */
function described(response: unknown): object {
  const entries = Object.entries(response ?? {}).map(([status, schema]: [string, unknown]) =>
    schema instanceof z.ZodObject && schema.description !== undefined
      ? [status, { description: schema.description, content: { 'application/json': { schema } } }]
      : [status, schema],
  );
  return Object.fromEntries(entries);
}

/** The zod provider gives each component twice, `X` as answered and `XInput` as taken. Here every component that is
 *  used is there once: `XInput` becomes `X` where both are alike or `X` is not used. */
function withPlainNames<T extends object>(document: T): T {
  const { components, ...rest } = document as T & { components?: { schemas?: Record<string, unknown> } };
  const schemas = components?.schemas ?? {};
  const used = usedBy(rest, schemas);
  const renames = new Map<string, string>();
  for (const name of used) {
    const plain = name.replace(/Input$/, '');
    if (plain === name || !(plain in schemas)) continue;
    if (!used.has(plain) || JSON.stringify(schemas[plain]) === JSON.stringify(schemas[name])) renames.set(name, plain);
  }
  const kept = [...used]
    .toSorted((a, b) => a.localeCompare(b))
    .map((name) => [renames.get(name) ?? name, schemas[name]] as const);
  const whole = { ...rest, components: { ...components, schemas: Object.fromEntries(kept) } };
  return JSON.parse(JSON.stringify(whole), (key, value: unknown) => {
    if (key !== '$ref' || typeof value !== 'string') return value;
    const name = value.slice(value.lastIndexOf('/') + 1);
    return value.replace(name, renames.get(name) ?? name);
  });
}

/** Names of the components that `root` needs, through others too. */
function usedBy(root: unknown, schemas: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const used = new Set<string>();
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const text = JSON.stringify(waiting.pop()) ?? '';
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      waiting.push(schemas[name]);
    }
  }
  return used;
}
