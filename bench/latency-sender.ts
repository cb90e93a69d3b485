// The sender of latency.ts: nginx lines into a TCP socket at a steady rate, a few every five milliseconds.
// `node bench/latency-sender.ts PORT LINES`

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const latencyRate = 20_000;
/** Of data sets of so many lines. */
export function latencyLines(lines: number): number {
  return Math.min(400_000, Math.max(100_000, lines));
}
/** This part of them comes first and does not count: code is compiled, tables are new. */
export const latencyWarmUp = 0.25;
const tickMs = 5;
const alertEvery = 1000;

if (import.meta.main) await send(Number(process.argv[2]), Number(process.argv[3]));

async function send(port: number, lines: number): Promise<void> {
  const socket = await reach(port);
  const began = performance.now();
  let bytes = 0;
  for (let count = 0; count < lines; ) {
    const due = Math.min(lines, Math.floor(((performance.now() - began) / 1000) * latencyRate));
    let text = '';
    for (; count < due; count++) text += line(count);
    bytes += text.length;
    if (text !== '' && !socket.write(text)) await once(socket, 'drain');
    await sleep(tickMs);
  }
  socket.end();
  await once(socket, 'close');
  process.send?.(bytes);
  process.disconnect();
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The source may not listen yet. */
export async function reach(port: number): Promise<Socket> {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}

function line(count: number): string {
  const agent =
    count % alertEvery === 0
      ? `latency/${count}/${performance.timeOrigin + performance.now()}`
      : 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
  const address = `198.18.${(count >> 8) & 255}.${count & 255}`;
  return `${address} - - [${logTime(new Date())}] "GET /page/${count % 5000}.html HTTP/1.1" 200 ${count % 60_000} "-" "${agent}"\n`;
}

/** As nginx writes it. */
export function logTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
