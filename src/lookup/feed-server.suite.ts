// For tests: an HTTP server on loopback that answers as it is told to.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export async function feedServer(answer: Answer): Promise<
  AsyncDisposable & {
    readonly address: string;
    /** The headers of each request. */
    readonly asked: readonly IncomingMessage['headers'][];
  }
> {
  const asked: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/list?key=secret`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A feed that grows without end, up to 2 GB; `sent` is called with each block. */
export function endless(sent: (bytes: number) => void): Answer {
  const block = Buffer.alloc(1 << 16, 'x');
  let total = 0;
  return (response) => {
    const more = (): void => {
      while (total < 2 ** 31 && !response.destroyed) {
        total += block.length;
        sent(block.length);
        if (!response.write(block)) return;
      }
    };
    response.on('drain', more);
    more();
  };
}
