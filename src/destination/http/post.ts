// One POST to an address of the configuration: time-limited, without redirects, and to public addresses only unless it
// is allowed otherwise. It knows nothing of alerts.

import { lookup, type LookupAddress } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { ipVersion, isPrivate } from '../../core/ip.ts';
import type { DeliveryResult } from '../../core/destination.ts';
import { messageOf } from '../../core/failure.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** false: an address of a private network or of this machine is refused. */
  readonly allowPrivate: boolean;
  /** For all of it: name, connection, answer. */
  readonly timeoutMs: number;
}

/** Of an answer; the rest is not read. */
const maxAnswerBytes = 4096;
const maxShownLength = 200;

class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress';
}

/** 2xx is delivered; 408, 425, 429, 5xx and what the network does are worth another attempt; all else is final.
 *  The message has the answer's beginning and never the URL, which may hold a secret. */
export async function post(what: Post): Promise<DeliveryResult> {
  try {
    const { status, text } = await exchange(what);
    return resultOf(status, text);
  } catch (error) {
    const message = messageOf(error);
    if (error instanceof PrivateAddress) return { kind: 'failed', message, final: true };
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return { kind: 'failed', message: isLate ? `no answer within ${what.timeoutMs} ms` : message, final: false };
  }
}

function resultOf(status: number, text: string): DeliveryResult {
  const shown = text.replaceAll(/\s+/g, ' ').trim().slice(0, maxShownLength);
  const message = shown === '' ? `${status}` : `${status}: ${shown}`;
  if (status >= 200 && status < 300) return { kind: 'delivered', message };
  if (status >= 300 && status < 400) {
    return { kind: 'failed', message: `${status}: redirects are not followed`, final: true };
  }
  const isPassing = status === 408 || status === 425 || status === 429 || status >= 500;
  return { kind: 'failed', message, final: !isPassing };
}

function exchange({ url, headers, body, allowPrivate, timeoutMs }: Post): Promise<{ status: number; text: string }> {
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  // A host that is an address is connected to without any lookup.
  if (!allowPrivate && ipVersion(host) !== 0 && isPrivate(host)) throw refusal(host, host);
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(target, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      // No connection is kept: another one would be looked up and checked anew.
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...(!allowPrivate && { lookup: lookupPublic }),
    });
    outgoing.on('error', (error) => reject(error.cause instanceof Error ? error.cause : error));
    outgoing.on('response', (answer) => {
      const parts: Buffer[] = [];
      let length = 0;
      const finish = (): void => {
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString().slice(0, maxAnswerBytes) });
      };
      answer.on('data', (part: Buffer) => {
        parts.push(part);
        length += part.length;
        if (length < maxAnswerBytes) return;
        finish();
        outgoing.destroy();
      });
      answer.on('end', finish);
      answer.on('error', reject);
    });
    outgoing.end(body);
  });
}

/** Name resolution for the connection itself: what was checked is what is connected to. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const inside = addresses.find(({ address }) => isPrivate(address));
    if (inside !== undefined) callback(refusal(hostname, inside.address), []);
    else callback(null, addresses);
  });
};

function refusal(host: string, address: string): PrivateAddress {
  return new PrivateAddress(`${host} is the private address ${address}, and allowPrivate is not set`);
}
