// The keys of tocsin.yml, their defaults and what they are for. What a kind of source or destination has besides is
// checked with the kind's own `settings`.

import { z } from 'zod';
import { analyzerKinds } from '../analyzer/index.ts';
import { parseSeverity } from '../core/severity.ts';
import { parseListen } from '../source/listen.ts';

const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'expected letters, digits, - and _ (63 at most)')
  .describe('Name in status, API and alerts; never change it: positions are kept under it');

const days = (byDefault: number) =>
  z
    .string('expected a number of days or weeks, such as 90d or 12w')
    .regex(/^[1-9]\d{0,4}[dw]$/, 'expected a number of days or weeks, such as 90d or 12w')
    .transform((text) => Number(text.slice(0, -1)) * (text.endsWith('w') ? 7 : 1))
    .prefault(`${byDefault}d`);

const severity = z.string().transform((text, context) => {
  const known = parseSeverity(text);
  if (known !== undefined) return known;
  context.issues.push({ code: 'custom', message: 'expected INFO, LOW, MEDIUM, HIGH or CRITICAL', input: text });
  return z.NEVER;
});

const listen = z.union([z.string(), z.number()]).transform((value, context) => {
  const place = parseListen(String(value));
  if (place !== undefined) return place;
  context.issues.push({ code: 'custom', message: 'expected host:port, such as 127.0.0.1:7780', input: value });
  return z.NEVER;
});

const store = z.strictObject({ url: z.url() });

const source = z.looseObject({
  id,
  type: z.string().describe('Kind of source'),
  schemas: z.array(z.string().min(1)).min(1).describe('Log types that its records may be, tried in order'),
  enabled: z.boolean().default(true),
});

const destination = z.looseObject({
  id,
  type: z.string().describe('Kind of destination'),
  severities: z.array(severity).optional().describe('Alerts of these severities go there; all where absent'),
  resolved: z.boolean().default(false).describe('Whether it is also told when an alert resolves by itself'),
});

/** Of one analyzer. */
export const analyzer = z.strictObject({
  key: z.string().min(1).meta({ secret: true }).optional().describe('API key'),
  limits: z
    .array(z.strictObject({ requests: z.int().min(1), seconds: z.int().min(1) }))
    .optional()
    .describe("Requests within so many seconds, in place of the service's own limits"),
  url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("In place of the service's address: a proxy's"),
});

const analyzerIds = Object.keys(analyzerKinds) as (keyof typeof analyzerKinds)[];

const analyzers = z.strictObject({
  contact: z.email().optional().describe('Told to services that want to know who asks'),
  own: z
    .array(z.string().min(1))
    .default([])
    .describe('Networks, addresses and domains of ours: nobody is asked about them'),
  ...(Object.fromEntries(analyzerIds.map((name) => [name, analyzer.prefault({})])) as Record<
    keyof typeof analyzerKinds,
    z.ZodPrefault<typeof analyzer>
  >),
});

/** Numbers stand for their text. */
const placeholder = z
  .array(z.union([z.string().min(1).max(1000), z.number().transform(String)], 'expected texts and numbers'))
  .min(1)
  .max(1000);

export const configShape = z.strictObject({
  name: z.string().min(1).max(100).optional().describe("What this workspace is called; the folder's name where absent"),
  data: z.string().min(1).default('.tocsin').describe('Folder of the embedded stores and the journal'),
  listen: listen.prefault('127.0.0.1:7780').describe('Address of the API'),
  stores: z
    .strictObject({
      events: store.optional().describe('A ClickHouse server; embedded where absent'),
      alerts: store.optional().describe('A PostgreSQL server; embedded where absent'),
    })
    .prefault({}),
  retention: z
    .strictObject({ events: days(90), signals: days(365), deadLetters: days(30) })
    .prefault({})
    .describe('How long each is kept'),
  // null: an entry that had a problem and was left out.
  sources: z.array(source.nullable()).default([]),
  destinations: z.array(destination.nullable()).default([]),
  python: z.enum(['auto', 'cpython', 'pyodide']).default('auto').describe('Which Python runs the Python rules'),
  workers: z.int().min(1).max(256).optional().describe('Worker threads; by the number of cores where absent'),
  analyzers: analyzers.prefault({}).describe('Outside services that are asked about addresses, files and URLs'),
  lookups: z
    .record(
      z.string(),
      z.strictObject({
        address: z.string().min(1).describe("In place of the table's own address: a mirror's"),
        allowPrivate: z
          .boolean()
          .default(false)
          .describe('Whether the address may be in a private network or this machine'),
      }),
    )
    .default({})
    .describe('Where refreshed lookup tables are fetched from, by name'),
  sigma: z
    .strictObject({
      placeholders: z
        .record(z.string().regex(/^[\w.-]{1,100}$/, 'expected letters, digits, ., - and _ (100 at most)'), placeholder)
        .default({})
        .describe('Values of `%name%` in Sigma rules with the modifier `expand`, by name'),
    })
    .prefault({}),
  packs: z.array(z.string().min(1)).default([]).describe('Packs of built-in content that are switched on'),
});

export type ConfigShape = z.output<typeof configShape>;
