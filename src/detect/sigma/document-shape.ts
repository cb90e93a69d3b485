// The keys of Sigma's documents that mean something here. Sigma allows any others beside them.

import { z } from 'zod';
import type { Severity } from '../../core/severity.ts';
import { siemShape } from '../siem-block.ts';
import { detectionId } from '../limit.ts';
import { logsourceShape } from './logsource.ts';

const levels = {
  informational: 'INFO',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  critical: 'CRITICAL',
} as const satisfies Readonly<Record<string, Severity>>;

const statuses = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;
const texts = z.array(z.string().max(2000)).max(200);
const oneOrMore = z.union([z.string(), texts]).transform((value) => (typeof value === 'string' ? [value] : value));
const selections = z.record(z.string(), z.unknown());

/** What rules, correlations and filters say of themselves. */
export const aboutShape = {
  title: z.string().min(1).max(256),
  id: detectionId.nullish(),
  /** By which correlations call it. */
  name: detectionId.nullish(),
  status: z.enum(statuses).nullish(),
  description: z.string().nullish(),
  author: z.string().nullish(),
  references: oneOrMore.nullish(),
  tags: texts.nullish(),
  fields: texts.nullish(),
  level: z
    .enum(Object.keys(levels) as (keyof typeof levels)[])
    .transform((level): Severity => levels[level])
    .nullish(),
  siem: siemShape.prefault({}),
};

export const ruleShape = z.looseObject({ ...aboutShape, logsource: logsourceShape, detection: selections });

export const filterShape = z.looseObject({
  title: aboutShape.title,
  id: aboutShape.id,
  name: aboutShape.name,
  status: aboutShape.status,
  logsource: logsourceShape,
  filter: z
    .looseObject({
      /** Ids, names or titles of rules; `any`: all of the log source. */
      rules: z.union([z.literal('any'), texts.min(1)]).default('any'),
      condition: z.unknown(),
    })
    .transform(({ rules, ...rest }): { rules: 'any' | readonly string[]; selections: Record<string, unknown> } => ({
      rules,
      selections: rest,
    })),
});
