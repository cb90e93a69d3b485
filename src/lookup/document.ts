// Panther's lookup_table document, as far as it is built: a static file beside it. (Refreshed tables come later.)

import { z } from 'zod';
import { issueProblems, keys } from '../core/document-issue.ts';
import { readDocumentText } from '../core/document-text.ts';
import type { Problem } from '../core/problem.ts';
import type { Validity } from './load.ts';
import type { LookupDefinition } from './table.ts';

export interface LookupDocument extends Omit<LookupDefinition, 'match'> {
  /** CSV with a header, or JSON lines; beside the document. */
  readonly filename: string;
  /** The log schema that tells the columns' types. */
  readonly schema?: string;
  readonly validity?: Validity;
}

const shape = keys({
  AnalysisType: z.literal('lookup_table'),
  LookupName: z.string().regex(/^[A-Za-z][\w .-]{0,99}$/, 'expected letters, digits, blanks, . _ and -'),
  Enabled: z.boolean(),
  Description: z.string().optional(),
  Reference: z.string().optional(),
  DisplayName: z.string().optional(),
  Tags: z.array(z.string()).optional(),
  Schema: z.string().optional(),
  Filename: z
    .string('expected a file (CSV or JSON lines) beside this one; refreshed tables are not supported yet')
    .regex(/^[^/\\]+$/, 'expected the name of a file beside this one'),
  /** Not Panther's. */
  Validity: keys({ From: z.string().min(1).optional(), To: z.string().min(1).optional() }).optional(),
  LogTypeMap: keys({
    PrimaryKey: z.string().min(1),
    AssociatedLogTypes: z.array(keys({ LogType: z.string(), Selectors: z.array(z.string().min(1)).min(1) })).optional(),
  }),
});

/** Without AssociatedLogTypes the table is joined to the IP addresses of every log type. A table that is not enabled is
 *  read and checked, and not given. */
export function parseLookup(
  text: string,
  file: string,
): { readonly lookup?: LookupDocument; readonly problems: readonly Problem[] } {
  const source = readDocumentText(text, file);
  if (source.syntax.length > 0) return { problems: source.syntax };
  const checked = shape.safeParse(source.value);
  if (!checked.success) return { problems: checked.error.issues.flatMap((issue) => issueProblems(issue, source)) };
  const { LookupName, Enabled, Schema, Filename, LogTypeMap, Validity: validity } = checked.data;
  if (!Enabled) return { problems: [] };
  const selectors: Record<string, readonly string[]> = {};
  for (const { LogType, Selectors } of LogTypeMap.AssociatedLogTypes ?? []) selectors[LogType] = Selectors;
  if (LogTypeMap.AssociatedLogTypes === undefined) selectors['*'] = ['p_any_ip_addresses'];
  const lookup = {
    name: LookupName,
    primaryKey: LogTypeMap.PrimaryKey,
    selectors,
    filename: Filename,
    ...(Schema === undefined ? {} : { schema: Schema }),
    ...(validity === undefined ? {} : { validity: { from: validity.From, to: validity.To } }),
  };
  return { lookup, problems: [] };
}
