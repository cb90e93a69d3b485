// Queries in TypeScript, of files: their functions run in a thread of their own, with limits on time and memory. A query
// whose functions do not end loses the thread, not the program.

import { Worker } from 'node:worker_threads';
import type { Problem } from '../../core/problem.ts';
import type { RuleFile } from '../typescript.ts';
import type { QueryRow } from './definition.ts';
import type { Said, ScheduledQuery } from './query.ts';

/** What crosses threads: a query without its functions. */
export interface PlainQuery extends Omit<ScheduledQuery, 'signals'> {
  readonly detection: NonNullable<ScheduledQuery['signals']>['detection'];
}

export interface QueriesLoaded {
  readonly kind: 'loaded';
  readonly queries: readonly PlainQuery[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface RowsQuestion {
  readonly query: string;
  readonly time: number;
  readonly rows: readonly QueryRow[];
}

export interface RowsAnswer {
  readonly kind: 'said';
  readonly said: readonly Said[];
}

export interface TypeScriptQueries {
  readonly queries: readonly ScheduledQuery[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  close(): Promise<void>;
}

export interface TypeScriptQueryLimits {
  readonly loadMs: number;
  /** For all rows of a run. */
  readonly rowsMs: number;
  readonly memoryMegabytes: number;
}

const defaultLimits: TypeScriptQueryLimits = { loadMs: 10_000, rowsMs: 10_000, memoryMegabytes: 256 };

/** What cannot be loaded is a problem, and the others are loaded. */
export async function startTypeScriptQueries(
  files: readonly RuleFile[],
  given: Partial<TypeScriptQueryLimits> = {},
): Promise<TypeScriptQueries> {
  const limits = { ...defaultLimits, ...given };
  if (files.length === 0) return { queries: [], problems: [], warnings: [], close: async () => {} };
  let worker: Worker | undefined;
  let isClosed = false;
  let last: Promise<unknown> = Promise.resolve();

  async function start(): Promise<{ readonly worker: Worker; readonly loaded: QueriesLoaded }> {
    const name = `./typescript-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`;
    const started = new Worker(new URL(name, import.meta.url), {
      workerData: files,
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMegabytes, maxYoungGenerationSizeMb: 32 },
      execArgv: [],
    });
    started.unref();
    return { worker: started, loaded: await answerOf<QueriesLoaded>(started, limits.loadMs) };
  }

  async function ask(question: RowsQuestion): Promise<readonly Said[]> {
    if (isClosed) throw new Error('the queries are closed');
    worker ??= (await start()).worker;
    const answer = answerOf<RowsAnswer>(worker, limits.rowsMs);
    worker.postMessage(question, []);
    try {
      return (await answer).said;
    } catch (error) {
      worker = undefined;
      throw new Error(`the functions of ${question.query} ${(error as Error).message}`, { cause: error });
    }
  }

  /** One at a time, so that it is known whose function does not end. */
  function say(query: string, rows: readonly QueryRow[], time: number): Promise<readonly Said[]> {
    const result = last.then(() => ask({ query, rows, time }));
    last = result.catch(() => undefined);
    return result;
  }

  let loaded: QueriesLoaded;
  try {
    ({ worker, loaded } = await start());
  } catch (error) {
    const message = `queries in TypeScript ${(error as Error).message} as they were loaded`;
    loaded = {
      kind: 'loaded',
      queries: [],
      problems: files.map(({ name: file }) => ({ file, message })),
      warnings: [],
    };
  }
  return {
    queries: loaded.queries.map(({ detection, ...query }) => ({
      ...query,
      signals: { detection, say: (rows, time) => say(query.name, rows, time) },
    })),
    problems: loaded.problems,
    warnings: loaded.warnings,
    async close() {
      isClosed = true;
      await worker?.terminate();
    },
  };
}

/** The thread's next message. A thread that gives none in time, or ends, is ended, and that is the error. */
async function answerOf<Answer>(worker: Worker, limitMs: number): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const failed = (error: Error): void => reject(new Error(`failed (${error.message})`, { cause: error }));
  const exited = (): void => reject(new Error('ended their thread'));
  const timer = setTimeout(() => reject(new Error(`took longer than ${limitMs / 1000} s`)), limitMs);
  worker.once('message', resolve).once('error', failed).once('exit', exited);
  try {
    return await promise;
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
    worker.off('message', resolve).off('error', failed).off('exit', exited);
  }
}
