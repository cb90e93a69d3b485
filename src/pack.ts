// Panther's pack document: built-in content that one line of tocsin.yml switches on.

import { z } from 'zod';
import { issueProblems, keys } from './core/document-issue.ts';
import { readDocumentText } from './core/document-text.ts';
import type { Problem } from './core/problem.ts';

export interface Pack {
  readonly id: string;
  readonly displayName: string;
  readonly description: string;
  /** Names of lookup tables and ids of rules. */
  readonly members: readonly string[];
}

const shape = keys({
  AnalysisType: z.literal('pack'),
  PackID: z.string().min(1),
  DisplayName: z.string().default(''),
  Description: z.string().default(''),
  PackDefinition: keys({ IDs: z.array(z.string().min(1)).min(1) }),
});

export function parsePack(text: string, file: string): { readonly pack?: Pack; readonly problems: readonly Problem[] } {
  const source = readDocumentText(text, file);
  if (source.syntax.length > 0) return { problems: source.syntax };
  const checked = shape.safeParse(source.value);
  if (!checked.success) return { problems: checked.error.issues.flatMap((issue) => issueProblems(issue, source)) };
  const { PackID: id, DisplayName: displayName, Description: description, PackDefinition } = checked.data;
  return { pack: { id, displayName, description, members: PackDefinition.IDs }, problems: [] };
}
