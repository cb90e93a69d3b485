// The keys of a lookup table's document: Panther's, all of them, and ours. What a key means here is said in
// docs/reference/lookups.md.

import { Cron } from 'croner';
import { z } from 'zod';
import { keys } from '../core/document-issue.ts';
import { indicatorNames } from '../core/schema.ts';
import { formatNames } from './read/index.ts';

const text = z.string().min(1);
const minutes = z.int().min(1).max(525_600);

const cron = text.refine(isCron, 'expected five fields: minute, hour, day of the month, month, day of the week');

const address = text.refine(
  isAddress,
  'expected s3://bucket/key, an http(s) address without a password in it, or the absolute path of a file',
);

const refresh = keys({
  ObjectPath: address.optional(),
  PeriodMinutes: minutes.optional(),
  CronExpression: cron.optional(),
  AlarmPeriodMinutes: minutes.optional(),
  RoleARN: text.optional(),
  ObjectKMSKey: text.optional(),
  GCSCredentials: text.optional(),
  StorageProvider: text.optional(),
}).refine(({ PeriodMinutes, CronExpression }) => PeriodMinutes === undefined || CronExpression === undefined, {
  message: 'expected PeriodMinutes or CronExpression, not both',
});

const logTypeMap = keys({
  PrimaryKey: text.refine((name) => name !== '__proto__', 'expected another name'),
  AssociatedLogTypes: z.array(keys({ LogType: text, Selectors: z.array(text).optional() })).optional(),
});

/** Where rows come from; one of them. */
export const origins = ['Filename', 'Refresh', 'Query', 'SnowflakeQuery', 'AthenaQuery', 'DatabricksQuery'] as const;

export const queryKeys = ['Query', 'SnowflakeQuery', 'AthenaQuery', 'DatabricksQuery'] as const;

export const documentShape = keys({
  AnalysisType: z.literal('lookup_table'),
  LookupName: z.string().regex(/^[A-Za-z][\w .-]{0,99}$/, 'expected letters, digits, blanks, . _ and -'),
  Enabled: z.boolean(),
  Description: z.string().optional(),
  Reference: z.string().optional(),
  DisplayName: z.string().optional(),
  Tags: z.array(z.string()).optional(),
  BaseVersion: z.int().optional(),
  Schema: text.optional(),
  Filename: z
    .string()
    .regex(/^[^/\\]+$/, 'expected the name of a file beside this one')
    .optional(),
  Refresh: refresh.optional(),
  Query: text.optional(),
  SnowflakeQuery: text.optional(),
  AthenaQuery: text.optional(),
  DatabricksQuery: text.optional(),
  LogTypeMap: logTypeMap,
  Indicators: z.array(keys({ Field: text, Indicators: z.array(z.enum(indicatorNames)) })).optional(),
  Validations: z.array(keys({ Field: text, Validations: z.array(text) })).optional(),

  // Ours from here on.
  Format: z.enum(formatNames).optional(),
  Columns: z.array(z.string()).min(1).optional(),
  Delimiter: text.optional(),
  Comment: z.string().optional(),
  Rows: text.optional(),
  Fields: z.record(text, text).optional(),
  KeyMatch: z.enum(['exact', 'casefold', 'cidr']).optional(),
  Validity: keys({ From: text.optional(), To: text.optional() }).optional(),
  Expires: keys({ Field: text }).optional(),
  History: z.boolean().optional(),
  MayShrink: z.boolean().optional(),
});

export type DocumentKeys = z.infer<typeof documentShape>;

function isCron(expression: string): boolean {
  try {
    return new Cron(expression, { mode: '5-part', timezone: 'UTC', paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isAddress(value: string): boolean {
  if (value.startsWith('/')) return !value.endsWith('/');
  const url = URL.parse(value);
  if (url === null || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 's3:') return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname) && url.pathname.length > 1;
  return url.protocol === 'http:' || url.protocol === 'https:' || (url.protocol === 'file:' && url.hostname === '');
}
