// The sender of correlations.ts: nginx lines into a TCP socket at a steady rate. Every fiftieth makes a signal; twice a
// second three lines from an address of its own complete a pattern. Tells when the last of them was sent, by address.
// `node bench/correlations-sender.ts PORT LINES`

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ruleCount } from './correlations-workspace.ts';
import { logTime, reach } from './latency-sender.ts';

export const correlationsRate = 2000;
const tickMs = 5;
const signalEvery = 50;
const burstMs = 500;

export interface Sent {
  readonly bytes: number;
  readonly lines: number;
  /** Epoch ms, with decimals, of the third line of each burst. */
  readonly bursts: Readonly<Record<string, number>>;
}

if (import.meta.main) await send(Number(process.argv[2]), Number(process.argv[3]));

async function send(port: number, lines: number): Promise<void> {
  const socket = await reach(port);
  const began = performance.now();
  const bursts: Record<string, number> = {};
  let [bytes, count, burst] = [0, 0, 0];
  while (count < lines) {
    const elapsed = performance.now() - began;
    let text = '';
    for (const due = Math.min(lines, (elapsed / 1000) * correlationsRate); count < due; count++) text += line(count);
    if (elapsed > burst * burstMs) {
      const address = `203.0.${burst >> 8}.${burst & 255}`;
      const page = (n: number): string => `/bench-${burst % ruleCount}/${n}`;
      text += [1, 2, 3].map((n) => nginxLine(address, page(n))).join('');
      bursts[address] = performance.timeOrigin + performance.now();
      burst++;
    }
    bytes += text.length;
    if (text !== '' && !socket.write(text)) await once(socket, 'drain');
    await sleep(tickMs);
  }
  socket.end();
  await once(socket, 'close');
  process.send?.({ bytes, lines: count + 3 * burst, bursts } satisfies Sent);
  process.disconnect();
}

function line(count: number): string {
  const page =
    count % signalEvery === 0 ? `/bench-${(count / signalEvery) % ruleCount}/x` : `/page/${count % 5000}.html`;
  return nginxLine(`198.18.${(count >> 8) & 255}.${count & 255}`, page);
}

function nginxLine(address: string, page: string): string {
  return `${address} - - [${logTime(new Date())}] "GET ${page} HTTP/1.1" 200 ${page.length} "-" "Mozilla/5.0"\n`;
}
