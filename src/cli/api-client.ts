// The running program's API as a Backend. A thin layer over fetch.
// Knows nothing of stores.

import type { AnalyzerStatus } from '../analyzer/status.ts';
import type { AlertFilter } from '../core/alert-store.ts';
import { UserError } from '../core/problem.ts';
import {
  alertAnswer,
  alertChangeList,
  alertPage,
  analysisAnswer,
  analyzerList,
  createdKey,
  eventList,
  exceptionAnswer,
  exceptionList,
  ingested,
  keyList,
  queryAnswer,
  read,
  runPage,
  scheduleList,
  windowAnswer,
} from './api-answer.ts';
import type { Backend } from './backend.ts';
import type { BackfillSchedules } from './queries-backfill.ts';
import { exitCodes } from './command.ts';

const timeoutMs = 330_000;

/** A body as fetch takes it, and how to read the answer. */
interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly json?: unknown;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiClient extends Backend {
  readonly schedules: BackfillSchedules;
  analyzers(): Promise<readonly AnalyzerStatus[]>;
  /** Resolves when the running program has the bytes on disk. */
  ingest(
    source: string,
    body: AsyncIterable<Uint8Array>,
    about: { readonly contentType: string; readonly file: string },
  ): Promise<{ readonly records: number; readonly bytes: number }>;
}

export function createApiClient(address: string, key: string): ApiClient {
  /** undefined: 404. */
  async function ask(path: string, request: Request = {}): Promise<unknown> {
    const { method = 'GET', json, body } = request;
    const headers = {
      authorization: `Bearer ${key}`,
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...request.headers,
    };
    let response: Response;
    try {
      response = await fetch(`${address}/api/v1${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(timeoutMs),
        ...(json !== undefined && { body: JSON.stringify(json) }),
        ...(body !== undefined && { body: ReadableStream.from(body), duplex: 'half' }),
      });
    } catch (cause) {
      throw new UserError(`cannot reach the running tocsin at ${address}: ${causeOf(cause)}`, {
        exitCode: exitCodes.temporary,
        cause,
      });
    }
    const text = await response.text();
    if (response.ok) return text === '' ? undefined : parse(text, address);
    if (response.status === 404 && request.body === undefined) return undefined;
    throw new UserError(detailOf(text) ?? `${address} answered ${response.status}`, {
      exitCode: response.status === 503 || response.status === 429 ? exitCodes.temporary : exitCodes.failures,
    });
  }

  return {
    where: address,
    alerts: {
      async list(filter, { limit, cursor }) {
        const query = new URLSearchParams([...filterPairs(filter), ['limit', String(limit)]]);
        if (cursor !== undefined) query.set('cursor', cursor);
        const { items, next } = read(alertPage, await ask(`/alerts?${query.toString()}`));
        return { alerts: items, ...(next !== null && { next }) };
      },
      async get(id) {
        const answer = await ask(alertPath(id));
        return answer === undefined ? undefined : read(alertAnswer, answer);
      },
      async update(id, change) {
        const answer = await ask(alertPath(id), { method: 'PATCH', json: change });
        return answer === undefined ? undefined : read(alertAnswer, answer);
      },
      async snooze(id, { until, by, reason }) {
        const json = { until: new Date(until).toISOString(), by, reason };
        const answer = await ask(`${alertPath(id)}/snooze`, { method: 'PUT', json });
        return answer === undefined ? undefined : read(alertAnswer, answer);
      },
      async changes(id) {
        const answer = await ask(`${alertPath(id)}/changes`);
        return answer === undefined ? [] : read(alertChangeList, answer).items;
      },
      exceptions: {
        async add({ until, ...rest }) {
          const json = { ...rest, until: new Date(until).toISOString() };
          return read(exceptionAnswer, await ask('/exceptions', { method: 'POST', json }));
        },
        async list() {
          return read(exceptionList, await ask('/exceptions')).items;
        },
        async remove(id) {
          const known = read(exceptionList, await ask('/exceptions')).items.some((each) => each.id === id);
          if (known) await ask(`/exceptions/${encodeURIComponent(id)}`, { method: 'DELETE' });
          return known;
        },
      },
    },
    async alertEvents(id, limit) {
      const answer = await ask(`${alertPath(id)}/events?limit=${limit}`);
      return answer === undefined ? undefined : read(eventList, answer).items;
    },
    events: {
      async query(sql, parameters, limits) {
        const json = { sql, ...(parameters !== undefined && { parameters }), ...(limits !== undefined && { limits }) };
        return read(queryAnswer, await ask('/query', { method: 'POST', json }));
      },
    },
    schedules: {
      async status() {
        return read(scheduleList, await ask('/schedules')).items;
      },
      async runs(id, { limit, cursor, states = [] }) {
        const query = new URLSearchParams({ limit: String(limit), ...(cursor !== undefined && { cursor }) });
        for (const state of states) query.append('state', state);
        const answer = await ask(`/schedules/${encodeURIComponent(id)}/runs?${query.toString()}`);
        return answer === undefined ? undefined : read(runPage, answer);
      },
      async backfill(id, { from, to }) {
        const json = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
        const path = `/schedules/${encodeURIComponent(id)}/backfill`;
        const answer = await ask(path, { method: 'POST', json });
        return answer === undefined ? undefined : read(windowAnswer, answer);
      },
    },
    keys: {
      async list() {
        return read(keyList, await ask('/keys')).items;
      },
      async create(name, scopes) {
        return read(createdKey, await ask('/keys', { method: 'POST', json: { name, scopes } }));
      },
      async revoke(id) {
        // 204 and 404 both have no body; a list tells them apart.
        const known = read(keyList, await ask('/keys')).items.some((entry) => entry.id === id);
        if (known) await ask(`/keys/${encodeURIComponent(id)}`, { method: 'DELETE' });
        return known;
      },
    },
    async analyze(analyzer, observable, priority) {
      const json = { analyzer, observable, priority };
      return read(analysisAnswer, await ask('/analyses', { method: 'POST', json }));
    },
    async analyzers() {
      return read(analyzerList, await ask('/analyzers')).items;
    },
    async ingest(source, body, { contentType, file }) {
      const path = `/ingest/${encodeURIComponent(source)}?file=${encodeURIComponent(file)}`;
      return read(ingested, await ask(path, { method: 'POST', body, headers: { 'content-type': contentType } }));
    },
    close: async () => {},
  };
}

function filterPairs(filter: AlertFilter): [string, string][] {
  const { status, severity, detection, assignee, text, createdAfter, createdBefore, snoozed } = filter;
  const pairs = {
    status: status?.join(','),
    severity: severity?.join(','),
    detection,
    assignee,
    q: text,
    snoozed: snoozed === undefined ? undefined : String(snoozed),
    createdAfter: createdAfter === undefined ? undefined : new Date(createdAfter).toISOString(),
    createdBefore: createdBefore === undefined ? undefined : new Date(createdBefore).toISOString(),
  };
  return Object.entries(pairs).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

function alertPath(id: string): string {
  return `/alerts/${encodeURIComponent(id)}`;
}

function parse(text: string, address: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${address} is no tocsin: its answer is no JSON`, { cause });
  }
}

/** The `detail` of an RFC 9457 answer. */
function detailOf(text: string): string | undefined {
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem === 'object' && problem !== null && 'detail' in problem) return String(problem.detail);
  } catch {
    // Not ours; the status says enough.
  }
  return undefined;
}

/** fetch hides the reason in a chain of causes. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return causeOf(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
