// The keys of our own form of a query: Sigma's about who and why, the SQL, and the block `siem`.

import { z } from 'zod';
import { keys } from '../../core/document-issue.ts';
import type { Json } from '../../core/event.ts';
import type { Severity } from '../../core/severity.ts';
import { detectionId } from '../limit.ts';
import { siemShape } from '../siem-block.ts';
import { sql } from './panther-shape.ts';

const levels = {
  informational: 'INFO',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  critical: 'CRITICAL',
} as const satisfies Readonly<Record<string, Severity>>;

const scalar = z.union([z.string().max(10_000), z.number(), z.boolean()]);
export const parameters = z.record(
  z.string().regex(/^[A-Za-z_]\w{0,99}$/, { error: 'expected a name of letters, digits and _' }),
  z.union([scalar, z.array(z.union([z.string().max(10_000), z.number()])).max(10_000)]),
);

const texts = z.array(z.string().max(2000)).max(200);
const anyValue = z.unknown().optional();
const json: z.ZodType<Json> = z.json();

export const querySeverity = z
  .enum(Object.keys(levels) as (keyof typeof levels)[])
  .transform((level): Severity => levels[level]);

export const documentShape = keys({
  title: z.string().min(1).max(256),
  id: detectionId,
  /** By which it is run; default: the title. */
  name: detectionId.optional(),
  status: z.enum(['stable', 'test', 'experimental', 'deprecated', 'unsupported']).optional(),
  level: querySeverity.default('MEDIUM'),
  description: z.string().default(''),
  references: z.union([texts, z.string().transform((text) => [text])]).default([]),
  tags: texts.default([]),
  author: anyValue,
  date: anyValue,
  modified: anyValue,
  license: anyValue,
  falsepositives: anyValue,
  /** Where an importer made it from. */
  import: anyValue,
  query: sql,
  params: parameters.default({}),
  siem: siemShape.prefault({}),
  tests: z
    .array(
      keys({
        name: z.string().max(200),
        row: z.record(z.string(), json),
        title: z.string().exactOptional(),
        dedup: z.string().exactOptional(),
      }),
    )
    .max(1000)
    .default([]),
});
