// For tests: one bucket's server on loopback. It refuses what is not signed as AWS's Signature Version 4 says
// (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html); the rest it answers as it is told.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, feedServer } from './feed-server.suite.ts';

export const accessKey = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

export interface Asked {
  /** As it stands in the request. */
  readonly path: string;
  /** For which it was signed. */
  readonly region: string | undefined;
  readonly etag: string | undefined;
  readonly token: string | undefined;
}

export async function s3Server(
  answer: (response: ServerResponse, asked: Asked) => void,
): Promise<AsyncDisposable & { readonly endpoint: string; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const checked: Answer = (response, request) => {
    const { headers, url = '' } = request;
    const [path = ''] = url.split('?', 1);
    const scope = scopeOf(request);
    const one = {
      path,
      region: scope?.region,
      etag: headers['if-none-match'],
      token: headers['x-amz-security-token'] as string | undefined,
    };
    asked.push(one);
    if (scope === undefined) return refuse(response, 403, 'AccessDenied');
    if (scope.id !== accessKey.id) return refuse(response, 403, 'InvalidAccessKeyId');
    if (!isSigned(request, scope)) return refuse(response, 403, 'SignatureDoesNotMatch');
    answer(response, one);
  };
  const server = await feedServer(checked);
  return {
    asked,
    endpoint: new URL(server.address).origin,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export function refuse(response: ServerResponse, status: number, code: string, more = '', headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>${code}</Code><Message>s3cr3t</Message>${more}<RequestId>1</RequestId></Error>`);
}

interface Scope {
  readonly id: string;
  readonly date: string;
  readonly region: string;
  readonly signed: readonly string[];
  readonly signature: string;
}

function scopeOf({ headers }: IncomingMessage): Scope | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/;
  const [, id, date, region, signed, signature] = form.exec(headers.authorization ?? '') ?? [];
  if (id === undefined || date === undefined || region === undefined) return undefined;
  if (signed === undefined || signature === undefined) return undefined;
  return { id, date, region, signed: signed.split(';'), signature };
}

function isSigned({ method = '', url = '', headers }: IncomingMessage, scope: Scope): boolean {
  const { date, region, signed, signature } = scope;
  const time = String(headers['x-amz-date']);
  const mustSign = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  if (!time.startsWith(date) || !mustSign.every((name) => signed.includes(name))) return false;
  const [path = '', query = ''] = url.split('?', 2);
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, ' ')}\n`);
  const parameters = query
    .split('&')
    .map((pair) => (pair === '' || pair.includes('=') ? pair : `${pair}=`))
    .toSorted()
    .join('&');
  const payload = String(headers['x-amz-content-sha256']);
  const request = [method, path, parameters, lines.join(''), signed.join(';'), payload].join('\n');
  const digest = createHash('sha256').update(request).digest('hex');
  const steps = [date, region, 's3', 'aws4_request'];
  const key = steps.reduce<Buffer | string>((from, step) => hmac(from, step), `AWS4${accessKey.secret}`);
  const text = ['AWS4-HMAC-SHA256', time, steps.join('/'), digest].join('\n');
  return timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'));
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
