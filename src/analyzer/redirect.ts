// Where a redirect leads, for requests that may follow it: to public https addresses only, so that no registry can point
// into a network of ours. A name that changes its address between this look and the connection is not caught.

import { lookup } from 'node:dns/promises';
import { isPrivate } from '../core/ip.ts';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** undefined: it is no redirect, or leads where it must not. */
export async function redirectTarget(response: Response, from: string, resolve = lookup): Promise<string | undefined> {
  const location = response.headers.get('location');
  if (!redirects.has(response.status) || location === null || !URL.canParse(location, from)) return undefined;
  const { protocol, hostname, port, username, href } = new URL(location, from);
  if (protocol !== 'https:' || port !== '' || username !== '') return undefined;
  const addresses = await resolve(hostname.replace(/^\[(.*)\]$/, '$1'), { all: true });
  return addresses.some(({ address }) => isPrivate(address)) ? undefined : href;
}
