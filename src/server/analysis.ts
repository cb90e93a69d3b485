// /analyses and /analyzers: what outside services know of an observable, and which services there are. To ask spends
// what an account may ask, so it is for those who may change things.

import { z } from 'zod';
import { analyzerKinds } from '../analyzer/index.ts';
import type { AnalyzerStatus } from '../analyzer/status.ts';
import type { App } from '../app-port.ts';
import { type Analysis, analysisStates, observableKinds, priorities } from '../core/analysis.ts';
import { closed, FreeObject, type Server, Time, timeText } from './route.ts';

const AnalyzerId = z.enum(Object.keys(analyzerKinds)).describe('Of one of the analyzers');
const ObservableKindName = z.enum(observableKinds).meta({ id: 'ObservableKind' });

const NewAnalysis = closed({
  analyzer: AnalyzerId,
  observable: closed({
    kind: ObservableKindName,
    value: z.string().trim().min(1).max(2000),
  }),
  priority: z
    .enum(priorities)
    .default('normal')
    .describe('How much of a budget for a day or longer may be spent: low a half, normal four fifths, high all of it'),
}).meta({ id: 'NewAnalysis' });

const AnalysisAnswer = z
  .object({
    analyzer: z.string(),
    observable: z.object({ kind: ObservableKindName, value: z.string() }),
    state: z
      .enum(analysisStates)
      .describe('hit: the service knows it; skipped: it was not asked; limited: not before `until`'),
    message: z.string().describe('Why it is skipped, limited or an error'),
    facts: FreeObject.describe('Empty but for a hit'),
    raw: z.unknown().describe('The answer of the service; null where there is none'),
    asked: Time.nullable().describe('When the service answered'),
    until: Time.nullable().describe('The service is not asked again before'),
  })
  .meta({ id: 'Analysis', description: 'What came of asking an analyzer about an observable' });

const AnalyzerAnswer = z
  .object({
    id: z.string(),
    title: z.string(),
    kinds: z.array(ObservableKindName).describe('What it takes'),
    key: z.enum(['required', 'optional', 'none']),
    hasKey: z.boolean().describe('A key is set'),
    limits: z
      .array(z.object({ requests: z.int(), seconds: z.int() }))
      .describe('At most so many requests within so many seconds'),
    terms: z.string(),
  })
  .meta({ id: 'Analyzer', description: 'An outside service that can be asked' });

function analysisAnswer({
  observable,
  facts,
  raw,
  asked,
  until,
  ...analysis
}: Analysis): z.input<typeof AnalysisAnswer> {
  return {
    ...analysis,
    observable: { kind: observable.kind, value: observable.value },
    facts,
    raw: raw ?? null,
    asked: asked === undefined ? null : timeText(asked),
    until: until === undefined ? null : timeText(until),
  };
}

function analyzerAnswer({ kinds, limits, ...analyzer }: AnalyzerStatus): z.input<typeof AnalyzerAnswer> {
  return { ...analyzer, kinds: [...kinds], limits: [...limits] };
}

export function analysisRoutes(server: Server, app: App): void {
  server.post(
    '/api/v1/analyses',
    {
      schema: {
        operationId: 'analyze',
        summary: 'Ask an analyzer about an observable',
        description: 'An answer that is still good is given again; the service is not asked then.',
        tags: ['analyzers'],
        body: NewAnalysis,
        response: { 200: AnalysisAnswer },
      },
    },
    async ({ body }) => analysisAnswer(await app.analyze(body.analyzer, body.observable, body.priority)),
  );

  server.get(
    '/api/v1/analyzers',
    {
      schema: {
        operationId: 'listAnalyzers',
        summary: 'Outside services that can be asked, and what each needs',
        tags: ['analyzers'],
        response: {
          200: z.object({ items: z.array(AnalyzerAnswer) }).meta({ id: 'AnalyzerList', description: 'All analyzers' }),
        },
      },
    },
    async () => ({ items: app.analyzers().map(analyzerAnswer) }),
  );
}
