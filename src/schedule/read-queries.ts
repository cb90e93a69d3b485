// The queries of a workspace: the files below `queries/`, read and checked. What is broken becomes a problem and is left
// out. It runs none of them.

import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Problem } from '../core/problem.ts';
import { parseQueryDocument } from '../detect/query/document.ts';
import type { SavedQuery, ScheduledQuery } from '../detect/query/query.ts';
import { startTypeScriptQueries } from '../detect/query/typescript-queries.ts';
import type { RuleFile } from '../detect/typescript.ts';

export interface Queries {
  /** By name, each one once. */
  readonly queries: ReadonlyMap<string, SavedQuery | ScheduledQuery>;
  readonly problems: readonly Problem[];
  /** What works, and perhaps not as it is meant. */
  readonly warnings: readonly Problem[];
  /** Documents beside them that are no queries: Panther's rules on rows lie there, too. */
  readonly others: readonly RuleFile[];
  /** Ends the thread of those in TypeScript: their rows cannot be judged any more. */
  close(): Promise<void>;
}

/** `builtIn`: files of queries that packs bring. */
export async function readQueries(workspace: string, builtIn: readonly RuleFile[] = []): Promise<Queries> {
  const files = [...(await listFiles(workspace)), ...builtIn];
  const queries = new Map<string, SavedQuery>();
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const others: RuleFile[] = [];
  const keep = (query: SavedQuery): void => {
    const earlier = queries.get(query.name);
    if (earlier === undefined) queries.set(query.name, query);
    else problems.push({ file: query.file, message: `${query.name}: that name is taken by ${earlier.file}` });
  };

  for (const file of files.filter(({ name }) => /\.ya?ml$/.test(name))) {
    const text = await readFile(file.path, 'utf8');
    const type = /^AnalysisType:\s*["']?(\w+)/m.exec(text)?.[1];
    if (type !== undefined && !['scheduled_query', 'saved_query'].includes(type)) {
      others.push(file);
      continue;
    }
    const read = parseQueryDocument(text, file.name);
    problems.push(...read.problems);
    warnings.push(...read.warnings);
    if (read.query !== undefined) keep(read.query);
  }
  const typescript = await startTypeScriptQueries(files.filter(({ name }) => /(?<!\.d|\.test)\.ts$/.test(name)));
  problems.push(...typescript.problems);
  warnings.push(...typescript.warnings);
  for (const query of typescript.queries) keep(query);
  return { queries, problems, warnings, others, close: () => typescript.close() };
}

async function listFiles(workspace: string): Promise<readonly RuleFile[]> {
  const folder = join(workspace, 'queries');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/[\\/](?:node_modules|\.[^\\/]*)[\\/]/.test(path.slice(folder.length)))
    .toSorted()
    .map((path) => ({ path, name: relative(workspace, path) }));
}
