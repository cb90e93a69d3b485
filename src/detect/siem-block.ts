// What Sigma's documents (rules, correlations) and our queries say beyond Sigma, under the key `siem`: how their alerts
// look, how often they come, what is left out. One form for all of them.

import { z } from 'zod';

const units = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** `30s`, `10m`, `1h`, `30d`, `2w`; as seconds. */
export const duration = z.string().transform((text, context) => {
  const [, count, unit] = /^(\d{1,9})(s|m|h|d|w)$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * units[unit as keyof typeof units];
  context.addIssue({ code: 'custom', message: 'expected a time such as 30s, 10m, 1h or 7d' });
  return z.NEVER;
});

/** `2026-12-31`, the last day on which something holds; as the epoch ms at which it is over, UTC. */
const lastDay = z.string().transform((text, context) => {
  const begins = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(begins)) return begins + 86_400_000;
  context.addIssue({ code: 'custom', message: 'expected a day such as 2026-12-31' });
  return z.NEVER;
});

const names = z.array(z.string().max(200)).max(20);

export const siemShape = z.strictObject({
  enabled: z.boolean().default(true),
  /** false: signals alone, for correlations to build on. */
  alert: z
    .union([
      z.boolean(),
      z.strictObject({
        /** With `{{field}}`, `{{value}}`, `{{count}}`. */
        title: z.string().max(1000).exactOptional(),
        /** Fields whose values are the dedup string; default: group-by, or the title. */
        key: names.exactOptional(),
        /** Fields that are copied to the alert. */
        context: names.exactOptional(),
        /** Alerts of one run; beyond them one more tells how many there were. */
        limit: z.number().int().min(1).max(10_000).default(500),
      }),
    ])
    .default(true),
  /** Queries, and correlations that the clock evaluates. */
  schedule: z
    .strictObject({
      every: duration.exactOptional(),
      cron: z.string().exactOptional(),
      timezone: z.string().default('UTC'),
      /** A run covers what was received until so long before it. */
      lag: duration.exactOptional(),
      timeout: duration.exactOptional(),
      /** After a longer standstill the rest is a gap. */
      catchup: duration.exactOptional(),
    })
    .exactOptional(),
  suppress: z
    .strictObject({
      /** After an alert, no other of the same key for so long. */
      for: duration,
      /** Each further time twice as long, up to this. */
      backoff_max: duration.exactOptional(),
    })
    .exactOptional(),
  /** The condition held no longer for so long: the alert is resolved. */
  resolve_after: duration.exactOptional(),
  exceptions: z
    .array(
      z.strictObject({
        name: z.string().max(200),
        owner: z.string().max(200).exactOptional(),
        reason: z.string().max(2000).exactOptional(),
        until: lastDay.exactOptional(),
        /** A selection of Sigma: what it matches is left out. */
        when: z.record(z.string(), z.unknown()),
      }),
    )
    .max(200)
    .default([]),
  runbook: z.string().max(10_000).exactOptional(),
  destinations: names.exactOptional(),
});

export type SiemBlock = z.infer<typeof siemShape>;
