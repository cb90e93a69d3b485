// A question to this machine's DNS resolver, in the form of a request: `dns://resolver/<address>`.

import { promises } from 'node:dns';
import { parseIpv6 } from '../core/ip.ts';
import type { Asked } from './ask.ts';

export const resolverUrl = 'dns://resolver/';

/** `servers`: in place of the machine's; `127.0.0.1:5353`. An address without a name is 404. `isServices` is false where the zone's owner may be the cause. */
export async function askResolver(url: string, timeoutMs: number, servers?: readonly string[]): Promise<Asked> {
  const resolver = new promises.Resolver({ timeout: timeoutMs, tries: 1 });
  if (servers !== undefined) resolver.setServers(servers);
  try {
    const names = await resolver.resolvePtr(pointerName(decodeURIComponent(url.slice(resolverUrl.length))));
    return { kind: 'answered', answer: { status: 200, body: { names } }, retryAfter: null };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOTFOUND' || code === 'ENODATA') {
      return { kind: 'answered', answer: { status: 404, body: { names: [] } }, retryAfter: null };
    }
    return {
      kind: 'failed',
      message: `the resolver answered ${code || String(error)}`,
      isServices: code === 'ECONNREFUSED',
    };
  }
}

/** RFC 1035 3.5, RFC 3596 2.5. `Resolver.reverse` would take a server's failure for an address without a name. */
function pointerName(address: string): string {
  const words = parseIpv6(address);
  if (words === undefined) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
  const digits = [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
  return `${digits.split('').toReversed().join('.')}.ip6.arpa`;
}
