// `tocsin test [paths]`: the tests of rules and the samples of schemas, run by the code that production runs.

import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { loadConfig } from '../config.ts';
import { readWorkspace } from '../content.ts';
import { formatProblem, type Problem } from '../core/problem.ts';
import { type RuleTestReport, testRules } from '../detect/test-runner.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { plural } from './format.ts';
import { toJson } from './output.ts';
import { type SampleReport, testSamples } from './schema-sample.ts';
import { printable } from './width.ts';

interface TestOptions {
  readonly update?: boolean;
}

/** A workspace, or a folder of the same form, and what of it is tested. */
interface Scope {
  readonly root: string;
  readonly isWanted: (path: string) => boolean;
}

type Report = RuleTestReport | SampleReport;

export const command: CliCommand = {
  name: 'test',
  description: 'run the tests of rules and the samples of schemas',
  define(self, act) {
    self
      .argument('[path...]', 'rules, schemas or folders of them; the whole workspace where absent')
      .option('--update', 'write what schemas make of their samples as what is expected')
      .addHelpText('after', '\nEnds with 1 if a test fails or a file does not load.')
      .action(
        act(async (cli, paths: readonly string[], options: TestOptions) => {
          const counts = { passed: 0, failed: 0, warnings: 0 };
          const reports: Report[] = [];
          for (const scope of scopesOf(cli.workspace, paths)) {
            for await (const report of runScope(cli, scope, options.update === true)) {
              reports.push(report);
              for (const line of linesOf(report, counts, cli)) if (!cli.json) await cli.stdout.line(line);
            }
          }
          if (cli.json) await cli.stdout.write(`${toJson({ ...counts, reports }, 2)}\n`);
          else if (reports.length === 0) await cli.stderr.line('there is nothing to test');
          else await cli.stdout.line(summary(counts, cli));
          return counts.failed > 0 ? exitCodes.failures : exitCodes.ok;
        }),
      );
  },
};

function scopesOf(workspace: string, paths: readonly string[]): readonly Scope[] {
  if (paths.length === 0) return [{ root: workspace, isWanted: () => true }];
  return paths.map((path) => {
    const wanted = resolve(path);
    const isRoot = ['rules', 'schemas'].some((folder) => existsSync(join(wanted, folder)));
    return {
      root: isRoot ? wanted : workspace,
      isWanted: (file) => isRoot || file === wanted || file.startsWith(wanted + sep),
    };
  });
}

async function* runScope(cli: Cli, { root, isWanted }: Scope, update: boolean): AsyncGenerator<Report> {
  const { config } = await loadConfig(root, { env: cli.env });
  const { typescript, python, problems } = await readWorkspace(root);
  const of = (file: string) => isWanted(join(root, file));
  yield* testSamples(root, isWanted, update);
  // Problems of schemas are told with their samples.
  for (const problem of problems) {
    if (!problem.file.startsWith('schemas') && of(problem.file)) yield broken(problem);
  }
  const rules = python.rules.filter((rule) => of(rule.detection.file));
  // A rule may import any module: they are there whichever rule is tested.
  const support = rules.length > 0 ? { modules: python.modules, models: python.models } : { modules: [], models: [] };
  yield* testRules({
    typescript: typescript.filter((rule) => isWanted(rule.path)),
    python: {
      rules,
      ...support,
      engine: config.python,
      onOutput: (text) => void cli.stderr.write(text.split('\n').map(printable).join('\n')),
    },
  });
}

function broken(problem: Problem): Report {
  return { file: problem.file, schema: '', samples: [], problems: [problem] };
}

function linesOf(
  report: Report,
  counts: { passed: number; failed: number; warnings: number },
  { stdout }: Cli,
): readonly string[] {
  const what = printable('rule' in report ? report.rule || report.file : report.schema || report.file);
  const lines: string[] = [];
  const line = (passed: boolean, name: string, error: string | undefined) => {
    counts[passed ? 'passed' : 'failed']++;
    const mark = passed ? stdout.paint('green', '[PASS]') : stdout.paint('red', '[FAIL]');
    lines.push(`${mark} ${what}: ${printable(name)}`);
    if (error !== undefined) lines.push(`       ${printable(error)}`);
  };
  const isError = 'rule' in report || report.schema === '';
  for (const problem of report.problems) {
    const text = printable(formatProblem(problem));
    counts[isError ? 'failed' : 'warnings']++;
    lines.push(`${isError ? stdout.paint('red', '[FAIL]') : stdout.paint('yellow', '[WARN]')} ${text}`);
  }
  if ('rule' in report) {
    for (const test of report.tests) line(test.passed, test.name, test.passed ? undefined : reasonOf(test));
    for (const warning of report.warnings) {
      counts.warnings++;
      lines.push(`${stdout.paint('yellow', '[WARN]')} ${what}: ${printable(warning)}`);
    }
  } else {
    for (const { file, lines: number, passed, error, updated } of report.samples) {
      line(passed, `${file}, ${plural(number, 'line')}${updated === true ? ', written' : ''}`, error);
    }
  }
  return lines;
}

function reasonOf(test: RuleTestReport['tests'][number]): string {
  if (test.got !== undefined && test.got !== test.expected) {
    return `expected ${matched(test.expected)}, got ${matched(test.got)}`;
  }
  return test.error ?? `expected ${matched(test.expected)}, and the rule failed`;
}

function matched(match: boolean): string {
  return match ? 'a match' : 'no match';
}

function summary(counts: { passed: number; failed: number; warnings: number }, { stdout }: Cli): string {
  const { passed, failed, warnings } = counts;
  return [
    stdout.paint('green', `${passed} passed`),
    failed > 0 ? stdout.paint('red', `${failed} failed`) : '0 failed',
    ...(warnings > 0 ? [stdout.paint('yellow', plural(warnings, 'warning'))] : []),
  ].join(', ');
}
