// Every answer that is not what was asked for: application/problem+json (RFC 9457), for people and programs alike.
// Nothing of our inside goes out: an unexpected error is told by its request id alone.

import { STATUS_CODES } from 'node:http';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { UserError } from '../core/problem.ts';

export const ProblemAnswer = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().describe("The status' own words"),
    status: z.int(),
    detail: z.string().describe('What is wrong and what was expected, for a person'),
    requestId: z.string().describe('Also in the header x-request-id and in the log'),
    errors: z
      .array(
        z.object({
          field: z.string().describe('`query.limit`, `body.status`, `path.id`'),
          message: z.string().describe('What was expected there'),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'An error in the form of RFC 9457' });

interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Thrown by a route to answer with an error; Fastify carries it to `answerTo`. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: z.infer<typeof ProblemAnswer>;
}

const maxFieldErrors = 20;
const maxDetail = 2000;

/** The answer to an error that a route, a check or Fastify itself threw. */
export function answerTo(error: unknown, requestId: string): Answer {
  if (error instanceof Refusal) return answer(error.status, error.message, requestId, error.headers);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const place = { querystring: 'query', params: 'path', body: 'body', headers: 'header' }[
      error.validationContext ?? 'body'
    ];
    const errors = error.validation.slice(0, maxFieldErrors).map((issue): FieldError => {
      const path = issue.instancePath.split('/').filter((part) => part !== '');
      return { field: cut([place, ...path].join('.'), 200), message: cut(issue.message ?? '', 500) };
    });
    const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
    return answer(400, detail, requestId, {}, errors);
  }
  if (error instanceof UserError) {
    return isTemporary(error)
      ? answer(503, error.message, requestId, { 'retry-after': '2' })
      : answer(400, error.message, requestId);
  }
  const status = statusOf(error);
  if (status !== undefined && error instanceof Error) return answer(status, error.message, requestId);
  return answer(500, `an error in Tocsin itself; its log has the details under request id ${requestId}`, requestId);
}

/** Not the client's to mend, and waiting may help. 75 is sysexits' EX_TEMPFAIL. */
function isTemporary({ code, exitCode }: UserError): boolean {
  return code !== undefined || exitCode === 75;
}

/** 4xx that Fastify says itself (no JSON, body too large, unknown content type); never its 5xx, which are bugs. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || !('code' in error)) return undefined;
  const { statusCode, code } = error;
  if (typeof code !== 'string' || !code.startsWith('FST_')) return undefined;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

function answer(
  status: number,
  detail: string,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
  errors?: FieldError[],
): Answer {
  const title = STATUS_CODES[status] ?? 'Error';
  const body = { type: 'about:blank' as const, title, status, detail: cut(detail, maxDetail), requestId };
  return { status, headers, body: errors === undefined ? body : { ...body, errors } };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
