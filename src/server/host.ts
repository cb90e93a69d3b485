// A page in the user's own browser can point its name at 127.0.0.1 and so reach a server that listens there (DNS
// rebinding). Its requests carry that name as Host: on loopback only the names of loopback are answered.

import { Refusal } from './refusal.ts';
import type { Server } from './route.ts';

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Call it before the first route is added. */
export function checkHost(server: Server, listenHost: string): void {
  if (!isLoopback(listenHost)) return;
  server.addHook('onRequest', async (request) => {
    const host = request.headers.host ?? '';
    if (!isLoopback(host.toLowerCase().replace(/:\d{0,5}$/, ''))) {
      throw new Refusal(421, `this server listens on ${listenHost} and answers to the names of loopback alone`);
    }
  });
}
