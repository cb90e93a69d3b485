// One S3 object to one file on disk, conditionally, by AWS's own client, which is loaded when the first one is fetched.
// Who asks, and where, is the environment's to say, as for all of AWS's programs. Time is bounded by who calls it.

import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import type { GetObjectCommandOutput, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Fetched, Fetching } from './fetch.ts';
import { retryAfter } from './retry-after.ts';
import { Refusal, tooLarge, writeStream } from './write-stream.ts';

type Client = typeof import('@aws-sdk/client-s3');

/** Where a bucket is asked for when no region is set: this one tells where the bucket is. */
const firstRegion = 'us-east-1';
/** Of an answer that says why there is no object. */
const maxErrorBytes = 64 * 1024;
const maxMessageLength = 300;

export async function fetchObject(fetching: Fetching): Promise<Fetched> {
  const { address, etag, roleArn, signal } = fetching;
  const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/is.exec(address) ?? [];
  if (bucket === undefined || key === undefined) throw new Refusal('expected s3://bucket/key');
  const sdk = await import('@aws-sdk/client-s3');
  const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key, IfNoneMatch: etag });
  const role = roleArn === undefined ? {} : { credentials: await credentialsOf(roleArn) };
  let region = await regionSet(sdk);
  for (let redirects = 0; ; redirects++) {
    signal.throwIfAborted();
    const client = new sdk.S3Client({ ...settings(), ...role, region });
    try {
      return await take(await untilStopped(client.send(command, { abortSignal: signal }), signal), fetching);
    } catch (error) {
      if (signal.aborted) throw error;
      const elsewhere = redirects === 0 ? regionTold(error) : undefined;
      if (elsewhere === undefined || elsewhere === region) return failure(error, fetching);
      fetching.progress();
      region = elsewhere;
    } finally {
      client.destroy();
    }
  }
}

function settings(): S3ClientConfig {
  const { AWS_ENDPOINT_URL_S3: own, AWS_ENDPOINT_URL: any } = process.env;
  return {
    // Other services than Amazon's seldom have a host name for each bucket.
    forcePathStyle: Boolean(own) || Boolean(any),
    maxAttempts: 1,
    streamCollector: collectError,
  };
}

/** By the environment or the profile; asking the client is the only way to know what it found. */
async function regionSet({ S3Client }: Client): Promise<string> {
  try {
    return await new S3Client({}).config.region();
  } catch (error) {
    const { message } = error as Error;
    if (message === 'Region is missing') return firstRegion;
    throw new Refusal(firstLine(message));
  }
}

/** Whom the environment names takes the role. */
async function credentialsOf(roleArn: string): Promise<NonNullable<S3ClientConfig['credentials']>> {
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? firstRegion;
  const params = { RoleArn: roleArn, RoleSessionName: 'tocsin' };
  return fromTemporaryCredentials({ params, clientConfig: { region } });
}

async function collectError(stream: unknown): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxErrorBytes) break;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The search for credentials may run programs, and does not know the signal. */
function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, stopped]);
}

async function take(answer: GetObjectCommandOutput, fetching: Fetching): Promise<Fetched> {
  const { Body: body, ETag: etag, ContentLength: length = 0 } = answer;
  fetching.progress();
  if (!(body instanceof Readable)) throw new Refusal('the answer has no object');
  if (length > fetching.maxBytes) {
    body.destroy();
    throw tooLarge(fetching.maxBytes);
  }
  const written = await writeStream([body], fetching);
  return { kind: 'fetched', path: fetching.path, ...written, ...(etag !== undefined && { etag }) };
}

/** What the client throws: an answer's code is the name, what came with it is beside. */
interface ServiceError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly Region?: unknown;
}

/** The bucket's region, where the answer is that it is in another one. */
function regionTold(error: unknown): string | undefined {
  const { name, $metadata, $response, Region } = error as ServiceError;
  if ($metadata?.httpStatusCode !== 301 && name !== 'AuthorizationHeaderMalformed') return undefined;
  const region = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  return typeof region === 'string' && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined;
}

const ofRegion = 'the bucket is in another region; set AWS_REGION to it';
const ofExpiry = 'the credentials have expired; log in again, or renew AWS_SESSION_TOKEN';

/** What to do about it, by the code of the answer. */
const words: Readonly<Record<string, string>> = {
  NoSuchKey: 'the bucket has no object of that key',
  NoSuchBucket: 'there is no bucket of that name',
  AccessDenied:
    'access is denied; the credentials need s3:GetObject for the object and kms:Decrypt for its key, and without s3:ListBucket an object that is not there is denied as well',
  InvalidAccessKeyId: 'the access key is not known; see AWS_ACCESS_KEY_ID or the profile',
  SignatureDoesNotMatch: 'the secret key is not that of the access key; see AWS_SECRET_ACCESS_KEY or the profile',
  InvalidToken: 'the session token is not that of the access key; see AWS_SESSION_TOKEN',
  ExpiredToken: ofExpiry,
  ExpiredTokenException: ofExpiry,
  RequestTimeTooSkewed: "this machine's clock is wrong by more than a quarter of an hour",
  InvalidObjectState: 'the object is archived; restore it first',
  PermanentRedirect: ofRegion,
  TemporaryRedirect: ofRegion,
  AuthorizationHeaderMalformed: ofRegion,
  SlowDown: 'the service asks for fewer requests',
};

/** Throws what is not an answer: the network's errors have a code, as everywhere. */
function failure(error: unknown, { etag }: Fetching): Fetched {
  if (error instanceof Refusal || !(error instanceof Error)) throw error;
  const { name, message, $metadata, $response } = error as ServiceError;
  const status = $metadata?.httpStatusCode;
  if (status === 304 && etag !== undefined) return { kind: 'unchanged' };
  if (status !== undefined) {
    const retryAfterMs = retryAfter($response?.headers?.['retry-after']);
    return { kind: 'failed', message: answerText(status, name), ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
  if (message.startsWith('Checksum mismatch')) throw new Refusal('its bytes do not have its checksum');
  if ('code' in error && error.code === 'ERR_INVALID_URL') throw new Refusal('AWS_ENDPOINT_URL_S3 is no URL');
  if ('code' in error) throw error;
  if (name.endsWith('ProviderError')) throw new Refusal(credentialsText(message));
  throw new Refusal(firstLine(message));
}

function answerText(status: number, code: string): string {
  const isCode = /^[A-Za-z]\w{1,63}$/.test(code) && !/^(Unknown|NotFound|Error|\w+Error)$/.test(code);
  const told = `${status} ${isCode ? code : (STATUS_CODES[status] ?? '')}`.trim();
  return Object.hasOwn(words, code) ? `${words[code]} (${told})` : told;
}

function credentialsText(message: string): string {
  if (!message.startsWith('Could not load credentials')) return `no AWS credentials: ${firstLine(message)}`;
  return 'there are no AWS credentials: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor the profile that AWS_PROFILE names, nor a role of this machine gives any';
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.slice(0, maxMessageLength) ?? '';
}
