// The worker thread of queries in TypeScript: typescript-queries.ts starts it and stops it.

import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Problem } from '../../core/problem.ts';
import { hardenRegex } from '../regex.ts';
import { loadTypeScriptRules, type RuleFile } from '../typescript.ts';
import type { ScheduledQuery } from './query.ts';
import { readQueryDefinition } from './read-definition.ts';
import type { PlainQuery, QueriesLoaded, RowsAnswer, RowsQuestion } from './typescript-queries.ts';

const main = parentPort ?? undefined;
if (main === undefined) throw new Error('bug: typescript-thread.ts runs in a worker thread only');
hardenRegex();
const files: readonly RuleFile[] = workerData;
// Teaches this thread what `tocsin` and a `.ts` file are.
await loadTypeScriptRules([]);
const queries = new Map<string, ScheduledQuery>();
main.postMessage(await load(), []);
main.on('message', (question: RowsQuestion) => void answer(question));

async function load(): Promise<QueriesLoaded> {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const { path, name } of files) {
    let exported: unknown;
    try {
      const module: { readonly default?: unknown } = await import(pathToFileURL(path).href);
      exported = module.default;
    } catch (error) {
      problems.push({ file: name, message: String(error).slice(0, 1000) });
      continue;
    }
    const read = readQueryDefinition(exported, name);
    problems.push(...read.problems);
    warnings.push(...read.warnings);
    if (read.query === undefined) continue;
    const earlier = queries.get(read.query.name);
    if (earlier === undefined) queries.set(read.query.name, read.query);
    else problems.push({ file: name, message: `${read.query.name}: that id is taken by ${earlier.file}` });
  }
  return { kind: 'loaded', queries: [...queries.values()].flatMap(plain), problems, warnings };
}

function plain({ signals, ...query }: ScheduledQuery): readonly PlainQuery[] {
  return signals === undefined ? [] : [{ ...query, detection: signals.detection }];
}

async function answer({ query, rows, time }: RowsQuestion): Promise<void> {
  const said = (await queries.get(query)?.signals?.say(rows, time)) ?? [];
  // As JSON has it: a context may hold anything that code can make.
  const answered: RowsAnswer = { kind: 'said', said: said.map(plainSaid) };
  main?.postMessage(answered, []);
}

function plainSaid(said: RowsAnswer['said'][number]): RowsAnswer['said'][number] {
  if (!('title' in said)) return said;
  try {
    const context: unknown = JSON.parse(JSON.stringify(said.context ?? {}));
    return { ...said, context: context as NonNullable<typeof said.context> };
  } catch (error) {
    return { error: `context: ${String(error)}`.slice(0, 1000), name: 'TypeError' };
  }
}
