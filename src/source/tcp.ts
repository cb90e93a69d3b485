// Lines over TCP, as `nc` and many log shippers send them. TCP tells a sender nothing: what was on the way when the
// program ended is lost, so a sender that must not lose lines uses the http source.

import { createServer, type Server, type Socket } from 'node:net';
import { z } from 'zod';
import { codeOf, messageOf } from '../core/failure.ts';
import { UserError } from '../core/problem.ts';
import type { Source, SourceHealth } from '../core/source.ts';
import { createGatherer, type Gatherer } from './gather.ts';
import { createLineCutter, endLine } from './lines.ts';
import { parseListen } from './listen.ts';
import { offer } from './offer.ts';
import { maxRecordBytes } from './source-kind.ts';

const settings = z.strictObject({
  listen: z
    .string()
    .refine(
      (text) => parseListen(text) !== undefined,
      'expected host:port, [ipv6]:port or a port, such as 127.0.0.1:5140',
    )
    .describe('Address to listen on, host:port. A port alone listens on 127.0.0.1.'),
  maxConnections: z
    .int()
    .positive()
    .default(256)
    .describe('Connections over it are refused with a sentence. Each may hold one unfinished record in memory.'),
  idleSeconds: z
    .number()
    .positive()
    .max(86_400)
    .default(600)
    .describe('A connection that sends nothing for so long is closed.'),
  maxRecordBytes,
});

export const tcp = {
  description: 'Lines over TCP; each line is a record.',
  settings,
  create: createTcpSource,
};

export interface TcpSource extends Source {
  /** host:port that it listens on; undefined while it does not. */
  address(): string | undefined;
}

/** Sockets are paused while so much waits. */
const maxWaitingBytes = 1024 * 1024;

function createTcpSource(id: string, own: z.output<typeof settings>): TcpSource {
  let health: SourceHealth = { state: 'starting', message: 'not listening yet' };
  let failing: SourceHealth | undefined;
  let address: string | undefined;
  let refused = 0;
  /** With what gives the gatherer a connection's last record. */
  const sockets = new Map<Socket, () => void>();
  const paused = new Set<Socket>();

  function take(socket: Socket, gatherer: Gatherer): void {
    const cutter = createLineCutter(own.maxRecordBytes);
    const finish = (): void => {
      for (const piece of cutter.end()) {
        gatherer.add(piece.oversized === undefined ? { bytes: endLine(piece.bytes) } : piece);
      }
    };
    sockets.set(socket, finish);
    socket.setTimeout(own.idleSeconds * 1000);
    socket.on('data', (data) => {
      for (const piece of cutter.push(data)) gatherer.add(piece);
      if (gatherer.bytes <= maxWaitingBytes) return;
      socket.pause();
      paused.add(socket);
    });
    socket.on('timeout', () => {
      if (!paused.has(socket)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      finish();
      sockets.delete(socket);
      paused.delete(socket);
    });
  }

  function refuse(socket: Socket): void {
    refused++;
    socket.on('error', () => undefined);
    socket.end(`too many connections (${own.maxConnections}); try again later\n`);
    socket.setTimeout(1000, () => socket.destroy());
  }

  function resume(): void {
    for (const socket of paused) socket.resume();
    paused.clear();
  }

  function listening(): SourceHealth {
    const turned = refused === 0 ? '' : `; ${refused} connections refused, over the limit of ${own.maxConnections}`;
    return { state: 'healthy', message: `listening on ${address}, ${sockets.size} connected${turned}` };
  }

  async function* read(stop: AbortSignal) {
    const gatherer = createGatherer(resume);
    const server = createServer((socket) =>
      sockets.size < own.maxConnections ? take(socket, gatherer) : refuse(socket),
    );
    try {
      address = await listen(server, own.listen);
    } catch (error) {
      const reason = codeOf(error) === 'EADDRINUSE' ? 'it is in use' : messageOf(error);
      health = { state: 'failing', message: `cannot listen on ${own.listen}: ${reason}` };
      throw new UserError(`source ${id}: ${health.message}`, { cause: error });
    }
    server.on('error', (error) => (failing = { state: 'failing', message: messageOf(error) }));
    const end = (): void => {
      server.close(() => gatherer.end());
      for (const [socket, finish] of sockets) {
        finish();
        socket.destroy();
      }
    };
    stop.addEventListener('abort', end, { once: true });
    if (stop.aborted) end();
    for await (const chunk of gatherer.chunks()) {
      yield* offer(chunk, stop, (told) => (failing = told));
      failing = undefined;
    }
    address = undefined;
    failing = undefined;
    health = { state: 'done', message: 'stopped' };
  }

  return {
    id,
    kind: 'tcp',
    read,
    health: () => failing ?? (address === undefined ? health : listening()),
    address: () => address,
  };
}

async function listen(server: Server, text: string): Promise<string> {
  const { host, port } = parseListen(text) ?? { host: '127.0.0.1', port: 0 };
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen({ host, port }, () => resolve(undefined));
  await promise;
  server.off('error', reject);
  const bound = server.address();
  const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
  return `${host.includes(':') ? `[${host}]` : host}:${actual}`;
}
