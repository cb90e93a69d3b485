// One http: or https: address to one file on disk, over redirects, conditionally, and of public addresses only unless it
// is allowed otherwise. Time is bounded by who calls it.

import { lookup, type LookupAddress } from 'node:dns';
import { type IncomingMessage, request as httpRequest, STATUS_CODES } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { createGunzip } from 'node:zlib';
import { ipVersion, isPrivate } from '../core/ip.ts';
import type { Fetched, Fetching } from './fetch.ts';
import { retryAfter } from './retry-after.ts';
import { Refusal, tooLarge, writeStream } from './write-stream.ts';

const maxRedirects = 5;

export async function fetchHttp(first: URL, fetching: Fetching): Promise<Fetched> {
  let url = first;
  for (let redirects = 0; ; redirects++) {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new Refusal(`${url.protocol} is not known; expected http:, https:, s3: or file:`);
    }
    const answer = await ask(url, headersFor(url, first, fetching), fetching);
    fetching.progress();
    const { statusCode = 0 } = answer;
    const location = answer.headers.location;
    if ([301, 302, 303, 307, 308].includes(statusCode) && location !== undefined) {
      answer.destroy();
      if (redirects === maxRedirects) throw new Refusal(`more than ${maxRedirects} redirects`);
      url = redirected(url, location);
      continue;
    }
    if (statusCode === 200) return await take(answer, fetching);
    answer.destroy();
    if (statusCode === 304 && (fetching.etag ?? fetching.modified) !== undefined) return { kind: 'unchanged' };
    const retryAfterMs = retryAfter(answer.headers['retry-after']);
    const message = `${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trim();
    return { kind: 'failed', message, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
}

function headersFor(url: URL, first: URL, { etag, modified, headers }: Fetching): Record<string, string> {
  return {
    'user-agent': 'tocsin',
    'accept-encoding': 'gzip',
    ...(url.origin === first.origin ? headers : {}),
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(modified !== undefined && { 'if-modified-since': modified }),
  };
}

function redirected(from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (to === null) throw new Refusal('it redirects to what is no URL');
  if (from.protocol === 'https:' && to.protocol !== 'https:') throw new Refusal('it redirects from https: to http:');
  return to;
}

function ask(url: URL, headers: Record<string, string>, { allowPrivate, signal }: Fetching): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A host that is an address is connected to without any lookup.
  if (!allowPrivate && ipVersion(host) !== 0 && isPrivate(host)) throw refusal(host, host);
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // No connection is kept: another one would be looked up and checked anew.
    const outgoing = request(url, { headers, agent: false, signal, ...(!allowPrivate && { lookup: lookupPublic }) });
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Name resolution for the connection itself: what was checked is what is connected to. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const inside = addresses?.find(({ address }) => isPrivate(address));
    if (error !== null) callback(error, []);
    else if (inside !== undefined) callback(refusal(hostname, inside.address), []);
    else callback(null, addresses);
  });
};

function refusal(host: string, address: string): Refusal {
  return new Refusal(`${host} is the private address ${address}, and private addresses are not allowed`);
}

async function take(answer: IncomingMessage, fetching: Fetching): Promise<Fetched> {
  const encoding = answer.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const isGzip = encoding === 'gzip' || encoding === 'x-gzip';
  const { etag, 'last-modified': modified, 'content-length': length } = answer.headers;
  if (!isGzip && encoding !== 'identity') {
    answer.destroy();
    throw new Refusal('its content encoding is not known; gzip was asked for');
  }
  if (Number(length) > fetching.maxBytes) {
    answer.destroy();
    throw tooLarge(fetching.maxBytes);
  }
  const written = await writeStream([answer, ...(isGzip ? [createGunzip()] : [])], fetching);
  return {
    kind: 'fetched',
    path: fetching.path,
    ...written,
    ...(etag !== undefined && { etag }),
    ...(modified !== undefined && { modified }),
  };
}
