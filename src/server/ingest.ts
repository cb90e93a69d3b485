// /ingest: a body's bytes go to a source as they come, and the answer is given when they are on disk.

import { z } from 'zod';
import type { App } from '../app-port.ts';
import { Refusal } from './refusal.ts';
import { closed, type Server } from './route.ts';

/** As it comes over the wire; what it may unpack to is the source's limit. */
const maxIngestBytes = 256 * 1024 * 1024;

const contentTypes = [
  'text/plain',
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/json',
  'application/gzip',
  'application/octet-stream',
];
const contentEncodings = ['identity', 'gzip', 'x-gzip'];

const IngestAnswer = z
  .object({ records: z.int(), bytes: z.int() })
  .meta({ id: 'Ingested', description: 'The records are on disk' });

/** Async: within its own scope of content types, where a body is a stream. */
export async function ingestRoutes(server: Server, app: App): Promise<void> {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(contentTypes, { bodyLimit: maxIngestBytes }, (_request, payload, done) =>
    done(null, payload),
  );
  server.addContentTypeParser('*', (_request, _payload, done) => {
    done(new Refusal(415, `Content-Type: expected one of ${contentTypes.join(', ')}`));
  });

  server.post(
    '/api/v1/ingest/:source',
    {
      bodyLimit: maxIngestBytes,
      schema: {
        operationId: 'ingest',
        summary: 'Send records to a source of type http',
        description:
          'Lines of text, NDJSON or a JSON array, plain or gzip. 200 means that the records are on disk. After an error in ' +
          'the middle of a body the records before it may have been taken: what is sent again is taken again.',
        tags: ['events'],
        consumes: contentTypes,
        body: z.unknown().meta({ type: 'string', format: 'binary', description: 'Records' }),
        params: z.object({ source: z.string().max(100) }),
        querystring: closed({ file: z.string().max(1000).optional().describe('Kept in p_source_file') }),
        response: { 200: IngestAnswer },
      },
    },
    async ({ params: { source }, query: { file }, headers, body }) => {
      const contentEncoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
      if (!contentEncodings.includes(contentEncoding)) {
        throw new Refusal(415, `Content-Encoding: expected one of ${contentEncodings.join(', ')}`, {
          'accept-encoding': contentEncodings.join(', '),
        });
      }
      if (Number(headers['content-length'] ?? 0) > maxIngestBytes) throw tooLarge();
      const contentType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      const about = { contentType, contentEncoding: contentEncoding === 'identity' ? '' : contentEncoding };
      const pushed = await app.push(source, limited(body), file === undefined ? about : { ...about, file });
      if (pushed === 'overloaded') {
        throw new Refusal(503, 'more records wait than can be taken now; send this again later', {
          'retry-after': '2',
        });
      }
      if (pushed === undefined) throw new Refusal(404, unknownSource(source, app));
      return pushed;
    },
  );
}

function unknownSource(id: string, app: App): string {
  const known = app.sources().filter(({ kind }) => kind === 'http');
  const hint = known.length === 0 ? 'none is configured' : `there are: ${known.map((source) => source.id).join(', ')}`;
  return `there is no source ${id} of type http; ${hint}`;
}

/** The rest of the body is not read: the connection ends. */
function tooLarge(): Refusal {
  return new Refusal(413, `a body may have ${maxIngestBytes} bytes; send it in parts`, { connection: 'close' });
}

/** The body, as far as the limit. A sender that goes away in the middle is no error of ours. */
async function* limited(body: unknown): AsyncGenerator<Uint8Array> {
  if (body === undefined || body === null) return;
  if (!isStream(body)) throw new Error('bug: the body of an ingest request is no stream');
  let bytes = 0;
  const chunks = body[Symbol.asyncIterator]();
  for (;;) {
    const step = await chunks.next().catch((cause: unknown) => {
      throw new Refusal(400, `the body ended too early, after ${bytes} bytes: ${String(cause)}`);
    });
    if (step.done === true) return;
    bytes += step.value.length;
    if (bytes > maxIngestBytes) throw tooLarge();
    yield step.value;
  }
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
