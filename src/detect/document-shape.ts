// The keys of Panther's documents, with their defaults. Keys that mean nothing here are taken and not used.

import { z } from 'zod';
import type { Json } from '../core/event.ts';
import { isObject } from '../core/object.ts';
import { parseSeverity, severities, type Severity } from '../core/severity.ts';
import { detectionId } from './limit.ts';

/** What a document says it is; undefined for one of another form. */
export function analysisType(value: unknown): unknown {
  return isObject(value) ? value['AnalysisType'] : undefined;
}

/** Known to Panther, not built here. */
export const unsupportedTypes = [
  'correlation_rule',
  'policy',
  'pack',
  'saved_query',
  'scheduled_query',
  'scheduled_prompt',
  'lookup_table',
] as const;

const severity = z.string().transform((text, context): Severity => {
  const parsed = parseSeverity(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `expected one of ${severities.join(', ')}` });
  return z.NEVER;
});
const texts = z.array(z.string());
const anyValue = z.unknown().optional();
/** Beside the document or below it. */
const filename = z
  .string()
  .max(200)
  .refine((name) => !name.startsWith('/') && !name.split(/[/\\]/).includes('..') && name.endsWith('.py'), {
    error: 'expected the name of a .py file beside this one',
  });

const json: z.ZodType<Json> = z.json();
const fields = z.record(z.string(), json);
const log = fields.or(
  z.string().transform((text, context) => {
    try {
      return fields.parse(JSON.parse(text));
    } catch {
      context.addIssue({ code: 'custom', message: 'expected an object, or a text that is one as JSON' });
      return z.NEVER;
    }
  }),
);

const test = z
  .strictObject({
    Name: z.string(),
    ExpectedResult: z.boolean(),
    Log: log,
    LogType: anyValue,
    Mocks: z.array(z.strictObject({ objectName: z.string(), returnValue: json })).optional(),
    ExpectedTitle: z.string().optional(),
    ExpectedDedup: z.string().optional(),
    ExpectedSeverity: severity.optional(),
  })
  .transform(({ Name, ExpectedResult, Log, Mocks, ExpectedTitle, ExpectedDedup, ExpectedSeverity }) => ({
    name: Name,
    match: ExpectedResult,
    log: Log,
    mocks: Mocks ?? [],
    ...(ExpectedTitle !== undefined && { title: ExpectedTitle }),
    ...(ExpectedDedup !== undefined && { dedup: ExpectedDedup }),
    ...(ExpectedSeverity !== undefined && { severity: ExpectedSeverity }),
  }));

const about = {
  AnalysisType: z.string(),
  DisplayName: z.string().optional(),
  Description: z.string().optional(),
  Tags: texts.optional(),
  CreatedBy: anyValue,
  Status: anyValue,
  BaseVersion: anyValue,
};

export const ruleShape = z
  .strictObject({
    ...about,
    RuleID: detectionId,
    Enabled: z.boolean(),
    LogTypes: texts.min(1),
    Severity: severity,
    Filename: filename.optional(),
    DedupPeriodMinutes: z.number().int().min(1).default(60),
    Threshold: z.number().int().min(1).default(1),
    CreateAlert: z.boolean().default(true),
    OutputIds: texts.optional(),
    Reference: z.string().optional(),
    Runbook: z.string().optional(),
    Reports: z.record(z.string(), z.array(z.string().or(z.number().transform(String)))).optional(),
    Tests: z.array(test).optional(),
    SummaryAttributes: anyValue,
    OnlyUseBaseRiskScore: anyValue,
    InlineFilters: anyValue,
    DynamicSeverities: anyValue,
    AlertTitle: anyValue,
    AlertContext: anyValue,
    GroupBy: anyValue,
    Detection: anyValue,
    BaseDetection: anyValue,
  })
  .refine((rule) => rule.Filename !== undefined || rule.Detection !== undefined || rule.BaseDetection !== undefined, {
    path: ['Filename'],
    error: 'expected the name of a .py file beside this one',
  });

export const globalShape = z.strictObject({
  ...about,
  GlobalID: z.string().regex(/^[A-Za-z_]\w{0,199}$/, { error: 'expected the name of a Python module' }),
  Filename: filename,
});

export const modelShape = z.strictObject({
  ...about,
  DataModelID: detectionId,
  Enabled: z.boolean(),
  LogTypes: texts.min(1),
  Filename: filename.optional(),
  Mappings: z
    .array(
      z
        .strictObject({ Name: z.string(), Path: z.string().optional(), Method: z.string().optional() })
        .refine(({ Path, Method }) => (Path === undefined) !== (Method === undefined), {
          error: 'expected either Path or Method',
        }),
    )
    .min(1),
});
