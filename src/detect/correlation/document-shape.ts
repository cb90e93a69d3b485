// The keys of Sigma's correlation documents and of our own types.

import { z } from 'zod';
import { duration, siemShape } from '../siem-block.ts';
import { aboutShape } from '../sigma/about.ts';
import { operators } from './range.ts';

const name = z.string().min(1).max(200);
const field = z.string().min(1).max(500);
const fields = z.union([field.transform((one) => [one]), z.array(field).min(1).max(10)]);
const number = z.union(
  [
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,15}(?:\.\d{1,15})?$/)
      .transform(Number),
  ],
  {
    error: 'expected a number',
  },
);
const milliseconds = duration.transform((seconds) => seconds * 1000);

const units = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, M: 2_629_746, y: 31_556_952 } as const;

/** Sigma's units, M and y as pySigma has them; as milliseconds. */
const timespan = z.string().transform((text, context) => {
  const [, count, unit] = /^([1-9]\d{0,8})([smhdwMy])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * units[unit as keyof typeof units] * 1000;
  context.addIssue({ code: 'custom', message: 'expected a time such as 30s, 10m, 1h or 7d' });
  return z.NEVER;
});

const range = Object.fromEntries(operators.map((operator) => [operator, number.exactOptional()])) as Record<
  (typeof operators)[number],
  z.ZodExactOptional<typeof number>
>;
const isRange = [
  (condition: object): boolean => operators.some((operator) => operator in condition),
  { error: `expected one of ${operators.join(', ')}` },
] as const;

/** By type: what stands under `condition`. */
export const conditionShapes = {
  event_count: z.strictObject(range).refine(...isRange),
  value_count: z.strictObject({ ...range, field: fields }).refine(...isRange),
  value_sum: z.strictObject({ ...range, field }).refine(...isRange),
  value_avg: z.strictObject({ ...range, field }).refine(...isRange),
  value_percentile: z
    .strictObject({ ...range, field, percentile: z.number().min(0).max(100).default(95) })
    .refine(...isRange),
  value_median: z.strictObject({ ...range, field }).refine(...isRange),
  temporal: z.union([z.string(), z.strictObject(range).refine(...isRange)]).optional(),
  temporal_ordered: z.union([z.string(), z.strictObject({ gte: number })]).optional(),
  new_value: z.strictObject({
    field: fields,
    history: milliseconds.prefault('30d'),
    min_history: milliseconds.prefault('7d'),
    /** A value that was told is known from then on. */
    learn: z.literal(true).optional(),
  }),
  absence: z
    .strictObject({
      min_count: z.number().int().min(1).max(1_000_000).default(1),
      inventory: z
        .union([
          z.literal('configured_sources'),
          z.strictObject({ seen: milliseconds }),
          z
            .array(z.union([z.string(), z.array(z.string()).max(10)]))
            .min(1)
            .max(100_000),
        ])
        .prefault({ seen: '30d' }),
    })
    .prefault({}),
  ratio: z.strictObject({
    reference: milliseconds,
    factor: z.number().gt(1),
    direction: z.enum(['up', 'down', 'both']).default('up'),
    min_current: z.number().min(0).default(0),
    min_reference: z.number().min(1).default(1),
  }),
} as const;

export type CorrelationType = keyof typeof conditionShapes;

/** `every` of what is generated: as `duration`, and milliseconds. */
const step = z.union(
  [
    z
      .string()
      .regex(/^\d{1,9}ms$/)
      .transform((text) => Number.parseInt(text, 10)),
    milliseconds,
  ],
  { error: 'expected a time such as 100ms, 30s or 1h' },
);

const event = z.record(z.string(), z.json());
const generate = z.strictObject({
  count: z.number().int().min(1).max(100_000),
  every: step,
  /** Since the test's beginning; where absent, `every` after the one before. */
  start: step.optional(),
  /** `{{i}}` counts from 1. */
  template: event,
});
const part = z.union([
  z.strictObject({ generate }),
  z.strictObject({ at: step.optional(), event }),
  event
    .refine((whole) => !('generate' in whole || 'event' in whole), {
      error: 'expected an event, or generate, or at and event',
    })
    .transform((whole) => ({ event: whole })),
]);

/** Beside the document or below it. */
const file = z
  .string()
  .max(500)
  .refine((path) => !path.startsWith('/') && !path.split(/[/\\]/).includes('..'), {
    error: 'expected a file beside this one',
  });

export const testShape = z.strictObject({
  name,
  events: z.union([z.array(part).max(10_000), z.strictObject({ generate }), z.strictObject({ file })]),
  /** The clock goes on until so long after the first event. */
  until: step.optional(),
  expect: z.strictObject({
    alerts: z.number().int().min(0),
    key: z.array(z.union([z.string(), z.number().transform(String)])).optional(),
    value: z.union([z.number(), z.string()]).optional(),
  }),
});

export const correlationShape = z.looseObject({
  ...aboutShape,
  siem: siemShape
    .extend({
      /** Signals without a group-by field: a group of their own. Where nothing is said they are ignored. */
      missing: z.literal('group').exactOptional(),
      /** After it fired the window is empty. Where nothing is said it goes on, and so does the episode. */
      on_fire: z.literal('reset').exactOptional(),
    })
    .prefault({}),
  correlation: z.strictObject({
    type: z.enum(Object.keys(conditionShapes) as CorrelationType[]),
    rules: z.union([name.transform((one) => [one]), z.array(name).min(1).max(100)]).optional(),
    'group-by': z.union([field.transform((one) => [one]), z.array(field).max(10)]).nullish(),
    timespan,
    condition: z.unknown().optional(),
    aliases: z.record(z.string(), z.record(z.string(), field)).nullish(),
    generate: z.boolean().default(false),
  }),
  tests: z.array(testShape).max(200).default([]),
});
