// The queries of a workspace: its documents and TypeScript files read and checked. What is broken becomes a problem and is
// left out. It looks for no files and runs no query.

import type { Problem } from '../core/problem.ts';
import { parseQueryDocument } from '../detect/query/document.ts';
import type { SavedQuery, ScheduledQuery } from '../detect/query/query.ts';
import { startTypeScriptQueries } from '../detect/query/typescript-queries.ts';
import type { RuleFile } from '../detect/typescript.ts';

export interface TextFile {
  /** Relative to the workspace. */
  readonly name: string;
  readonly text: string;
}

export interface QueryFiles {
  readonly documents: readonly TextFile[];
  readonly typescript: readonly RuleFile[];
}

export interface Queries {
  /** By name, each one once. */
  readonly queries: ReadonlyMap<string, SavedQuery | ScheduledQuery>;
  readonly problems: readonly Problem[];
  /** What works, and perhaps not as it is meant. */
  readonly warnings: readonly Problem[];
  /** Ends the thread of those in TypeScript: their rows cannot be judged any more. */
  close(): Promise<void>;
}

export async function readQueries(files: QueryFiles): Promise<Queries> {
  const queries = new Map<string, SavedQuery>();
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const keep = (query: SavedQuery): void => {
    const earlier = queries.get(query.name);
    if (earlier === undefined) queries.set(query.name, query);
    else problems.push({ file: query.file, message: `${query.name}: that name is taken by ${earlier.file}` });
  };

  for (const { name, text } of files.documents) {
    const read = parseQueryDocument(text, name);
    problems.push(...read.problems);
    warnings.push(...read.warnings);
    if (read.query !== undefined) keep(read.query);
  }
  const typescript = await startTypeScriptQueries(files.typescript);
  problems.push(...typescript.problems);
  warnings.push(...typescript.warnings);
  for (const query of typescript.queries) keep(query);
  return { queries, problems, warnings, close: () => typescript.close() };
}
