// One request of an analyzer: time-limited, bounded, without redirects unless it says so. It knows no keys, limits or
// answers.

import type { Json } from '../core/event.ts';
import type { AnalyzerAnswer, AnalyzerRequest } from './analyzer.ts';
import { askResolver, resolverUrl } from './ask-resolver.ts';
import { redirectTarget } from './redirect.ts';

export interface AskOptions {
  /** In place of the URL's scheme, host and port. */
  readonly baseUrl?: string;
  readonly fetch: typeof fetch;
  /** For all of it: name, connection, answer. */
  readonly timeoutMs: number;
}

export type Asked =
  | { readonly kind: 'answered'; readonly answer: AnalyzerAnswer; readonly retryAfter: string | null }
  /** `isServices`: it is the service that fails, whatever it is asked. */
  | { readonly kind: 'failed'; readonly message: string; readonly isServices: boolean };

/** Of an answer, decompressed. */
export const maxAnswerBytes = 1024 * 1024;
/** A directory's, and a registry's whose networks moved to another. */
const maxRedirects = 3;

/** The message may hold the key, as do headers and URLs that it tells of. */
export async function ask(request: AnalyzerRequest, { baseUrl, fetch, timeoutMs }: AskOptions): Promise<Asked> {
  if (request.url.startsWith(resolverUrl)) return askResolver(request.url, timeoutMs);
  try {
    const init: RequestInit = {
      method: request.method,
      headers: { accept: 'application/json', 'user-agent': 'tocsin', ...request.headers },
      ...(request.body !== undefined && { body: request.body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    };
    let url = addressOf(request.url, baseUrl);
    let response = await fetch(url, init);
    for (let count = 0; request.follows === true && count < maxRedirects; count++) {
      const target = await redirectTarget(response, url);
      if (target === undefined) break;
      await response.body?.cancel();
      url = target;
      response = await fetch(url, init);
    }
    const text = await boundedText(response);
    if (text === undefined) {
      return { kind: 'failed', message: `the answer is over ${maxAnswerBytes} bytes`, isServices: false };
    }
    const retryAfter = response.headers.get('retry-after');
    return { kind: 'answered', answer: { status: response.status, body: jsonOrText(text) }, retryAfter };
  } catch (error) {
    return { kind: 'failed', message: messageOf(error, timeoutMs), isServices: true };
  }
}

function addressOf(url: string, baseUrl: string | undefined): string {
  if (baseUrl === undefined) return url;
  const { pathname, search } = new URL(url);
  return baseUrl.replace(/\/$/, '') + pathname + search;
}

/** undefined: there is more than is read. */
async function boundedText(response: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early ends the connection.
  for await (const part of response.body ?? []) {
    length += part.byteLength;
    if (length > maxAnswerBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** Services tell of errors in plain text, too. */
export function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** `fetch failed` says nothing; its cause does. */
function messageOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}
