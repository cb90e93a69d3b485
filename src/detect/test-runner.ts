// The tests of all rules, run as production runs rules: Python in its host, TypeScript in a worker thread with limits.
// It must not print, nor find files. `datetime.now()` and `Date` are the real ones.

import { Worker } from 'node:worker_threads';
import type { DetectionLanguage } from '../core/detection.ts';
import { messageOf } from '../core/failure.ts';
import type { Problem } from '../core/problem.ts';
import { type PythonOptions, type PythonRules, startPythonRules } from './python-host.ts';
import type { PythonRule } from './python-rule.ts';
import type { RuleTestResult } from './test-result.ts';
import {
  type EnrichedTests,
  enrichTests,
  tellEnrichment,
  type TestTables,
  type TestsToEnrich,
  withEnrichment,
} from './test-tables.ts';
import type { RuleFile } from './typescript.ts';

export interface RuleTestReport {
  /** The rule's id; '' where the file does not load. */
  readonly rule: string;
  readonly file: string;
  readonly language: DetectionLanguage;
  readonly tests: readonly RuleTestResult[];
  /** The rule does not run. */
  readonly problems: readonly Problem[];
  /** The rule runs, and is not well tested. */
  readonly warnings: readonly string[];
}

export interface RulesUnderTest {
  readonly typescript: readonly RuleFile[];
  readonly python: Pick<PythonOptions, 'rules' | 'modules' | 'models' | 'engine' | 'limits' | 'onOutput'>;
  /** Fills `p_enrichment` of events that have none, and answers Python's `event.lookup`. */
  readonly tables?: TestTables | undefined;
  /** Of all tests of one TypeScript rule, loading included; default 10,000. */
  readonly timeoutMs?: number;
}

/** What the thread says of a file that has a rule, before it runs the tests: it waits for their `p_enrichment`. */
export interface TableQuestion {
  readonly asked: TestsToEnrich;
  readonly rule?: undefined;
}

export interface TestThreadSetup {
  readonly files: readonly RuleFile[];
  /** Each file is asked about before its tests are run; EnrichedTests['enrichments'] is the answer. */
  readonly asks: boolean;
}

/** Gives a report per rule as it is done. What is wrong with modules and data models is told as a report without a rule. */
export async function* testRules({
  typescript,
  python,
  tables,
  timeoutMs = 10_000,
}: RulesUnderTest): AsyncIterable<RuleTestReport> {
  for await (const report of testTypeScript(typescript, tables, timeoutMs)) yield withWarnings(report);
  if (python.rules.length > 0 || python.modules.length > 0 || python.models.length > 0) {
    for await (const report of testPython(python, tables)) yield withWarnings(report);
  }
}

async function* testPython(
  options: RulesUnderTest['python'],
  tables: TestTables | undefined,
): AsyncIterable<RuleTestReport> {
  const host = await startPythonRules(options);
  try {
    const files = new Set(options.rules.map(({ detection }) => detection.file));
    for (const problem of host.problems.filter(({ file }) => !files.has(file))) {
      yield { rule: '', file: problem.file, language: 'python', tests: [], problems: [problem], warnings: [] };
    }
    for (const rule of options.rules) {
      const { id, file } = rule.detection;
      const problems = host.problems.filter((problem) => problem.file === file);
      const run = problems.length > 0 ? notRun : await testPythonRule(rule, host, tables);
      yield { rule: id, file, language: 'python', problems, ...run };
    }
  } finally {
    host.close();
  }
}

type RuleRun = Pick<RuleTestReport, 'tests' | 'warnings'>;
const notRun: RuleRun = { tests: [], warnings: [] };

async function testPythonRule(rule: PythonRule, host: PythonRules, tables: TestTables | undefined): Promise<RuleRun> {
  if (tables === undefined) return { tests: await host.test(rule), warnings: [] };
  const { logTypes } = rule.detection;
  const enriched = enrichTests({ logTypes, tests: rule.tests.map(({ name, log }) => ({ name, event: log })) }, tables);
  const tests = rule.tests.map((test, index) => ({
    ...test,
    log: withEnrichment(test.log, enriched.enrichments[index]),
  }));
  const results = await host.test({ ...rule, tests }, (log, table, key) => tables.find(log, table, key));
  return { tests: tellEnrichment(results, enriched), warnings: enriched.warnings };
}

/** A thread takes the files in turn; where it does not come to an end, the next thread takes those after that file. */
async function* testTypeScript(
  files: readonly RuleFile[],
  tables: TestTables | undefined,
  timeoutMs: number,
): AsyncIterable<RuleTestReport> {
  for (let done = 0; done < files.length; ) {
    const setup: TestThreadSetup = { files: files.slice(done), asks: tables !== undefined };
    let enriched: EnrichedTests | undefined;
    const worker = new Worker(
      new URL(`./test-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
      {
        workerData: setup,
        resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 },
        execArgv: [],
      },
    );
    const next = listenTo(worker, timeoutMs);
    try {
      while (done < files.length) {
        const answer = await next();
        if (typeof answer === 'object' && answer.rule === undefined) {
          enriched = tables && enrichTests(answer.asked, tables);
          worker.postMessage(enriched?.enrichments, []);
          continue;
        }
        const file = files[done++];
        if (typeof answer !== 'string') {
          yield enriched === undefined
            ? answer
            : { ...answer, tests: tellEnrichment(answer.tests, enriched), warnings: enriched.warnings };
          enriched = undefined;
          continue;
        }
        const name = file?.name ?? '';
        const problems = [{ file: name, message: answer }];
        yield { rule: '', file: name, language: 'typescript', tests: [], problems, warnings: [] };
        break;
      }
    } finally {
      await worker.terminate();
    }
  }
}

type Message = RuleTestReport | TableQuestion;

/** What is given resolves to the next message, or to why there is none. Messages that nobody waits for are kept. */
function listenTo(worker: Worker, timeoutMs: number): () => Promise<Message | string> {
  const kept: (Message | string)[] = [];
  let take: ((message: Message | string) => void) | undefined;
  const add = (message: Message | string): void => {
    if (take === undefined) kept.push(message);
    else take(message);
  };
  worker.on('message', add);
  worker.on('error', (error: unknown) => add(messageOf(error)));
  worker.on('exit', (code) => add(`the thread ended with code ${code}`));

  return () =>
    new Promise((resolve) => {
      const known = kept.shift();
      if (known !== undefined) return resolve(known);
      const timer = setTimeout(() => take?.(`ran longer than ${timeoutMs / 1000} s`), timeoutMs);
      take = (message) => {
        clearTimeout(timer);
        take = undefined;
        resolve(message);
      };
    });
}

function withWarnings(report: RuleTestReport): RuleTestReport {
  if (report.problems.length > 0) return report;
  const has = (match: boolean): boolean => report.tests.some(({ expected }) => expected === match);
  const missing = [!has(true) && 'a test that matches', !has(false) && 'a test that does not match'].filter(
    (text) => text !== false,
  );
  const warnings = missing.length === 0 ? [] : [`without ${missing.join(' and ')}`];
  return { ...report, warnings: [...report.warnings, ...warnings] };
}
