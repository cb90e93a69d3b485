// The keys of a schema file, as zod shapes: Panther's (reference: 1.1, 1.2) and ours (`ecs`, `drop`, `extract`,
// `patternDefinitions` at the top). What keys mean together is document-check.ts's affair.

import { z } from 'zod';
import { closest } from '../core/closest.ts';
import { keys } from '../core/document-issue.ts';
import { indicatorNames, scalarTypes } from '../core/schema.ts';

const names = <const Name extends string>(known: readonly Name[]): z.ZodType<Name> =>
  z.enum(known, {
    error: (issue) => {
      const near = typeof issue.input === 'string' ? closest(issue.input, known) : undefined;
      return `expected one of ${known.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`;
    },
  });

/** YAML reads `5` and `true` as what they look like; where text is compared, the text is meant. */
const plain = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected a text' })
  .transform((value) => String(value));
const plainRecord = z.record(z.string(), plain);
const condition = z.record(
  z.string(),
  z.union([plain.transform((value) => [value]), z.array(plain).min(1)], { error: 'expected a text or a list of them' }),
);

const family = names(['ipv4', 'ipv6', 'any']);
const valueTypes = [...scalarTypes, 'array', 'object', 'ref'] as const;

export interface ValueDocument {
  type: (typeof valueTypes)[number];
  timeFormat?: string | undefined;
  timeFormats?: string[] | undefined;
  isEventTime?: boolean | undefined;
  isExpiration?: boolean | undefined;
  isEmbeddedJSON?: boolean | undefined;
  indicators?: (typeof indicatorNames)[number][] | undefined;
  validate?: z.output<typeof validate> | undefined;
  element?: ValueDocument | undefined;
  fields?: FieldDocument[] | undefined;
  target?: string | undefined;
}

export interface FieldDocument extends ValueDocument {
  name: string;
  description?: string | undefined;
  required?: boolean | undefined;
  ecs?: { name: string; values?: Record<string, string> | undefined } | undefined;
  rename?: { from: string } | undefined;
  copy?: { from: string } | undefined;
  concat?: { separator: string; paths: string[] } | undefined;
  split?: { from: string; separator: string; index: number } | undefined;
  mask?: { type: 'redact' | 'obfuscate'; to?: string | undefined; salt?: string | undefined } | undefined;
}

const validate = keys({
  allow: z.array(plain).min(1).optional(),
  deny: z.array(plain).min(1).optional(),
  ip: family.optional(),
  cidr: family.optional(),
});

const valueKeys = {
  type: names(valueTypes),
  timeFormat: z.string().optional(),
  timeFormats: z.array(z.string()).min(1).optional(),
  isEventTime: z.boolean().optional(),
  isExpiration: z.boolean().optional(),
  isEmbeddedJSON: z.boolean().optional(),
  indicators: z.array(names(indicatorNames)).optional(),
  validate: validate.optional(),
  element: z.lazy(() => value).optional(),
  fields: z.lazy(() => z.array(field).min(1)).optional(),
  target: z.string().optional(),
};
const value: z.ZodType<ValueDocument> = keys(valueKeys);

const fieldKeys = {
  ...valueKeys,
  name: z.string(),
  description: z.string().optional(),
  required: z.boolean().optional(),
  ecs: z
    .union([z.string().transform((name) => ({ name })), keys({ name: z.string(), values: plainRecord.optional() })], {
      error: 'expected an ECS name such as source.ip, or `name` and `values`',
    })
    .optional(),
  rename: keys({ from: z.string() }).optional(),
  copy: keys({ from: z.string() }).optional(),
  concat: keys({ separator: z.string().default(''), paths: z.array(z.string()).min(1) }).optional(),
  split: keys({ from: z.string(), separator: z.string().min(1), index: z.int().min(0) }).optional(),
  mask: keys({
    type: names(['redact', 'obfuscate']),
    to: z.string().optional(),
    salt: z.string().optional(),
  }).optional(),
};
const field: z.ZodType<FieldDocument> = keys(fieldKeys);

const textParserKeys = {
  skipPrefix: z.string().optional(),
  emptyValues: z.array(plain).default([]),
  trimSpace: z.boolean().default(false),
  expandFields: plainRecord.default({}),
};

const parser = keys({
  regex: keys({
    ...textParserKeys,
    match: z.array(z.string()).min(1),
    patternDefinitions: z.record(z.string(), z.string()).default({}),
  }).optional(),
  fastmatch: keys({ ...textParserKeys, match: z.array(z.string()).min(1) }).optional(),
  csv: keys({
    ...textParserKeys,
    delimiter: z.string().default(','),
    hasHeader: z.boolean().default(false),
    columns: z.array(z.string()).default([]),
  }).optional(),
  script: z.unknown().optional(),
  native: z.unknown().optional(),
});

const extractPattern = keys({ match: z.string(), set: plainRecord.default({}) });

export const schemaShape = keys({
  schema: z.string().optional(),
  description: z.string().default(''),
  referenceURL: z.string().default(''),
  version: z.literal(0, 'expected 0, the only version there is').optional(),
  fieldDiscoveryEnabled: z.boolean().default(false),
  parser: parser.optional(),
  patternDefinitions: z.record(z.string(), z.string()).default({}),
  definitions: z.record(z.string(), value).default({}),
  ecs: plainRecord.default({}),
  drop: z.array(keys({ reason: z.string().min(1), when: condition })).default([]),
  extract: z
    .array(keys({ from: z.string(), when: condition.optional(), patterns: z.array(extractPattern).min(1) }))
    .default([]),
  fields: z.array(field).min(1),
});

export type SchemaDocument = z.output<typeof schemaShape>;
export type ParserDocument = NonNullable<SchemaDocument['parser']>;
