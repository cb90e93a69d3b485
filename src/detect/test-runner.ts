// The tests of all rules, run as production runs rules: Python in its host, TypeScript in a worker thread with limits.
// It must not print, nor find files. `datetime.now()` and `Date` are the real ones.

import { Worker } from 'node:worker_threads';
import type { Problem } from '../core/problem.ts';
import { type PythonOptions, startPythonRules } from './python-host.ts';
import type { RuleTestResult } from './test-result.ts';
import type { RuleFile } from './typescript.ts';

export interface RuleTestReport {
  /** The rule's id; '' where the file does not load. */
  readonly rule: string;
  readonly file: string;
  readonly language: 'typescript' | 'python';
  readonly tests: readonly RuleTestResult[];
  /** The rule does not run. */
  readonly problems: readonly Problem[];
  /** The rule runs, and is not well tested. */
  readonly warnings: readonly string[];
}

export interface RulesUnderTest {
  readonly typescript: readonly RuleFile[];
  readonly python: Pick<PythonOptions, 'rules' | 'modules' | 'models' | 'engine' | 'limits' | 'onOutput'>;
  /** Of all tests of one TypeScript rule, loading included; default 10,000. */
  readonly timeoutMs?: number;
}

/** Gives a report per rule as it is done. What is wrong with modules and data models is told as a report without a rule. */
export async function* testRules({
  typescript,
  python,
  timeoutMs = 10_000,
}: RulesUnderTest): AsyncIterable<RuleTestReport> {
  for await (const report of testTypeScript(typescript, timeoutMs)) yield withWarnings(report);
  if (python.rules.length > 0 || python.modules.length > 0 || python.models.length > 0) {
    for await (const report of testPython(python)) yield withWarnings(report);
  }
}

async function* testPython(options: RulesUnderTest['python']): AsyncIterable<RuleTestReport> {
  const host = await startPythonRules(options);
  try {
    const files = new Set(options.rules.map(({ detection }) => detection.file));
    for (const problem of host.problems.filter(({ file }) => !files.has(file))) {
      yield { rule: '', file: problem.file, language: 'python', tests: [], problems: [problem], warnings: [] };
    }
    for (const rule of options.rules) {
      const { id, file } = rule.detection;
      const problems = host.problems.filter((problem) => problem.file === file);
      const tests = problems.length > 0 ? [] : await host.test(rule);
      yield { rule: id, file, language: 'python', tests, problems, warnings: [] };
    }
  } finally {
    host.close();
  }
}

/** A thread takes the files in turn; where it does not come to an end, the next thread takes those after that file. */
async function* testTypeScript(files: readonly RuleFile[], timeoutMs: number): AsyncIterable<RuleTestReport> {
  for (let done = 0; done < files.length; ) {
    const worker = new Worker(
      new URL(`./test-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
      {
        workerData: files.slice(done),
        resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 },
        execArgv: [],
      },
    );
    try {
      while (done < files.length) {
        const answer = await nextMessage(worker, timeoutMs);
        const file = files[done++];
        if (typeof answer !== 'string') {
          yield answer;
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

/** The next report, or why there is none. */
function nextMessage(worker: Worker, timeoutMs: number): Promise<RuleTestReport | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(`ran longer than ${timeoutMs / 1000} s`), timeoutMs);
    function settle(answer: RuleTestReport | string): void {
      clearTimeout(timer);
      worker.off('message', settle).off('error', onError).off('exit', onExit);
      resolve(answer);
    }
    function onError(error: unknown): void {
      settle(error instanceof Error ? error.message : String(error));
    }
    function onExit(code: number): void {
      settle(`the thread ended with code ${code}`);
    }
    worker.once('message', settle).once('error', onError).once('exit', onExit);
  });
}

function withWarnings(report: RuleTestReport): RuleTestReport {
  if (report.problems.length > 0) return report;
  const has = (match: boolean): boolean => report.tests.some(({ expected }) => expected === match);
  const missing = [!has(true) && 'a test that matches', !has(false) && 'a test that does not match'].filter(
    (text) => text !== false,
  );
  return missing.length === 0 ? report : { ...report, warnings: [`without ${missing.join(' and ')}`] };
}
