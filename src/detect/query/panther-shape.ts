// The keys of Panther's saved_query, scheduled_query and scheduled_rule documents, with their defaults.

import { z } from 'zod';
import { keys } from '../../core/document-issue.ts';
import { ruleShape } from '../document-shape.ts';

/** Of a query, in characters. */
export const maxSql = 65_536;
const minuteMs = 60_000;

export const sql = z.string().min(1).max(maxSql);
export const queryName = z.string().regex(/^[^<>&"%]{1,200}$/, {
  error: 'expected 1 to 200 characters without < > & " %',
});
const anyValue = z.unknown().optional();

const about = {
  AnalysisType: z.string(),
  QueryName: queryName,
  Description: z.string().optional(),
  Tags: z.array(z.string()).optional(),
  Query: sql.optional(),
  SnowflakeQuery: sql.optional(),
  AthenaQuery: sql.optional(),
  DatabricksQuery: sql.optional(),
  Lookback: anyValue,
  LookbackWindowSeconds: anyValue,
  CreatedBy: anyValue,
  Status: anyValue,
  BaseVersion: anyValue,
};

export const savedShape = keys(about);

const minutes = z.number().int().min(1).max(1_000_000);

export const scheduledShape = keys({
  ...about,
  Enabled: z.boolean(),
  Schedule: keys({
    CronExpression: z.string().optional(),
    RateMinutes: minutes.optional(),
    TimeoutMinutes: minutes.default(1),
  }).transform(({ CronExpression, RateMinutes, TimeoutMinutes }) => ({
    ...(CronExpression !== undefined && { cron: CronExpression }),
    ...(RateMinutes !== undefined && { everyMs: RateMinutes * minuteMs }),
    timeoutMs: TimeoutMinutes * minuteMs,
  })),
  EmailConfig: anyValue,
});

/** A rule on the rows of queries: as a rule on events, with the queries' names in place of log types. */
export const scheduledRuleShape = z
  .strictObject({
    ...ruleShape.shape,
    LogTypes: z.undefined().optional(),
    ScheduledQueries: z.array(queryName).min(1),
  })
  .refine((rule) => rule.Filename !== undefined || rule.Detection !== undefined, {
    path: ['Filename'],
    error: 'expected the name of a .py file beside this one',
  });
