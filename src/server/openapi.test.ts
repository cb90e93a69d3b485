import { expect, test } from 'vitest';
import { createFakeApp } from './fake-app.suite.ts';
import { createServer } from './server.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: object[];
  readonly parameters?: {
    readonly name: string;
    readonly schema: { readonly type?: string; readonly items?: object };
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, object>> }>
  >;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly securitySchemes: object };
}

async function documentOf(): Promise<{ readonly document: Document; readonly text: string }> {
  const server = await createServer(createFakeApp(), { port: 0 });
  const answer = await server.inject({ url: '/api/v1/openapi.json', headers: { 'x-api-key': 'tocsin_read' } });
  await server.close();
  expect(answer.statusCode).toBe(200);
  return { document: answer.json(), text: answer.body };
}

test('every route is described, with its key, its errors and an operationId of its own', async () => {
  const { document } = await documentOf();
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'header']);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, ...operation })),
  );
  expect(operations).toHaveLength(30);
  expect(new Set(operations.map((operation) => operation.operationId)).size).toBe(30);
  for (const { route, operationId, summary, security, responses } of operations) {
    const open = route === 'get /healthz' || route === 'get /readyz';
    expect({ route, operationId, summary }).toEqual({
      route,
      operationId: expect.any(String),
      summary: expect.any(String),
    });
    expect({ route, security }).toEqual({ route, security: open ? [] : [{ bearer: [] }, { header: [] }] });
    const errors = Object.entries(responses).filter(([status]) => status >= '400');
    expect(errors.map(([status]) => status)).toEqual(
      expect.arrayContaining(open ? ['500'] : ['401', '403', '429', '500']),
    );
    for (const [, { content }] of errors) {
      expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
    }
    for (const [status, { description }] of Object.entries(responses)) {
      expect({ route, status, description }).not.toMatchObject({ description: 'Default Response' });
    }
  }
});

test('components have plain names, each is used, and each that is used is there', async () => {
  const { document, text } = await documentOf();
  const names = Object.keys(document.components.schemas);
  expect(names).toEqual([
    'Alert',
    'AlertChange',
    'AlertChanges',
    'AlertEvents',
    'AlertPage',
    'AlertStatus',
    'Analysis',
    'Analyzer',
    'AnalyzerList',
    'ApiKey',
    'ApiKeyList',
    'BackfillAnswer',
    'BackfillRequest',
    'CreatedApiKey',
    'DeadLetter',
    'DeadLetterList',
    'Detection',
    'DetectionList',
    'Exception',
    'ExceptionList',
    'Health',
    'Ingested',
    'Lookup',
    'LookupList',
    'NewAnalysis',
    'NewApiKey',
    'NewException',
    'ObservableKind',
    'Preview',
    'PreviewRequest',
    'Problem',
    'Query',
    'QueryResult',
    'Run',
    'RunPage',
    'RunState',
    'Schedule',
    'ScheduleList',
    'Severity',
    'Snooze',
    'Source',
    'SourceList',
    'Status',
  ]);
  const used = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name));
  expect(used).toEqual(new Set(names));
});

test('parameters and bodies are described as they are taken', async () => {
  const { document } = await documentOf();
  const list = document.paths['/api/v1/alerts']?.['get'];
  expect(list?.parameters?.map(({ name }) => name)).toEqual([
    'status',
    'severity',
    'detection',
    'assignee',
    'q',
    'createdAfter',
    'createdBefore',
    'snoozed',
    'limit',
    'cursor',
  ]);
  expect(list?.parameters?.[0]?.schema).toMatchObject({
    type: 'array',
    items: { $ref: '#/components/schemas/AlertStatus' },
  });
  expect(list?.parameters?.[8]?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 200, default: 50 });
  const ingest = document.paths['/api/v1/ingest/{source}']?.['post'];
  expect(Object.keys(ingest?.requestBody?.content ?? {})).toContain('application/x-ndjson');
});
