// The keys of our own form of a query: Sigma's about who and why, the SQL, and the block `siem`.

import { z } from 'zod';
import { keys } from '../../core/document-issue.ts';
import type { Json } from '../../core/event.ts';
import { detectionId } from '../limit.ts';
import { siemShape } from '../siem-block.ts';
import { level, references, status, texts, title } from '../sigma/about.ts';
import { sql } from './panther-shape.ts';

const scalar = z.union([z.string().max(10_000), z.number(), z.boolean()]);
export const parameters = z.record(
  z.string().regex(/^[A-Za-z_]\w{0,99}$/, { error: 'expected a name of letters, digits and _' }),
  z.union([scalar, z.array(z.union([z.string().max(10_000), z.number()])).max(10_000)]),
);

const anyValue = z.unknown().optional();
const json: z.ZodType<Json> = z.json();

export const documentShape = keys({
  title,
  id: detectionId,
  /** By which it is run; default: the title. */
  name: detectionId.optional(),
  status: status.optional(),
  level: level.default('MEDIUM'),
  description: z.string().default(''),
  references: references.default([]),
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
