// An App in memory, for the tests of this folder alone: the build leaves *.suite.ts out.

import type { App, SourceStatus } from '../app-port.ts';
import type { ApiKey } from '../core/api-key.ts';
import { analyzerKinds } from '../analyzer/index.ts';
import { analyzerStatus } from '../analyzer/status.ts';
import type { Alert } from '../core/alert.ts';
import type { Exception } from '../core/exception.ts';
import type { AlertStore } from '../core/alert-store.ts';
import type { Detection } from '../core/detection.ts';
import type { EventStore } from '../core/event-store.ts';
import { UserError } from '../core/problem.ts';

const start = Date.UTC(2026, 0, 31, 9);

export function alertOf(change: Partial<Alert>): Alert {
  return {
    id: 'a1',
    kind: 'RULE',
    detection: 'Ssh.BruteForce',
    dedup: '192.0.2.7',
    title: 'Brute force from 192.0.2.7',
    severity: 'HIGH',
    status: 'OPEN',
    assignee: '',
    description: '',
    runbook: '',
    reference: '',
    context: { user: 'root' },
    logTypes: ['Linux.Auth'],
    tags: [],
    count: 12,
    first: start,
    last: start + 5000,
    windowStart: start,
    windowEnd: start + 3_600_000,
    created: start + 1000,
    updated: start + 2000,
    deliveries: [{ destination: 'mail', event: 'opened', state: 'waiting', attempts: 0, message: '' }],
    ...change,
  };
}

const detection: Detection = {
  id: 'Ssh.BruteForce',
  language: 'typescript',
  file: 'rules/ssh-brute-force.ts',
  enabled: true,
  logTypes: ['Linux.Auth'],
  displayName: 'SSH brute force',
  description: '',
  severity: 'HIGH',
  dedupPeriodMinutes: 60,
  threshold: 10,
  createAlert: true,
  runbook: '',
  reference: '',
  destinations: [],
  tags: [],
  reports: { 'MITRE ATT&CK': ['TA0006:T1110'] },
};

const source: SourceStatus = {
  id: 'web',
  kind: 'http',
  state: 'healthy',
  message: '',
  schemas: ['Nginx.Access'],
  events: 10,
  dropped: 1,
  deadLetters: 2,
  bytes: 999,
  rate: 3,
  lastRecord: start,
};

export interface FakeApp extends App {
  /** Bodies that were pushed, and what the App was told about them. */
  readonly pushed: { source: string; text: string; about: object }[];
  /** Queries as the store got them. */
  readonly queries: unknown[][];
  /** What the next call of a store or of push does instead. */
  next: { push?: 'overloaded' | Error; query?: Error; alerts?: Error };
}

/** Keys are `tocsin_<scope>`, one for each scope that is named. */
export function createFakeApp(alerts: readonly Alert[] = [alertOf({})]): FakeApp {
  const stored = new Map(alerts.map((alert) => [alert.id, alert]));
  const keys = new Map<string, ApiKey>();
  const exceptions = new Map<string, Exception>();
  for (const scope of ['read', 'write', 'ingest', 'admin']) {
    keys.set(`tocsin_${scope}`, { id: scope, name: `${scope} key`, scopes: [scope], created: start });
  }
  const app: FakeApp = {
    version: '0.0.0-test',
    started: start,
    content: { schemas: [], detections: [detection], problems: [{ file: 'rules/x.py', line: 3, message: 'broken' }] },
    schedules: {
      status: async () => [],
      runs: async () => undefined,
      backfill: async () => undefined,
    },
    previewQuery: async () => undefined,
    pushed: [],
    queries: [],
    next: {},
    events: {
      async ensureTable() {},
      async append() {},
      async close() {},
      async query(...call) {
        app.queries.push(call);
        if (app.next.query !== undefined) throw app.next.query;
        const about = { columns: [{ name: 'n', type: 'UInt8' }], elapsedMs: 1, rowsRead: 1, bytesRead: 1 };
        if (!call[0].includes('dead_letters'))
          return { ...about, rows: [{ n: 1, ['__proto__']: 'x' }], truncated: false };
        const letter = {
          p_row_id: 'r1',
          received_ms: `${start}`,
          source_id: 'web',
          source_file: '',
          reasons: '[{"schema":"Nginx.Access","reason":"no match"}]',
          raw_start: 'what?',
          raw_bytes: '5',
        };
        return { ...about, rows: [letter], truncated: false };
      },
    } satisfies EventStore,
    alerts: {
      async raise() {
        return [];
      },
      async alarm() {
        return [];
      },
      async finish() {},
      async positions() {
        return new Map<string, number>();
      },
      async journal() {
        return 0;
      },
      async list(filter, { limit, cursor }) {
        if (app.next.alerts !== undefined) throw app.next.alerts;
        const from = Number(cursor ?? 0);
        if (Number.isNaN(from)) throw new UserError(`cursor: expected one that a page gave, got ${cursor}`);
        const all = [...stored.values()].filter(
          (alert) =>
            (filter.status?.includes(alert.status) ?? true) &&
            (filter.severity?.includes(alert.severity) ?? true) &&
            (filter.createdAfter === undefined || alert.created > filter.createdAfter) &&
            (filter.text === undefined || alert.title.includes(filter.text)),
        );
        const page = all.slice(from, from + limit);
        return from + limit < all.length ? { alerts: page, next: `${from + limit}` } : { alerts: page };
      },
      async get(id) {
        return stored.get(id);
      },
      async update(id, change) {
        const alert = stored.get(id);
        if (alert !== undefined) stored.set(id, { ...alert, ...change });
        return stored.get(id);
      },
      async counts() {
        if (app.next.alerts !== undefined) throw app.next.alerts;
        const byStatus = { OPEN: 0, TRIAGED: 0, RESOLVED: 0, CLOSED: 0 };
        const bySeverity = { INFO: 0, LOW: 0, MEDIUM: 0, HIGH: 0, CRITICAL: 0 };
        for (const { status, severity } of stored.values()) {
          byStatus[status] += 1;
          bySeverity[severity] += 1;
        }
        return { byStatus, bySeverity };
      },
      async delivery() {},
      async snooze(id, snooze) {
        const alert = stored.get(id);
        if (alert !== undefined) stored.set(id, { ...alert, snooze });
        return stored.get(id);
      },
      async changes(id) {
        return stored.has(id) ? [{ time: start, by: 'ann', what: 'status TRIAGED' }] : [];
      },
      async resolveDue() {
        return [];
      },
      exceptions: {
        async add(given) {
          const exception = { ...given, id: `e${exceptions.size}`, created: start, silenced: 0 };
          exceptions.set(exception.id, exception);
          return exception;
        },
        async list() {
          return [...exceptions.values()];
        },
        async remove(id) {
          return exceptions.delete(id);
        },
      },
    } satisfies AlertStore,
    keys: {
      async create(name, scopes) {
        const apiKey = { id: `k${keys.size}`, name, scopes, created: start };
        keys.set(`tocsin_${apiKey.id}`, apiKey);
        return { key: `tocsin_${apiKey.id}`, apiKey };
      },
      async verify(key) {
        return keys.get(key);
      },
      async list() {
        return [...keys.values()];
      },
      async revoke(id) {
        return keys.delete(`tocsin_${id}`);
      },
    },
    async analyze(analyzer, observable) {
      const about = { analyzer, observable, facts: {} };
      if (observable.value === '10.0.0.1') return { ...about, state: 'skipped', message: 'it is private' };
      const raw = { seen: [null], ['__proto__']: 'x' };
      return { ...about, state: 'hit', message: '', facts: { seen: 3 }, raw, asked: start, until: start + 1000 };
    },
    analyzers: () => analyzerStatus(analyzerKinds, { virustotal: { key: 'secret-key' }, isc: { limits: [] } }),
    lookups: () => [
      { name: 'exits', rows: 2, fetched: start, refreshed: start, due: Number.POSITIVE_INFINITY, message: '' },
      { name: 'assets', rows: 7, message: '' },
    ],
    refreshLookup: async (name) => name === 'exits',
    sources: () => [source, { ...source, id: 'lines', kind: 'tcp', state: 'failing' }],
    detections: () => [{ detection, state: 'quarantined', message: 'ran too long', signals: 4, errors: 1 }],
    async alertEvents(id, limit) {
      return stored.has(id) ? [{ p_row_id: 'r1', nested: { deep: [1, null] } }].slice(0, limit) : undefined;
    },
    async push(id, body, about) {
      if (id !== 'web') return undefined;
      if (app.next.push === 'overloaded') return 'overloaded';
      if (app.next.push !== undefined) throw app.next.push;
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString('latin1');
      app.pushed.push({ source: id, text, about });
      return { records: text.split('\n').length - 1, bytes: text.length };
    },
    silenced: () => ({ suppressed: 3, excepted: 1 }),
    metrics: () => [
      {
        name: 'tocsin_signals_total',
        help: 'Signals',
        type: 'counter',
        samples: [{ labels: { detection: 'a"\\\n' }, value: 4 }],
      },
    ],
    async stop() {},
  };
  return app;
}
