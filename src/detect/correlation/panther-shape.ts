// The keys of Panther's `correlation_rule` documents, with their defaults.

import { z } from 'zod';
import { ruleShape } from '../document-shape.ts';
import { detectionId } from '../limit.ts';

const { shape: rule } = ruleShape;
const minutes = z.number().positive().max(525_600);
const count = z.number().int().min(1).max(1_000_000);
const name = z.string().min(1).max(200);
const field = z.string().min(1).max(500);

const schedule = z
  .strictObject({
    RateMinutes: z.number().int().min(1).max(525_600).optional(),
    CronExpression: z.string().max(200).optional(),
    TimeoutMinutes: z.number().min(0.1).max(60).optional(),
  })
  .refine(({ RateMinutes, CronExpression }) => (RateMinutes === undefined) !== (CronExpression === undefined), {
    error: 'expected either RateMinutes or CronExpression',
  });

const member = z.strictObject({
  ID: name.optional(),
  RuleID: detectionId,
  MinMatchCount: count.default(1),
  MaxMatchCount: count.optional(),
  Absence: z.boolean().default(false),
});
const common = {
  LookbackWindowMinutes: minutes.default(15),
  /** Tells which matches are shown first, not whether there are any. */
  EventEvaluationOrder: z.enum(['Chronological', 'ReverseChronological']).optional(),
  Schedule: schedule,
};
const matchOn = z.union([z.strictObject({ On: field }), z.strictObject({ From: field, To: field })]);

const group = z.strictObject({
  ...common,
  Group: z.array(member).min(1).max(50),
  MatchCriteria: z
    .record(
      z.string(),
      z
        .array(z.strictObject({ GroupID: name, Match: field }))
        .min(1)
        .max(50),
    )
    .optional(),
  MinMatchCount: count.optional(),
});
const sequence = z.strictObject({
  ...common,
  Sequence: z.array(member).min(1).max(50),
  Transitions: z
    .array(
      z.strictObject({
        ID: z.string().optional(),
        From: name,
        To: name,
        WithinTimeFrameMinutes: minutes.optional(),
        Match: z.array(matchOn).length(1, { error: 'expected exactly one entry' }).optional(),
      }),
    )
    .max(50)
    .default([]),
});

/** Minutes from the test's beginning, or a time. */
const time = z.union([
  z.number().transform((number) => number * 60_000),
  z.string().transform((text, context) => {
    const parsed = Date.parse(text);
    if (Number.isFinite(parsed)) return parsed;
    context.addIssue({ code: 'custom', message: 'expected minutes, or a time such as 2024-06-01T10:00:00Z' });
    return z.NEVER;
  }),
]);

export const pantherShape = z.strictObject({
  AnalysisType: z.literal('correlation_rule'),
  RuleID: rule.RuleID,
  Enabled: rule.Enabled,
  Severity: rule.Severity,
  DisplayName: rule.DisplayName,
  Description: rule.Description,
  Runbook: rule.Runbook,
  Reference: rule.Reference,
  Tags: rule.Tags,
  Reports: rule.Reports,
  OutputIds: rule.OutputIds,
  DedupPeriodMinutes: rule.DedupPeriodMinutes,
  Threshold: rule.Threshold,
  CreateAlert: rule.CreateAlert,
  Status: rule.Status,
  CreatedBy: rule.CreatedBy,
  BaseVersion: rule.BaseVersion,
  SummaryAttributes: rule.SummaryAttributes,
  OnlyUseBaseRiskScore: rule.OnlyUseBaseRiskScore,
  Detection: z
    .array(z.union([group, sequence]))
    .min(1)
    .max(20),
  Tests: z
    .array(
      z.strictObject({
        Name: z.string(),
        ExpectedResult: z.boolean(),
        RuleOutputs: z
          .array(
            z.strictObject({
              ID: name,
              Matches: z.record(z.string(), z.record(z.string(), z.array(time).max(10_000))).optional(),
            }),
          )
          .max(100)
          .default([]),
      }),
    )
    .max(200)
    .default([]),
});
