// One address to one file on disk: asked conditionally, bounded in time and size, and of public addresses only unless it
// is allowed otherwise. It knows nothing of tables and does not try again.

import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fetchHttp } from './fetch-http.ts';
import { fetchObject } from './fetch-s3.ts';
import { Refusal, writeStream } from './write-stream.ts';

export interface FetchRequest {
  /** http:, https:, s3: or file:. */
  readonly address: string;
  /** Where to write. It is whole and on disk after `fetched`, and gone otherwise. */
  readonly path: string;
  /** What `fetched` gave for the version that is there already. */
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
  /** Not sent to another origin to which the address redirects. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** AWS: the role by which an object is read. */
  readonly roleArn?: string | undefined;
  /** Breaks it off. */
  readonly stop?: AbortSignal;
}

export interface FetchLimits {
  /** false: an address of a private network or of this machine is refused. Where S3 is, the environment says. */
  readonly allowPrivate: boolean;
  /** For all of it, redirects included. */
  readonly timeoutMs: number;
  /** Without a byte. */
  readonly idleMs: number;
  /** As written: after the transport's gzip is undone. */
  readonly maxBytes: number;
}

export type Fetched =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'fetched';
      readonly path: string;
      readonly etag?: string;
      readonly modified?: string;
      readonly bytes: number;
      /** Hex. */
      readonly sha256: string;
    }
  | {
      readonly kind: 'failed';
      /** For a person; never has the address, which may hold a secret. */
      readonly message: string;
      /** Set where the server asked for it. */
      readonly retryAfterMs?: number;
    };

/** A request under way. */
export interface Fetching extends FetchRequest, FetchLimits {
  /** Of the stop, and of each limit in time. */
  readonly signal: AbortSignal;
  /** To be called whenever something has come. */
  readonly progress: () => void;
}

const defaultLimits: FetchLimits = {
  allowPrivate: false,
  timeoutMs: 600_000,
  idleMs: 30_000,
  maxBytes: 512 * 1024 * 1024,
};

/** Of an ETag or a date that is worth keeping. */
const maxTagLength = 1024;

export async function fetchAddress(request: FetchRequest, limits: Partial<FetchLimits> = {}): Promise<Fetched> {
  const bounds = { ...defaultLimits, ...limits };
  const idle = new AbortController();
  const silence = setTimeout(() => idle.abort(), bounds.idleMs);
  const late = AbortSignal.timeout(bounds.timeoutMs);
  const signal = AbortSignal.any([idle.signal, late, ...(request.stop === undefined ? [] : [request.stop])]);
  let fetched: Fetched | undefined;
  try {
    fetched = await fetchFrom({ ...request, ...bounds, signal, progress: () => silence.refresh() });
    return withoutLongTags(fetched);
  } catch (error) {
    if (request.stop?.aborted === true) return { kind: 'failed', message: 'it was stopped' };
    if (late.aborted) return { kind: 'failed', message: `not done within ${seconds(bounds.timeoutMs)}` };
    if (idle.signal.aborted) return { kind: 'failed', message: `nothing came for ${seconds(bounds.idleMs)}` };
    return { kind: 'failed', message: errorText(error) };
  } finally {
    clearTimeout(silence);
    if (fetched?.kind !== 'fetched') await rm(request.path, { force: true });
  }
}

async function fetchFrom(fetching: Fetching): Promise<Fetched> {
  if (/^s3:/i.test(fetching.address)) return fetchObject(fetching);
  const url = URL.parse(fetching.address);
  if (url === null) throw new Refusal('the address is no URL');
  return url.protocol === 'file:' ? copyFile(url, fetching) : fetchHttp(url, fetching);
}

function withoutLongTags(fetched: Fetched): Fetched {
  if (fetched.kind !== 'fetched') return fetched;
  const { etag = '', modified = '', ...facts } = fetched;
  return { ...facts, ...(isKept(etag) && { etag }), ...(isKept(modified) && { modified }) };
}

function isKept(tag: string): boolean {
  return tag !== '' && tag.length <= maxTagLength;
}

async function copyFile(url: URL, fetching: Fetching): Promise<Fetched> {
  const source = fileURLToPath(url);
  const etag = await fileTag(source);
  if (etag === fetching.etag) return { kind: 'unchanged' };
  const written = await writeStream([createReadStream(source)], fetching);
  if ((await fileTag(source)) !== etag) throw new Refusal('the file changed while it was read');
  return { kind: 'fetched', path: fetching.path, ...written, etag };
}

async function fileTag(path: string): Promise<string> {
  const found = await stat(path, { bigint: true });
  if (!found.isFile()) throw new Refusal('it is not a file');
  return `${found.mtimeNs}-${found.size}-${found.ino}`;
}

/** Throws what is a bug: all that network, disk and zlib do has a code. */
function errorText(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) throw error;
  const { code } = error;
  if (error.message === 'aborted' || code === 'Z_BUF_ERROR') return 'the answer ended early';
  if (code.startsWith('Z_')) return `the answer is broken gzip: ${error.message}`;
  return error.message === '' ? code : error.message;
}

function seconds(ms: number): string {
  return `${ms / 1000} s`;
}
