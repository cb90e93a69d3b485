// The HTTP API over the running program: routes, keys, limits, errors.
// It asks the App and nothing else: it holds no state of the program, reads no configuration, and knows no store.
// Each resource has a file; what stands before all of them (host, keys, description) is put together here.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { App } from '../app-port.ts';
import { UserError } from '../core/problem.ts';
import { alertRoutes } from './alert.ts';
import { analysisRoutes } from './analysis.ts';
import { authorize } from './authorize.ts';
import { deadLetterRoutes } from './dead-letter.ts';
import { detectionRoutes } from './detection.ts';
import { exceptionRoutes } from './exception.ts';
import { healthRoutes } from './health.ts';
import { checkHost } from './host.ts';
import { ingestRoutes } from './ingest.ts';
import { keyRoutes } from './key.ts';
import { lookupRoutes } from './lookup.ts';
import { scheduleRoutes } from './schedule.ts';
import { schedulePreviewRoutes } from './schedule-preview.ts';
import { metricsRoutes } from './metrics.ts';
import { describeRoutes, openapiRoutes } from './openapi.ts';
import { queryRoutes } from './query.ts';
import { answerTo, Refusal } from './refusal.ts';
import type { Server } from './route.ts';
import { sourceRoutes } from './source.ts';
import { statusRoutes } from './status.ts';

export interface ServerOptions {
  /** Default 127.0.0.1. On other addresses anybody who reaches the machine reaches the API. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  /** Gets errors of our own, with their request id. Default: JSON lines on stderr. */
  readonly logger?: FastifyBaseLogger;
}

const limits = {
  /** Of a JSON body; ingest has its own. */
  bodyBytes: 1024 * 1024,
  headersMs: 10_000,
  /** For a whole request with its body. */
  requestMs: 300_000,
  keepAliveMs: 60_000,
  connections: 1000,
  /** For requests under way when the server closes. */
  drainMs: 10_000,
};

const headers = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** Listens when it resolves. An address that cannot be had is a UserError. */
export async function startServer(
  app: App,
  options: ServerOptions,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server = await createServer(app, options);
  const host = options.host ?? '127.0.0.1';
  let address: string;
  try {
    address = await server.listen({ host, port: options.port });
  } catch (cause) {
    await server.close();
    throw new UserError(`cannot listen on ${host}:${options.port}: ${reasonOf(cause)}`, { cause });
  }
  return {
    address,
    async close() {
      const timer = setTimeout(() => server.server.closeAllConnections(), limits.drainMs);
      await server.close();
      clearTimeout(timer);
    },
  };
}

/** The server, without listening. */
export async function createServer(app: App, options: ServerOptions): Promise<Server> {
  const server: Server = fastify({
    ...(options.logger === undefined
      ? { logger: { level: 'error', stream: process.stderr } }
      : { loggerInstance: options.logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: { headersTimeout: limits.headersMs },
    genReqId: requestIdOf,
    clientErrorHandler: answerBrokenRequest,
    return503OnClosing: false,
    frameworkErrors: answerError,
  }).withTypeProvider<ZodTypeProvider>();
  server.server.maxConnections = limits.connections;
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(answerError);
  server.setNotFoundHandler(async (request) => {
    throw new Refusal(404, `there is no ${request.method} ${request.url.split('?', 1)[0] ?? ''}`);
  });

  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...headers, 'x-request-id': request.id });
  });
  checkHost(server, options.host ?? '127.0.0.1');
  authorize(server, app.keys);
  await describeRoutes(server, app.version);

  metricsRoutes(server, app);
  healthRoutes(server, app);
  openapiRoutes(server);
  statusRoutes(server, app);
  alertRoutes(server, app);
  exceptionRoutes(server, app);
  queryRoutes(server, app);
  analysisRoutes(server, app);
  await server.register(async (scope) => ingestRoutes(scope.withTypeProvider<ZodTypeProvider>(), app));
  sourceRoutes(server, app);
  lookupRoutes(server, app);
  scheduleRoutes(server, app);
  schedulePreviewRoutes(server, app);
  detectionRoutes(server, app);
  deadLetterRoutes(server, app);
  keyRoutes(server, app);
  await server.ready();
  return server;
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers: more, body } = answerTo(error, request.id);
  if (status === 500) request.log.error({ err: error, requestId: request.id }, 'request failed');
  void reply
    .code(status)
    .headers({ ...headers, 'x-request-id': request.id, ...more })
    .type('application/problem+json')
    .send(JSON.stringify(body));
}

/** A client's own id, if it is a plain one, so that its log and ours can be laid side by side. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}

/** What is no HTTP, or too slow, never becomes a request: it is answered on the socket. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const statuses: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };
  const status = statuses[error.code ?? ''] ?? 400;
  const { body } = answerTo(new Refusal(status, 'the request is not HTTP/1.1, or came too slowly'), randomUUID());
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${body.title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program has that port',
    EACCES: 'this user may not open that port',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'no such host',
  };
  return reasons[String(code)] ?? (cause instanceof Error ? cause.message : String(cause));
}
