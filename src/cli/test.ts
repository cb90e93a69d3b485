// `tocsin test [paths]`: the tests of rules and the samples of schemas, run by the code that production runs.

import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { loadConfig } from '../config.ts';
import { readWorkspace } from '../content.ts';
import { systemClock } from '../core/clock.ts';
import { formatProblem, type Problem } from '../core/problem.ts';
import type { Named } from '../detect/correlation/resolve.ts';
import { type RuleTestReport, testRules } from '../detect/test-runner.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { plural } from './format.ts';
import { toJson } from './output.ts';
import { type SampleReport, testSamples } from './schema-sample.ts';
import { openStoredTables } from './stored-tables.ts';
import { testCorrelations } from './test-correlations.ts';
import { createTestTables } from './test-enrichment.ts';
import { testQueries } from './test-queries.ts';
import { printable } from './width.ts';
import { writeFound, type WrittenReport } from './write-found.ts';

interface TestOptions {
  readonly enrich?: boolean;
  readonly update?: boolean;
}

/** A workspace, or a folder of the same form, and what of it is tested. */
interface Scope {
  readonly root: string;
  readonly isWanted: (path: string) => boolean;
}

type Report = RuleTestReport | WrittenReport | SampleReport;

export const command: CliCommand = {
  name: 'test',
  description: 'run the tests of rules, correlations and queries and the samples of schemas',
  define(self, act) {
    self
      .argument('[path...]', 'rules, schemas or folders of them; the whole workspace where absent')
      .option('--enrich', "fill p_enrichment of rules' tests from the lookup tables")
      .option('--update', 'write what schemas make of their samples as what is expected; with --enrich see below')
      .addHelpText('after', help)
      .action(
        act(async (cli, paths: readonly string[], options: TestOptions) => {
          const counts = { passed: 0, failed: 0, warnings: 0 };
          const reports: Report[] = [];
          for (const scope of scopesOf(cli.workspace, paths)) {
            for await (const report of runScope(cli, scope, options)) {
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

const help = `
With --enrich the event of a rule's test gets the p_enrichment that the workspace's lookup tables have for it, at its
p_event_time or now, and event.lookup() in Python asks them. Tables that are fetched are as they were last stored: nothing
is asked of the network. A test that has p_enrichment, or _mocked_lookup_data_ for event.lookup(), is left as it is.
--enrich --update writes what was found into the YAML of Python rules, and leaves the samples of schemas alone.

Ends with 1 if a test fails or a file does not load.`;

function scopesOf(workspace: string, paths: readonly string[]): readonly Scope[] {
  if (paths.length === 0) return [{ root: workspace, isWanted: () => true }];
  const scopes = paths.map((path): Scope => {
    const wanted = resolve(path);
    const isRoot = ['rules', 'schemas', 'correlations', 'queries'].some((folder) => existsSync(join(wanted, folder)));
    return {
      root: isRoot ? wanted : workspace,
      isWanted: (file) => isRoot || file === wanted || file.startsWith(wanted + sep),
    };
  });
  return [...Map.groupBy(scopes, ({ root }) => root)].map(([root, ofRoot]) => ({
    root,
    isWanted: (path) => ofRoot.some((scope) => scope.isWanted(path)),
  }));
}

async function* runScope(cli: Cli, { root, isWanted }: Scope, options: TestOptions): AsyncGenerator<Report> {
  const { enrich = false, update = false } = options;
  const { config } = await loadConfig(root, { env: cli.env });
  const workspace = await readWorkspace(root, enrich ? config.packs : [], config.sigma.placeholders);
  const { typescript, python, problems } = workspace;
  const of = (file: string) => isWanted(join(root, file));
  yield* testSamples(root, isWanted, update && !enrich);
  // Problems of schemas are told with their samples.
  for (const problem of problems) {
    if (!problem.file.startsWith('schemas') && of(problem.file)) yield broken(problem);
  }
  const rules = python.rules.filter(({ detection, document }) => of(detection.file) || of(document));
  const stored = enrich ? await openStoredTables(workspace, config.data) : undefined;
  for (const problem of stored?.problems ?? []) yield broken(problem);
  for (const warning of stored?.warnings ?? []) cli.warn(formatProblem(warning));
  // A rule may import any module: they are there whichever rule is tested.
  const support = rules.length > 0 ? { modules: python.modules, models: python.models } : { modules: [], models: [] };
  const reports = testRules({
    // Those of packs have been tested where they come from.
    typescript: typescript.filter((rule) => rule.path.startsWith(root + sep) && isWanted(rule.path)),
    python: {
      rules,
      ...support,
      engine: config.python,
      onOutput: (text) => void cli.stderr.write(text.split('\n').map(printable).join('\n')),
    },
    tables: stored && createTestTables(stored.tables, workspace.schemas, systemClock.now()),
  });
  const known: Named[] = workspace.sigma.map(({ detection: { id, file }, name }) => ({
    id,
    file,
    ...(name && { name }),
  }));
  for await (const report of reports) {
    known.push({ id: report.rule, file: report.file });
    const rule = rules.find(({ detection }) => detection.id === report.rule && detection.file === report.file);
    yield enrich && update && rule !== undefined ? await writeFound(report, rule, root) : report;
  }
  yield* testCorrelations(workspace, { rules: known, root, isWanted: of });
  yield* testQueries(workspace.queries, of);
}

function broken(problem: Problem): Report {
  return { file: problem.file, schema: '', samples: [], problems: [problem] };
}

function linesOf(
  report: Report,
  counts: { passed: number; failed: number; warnings: number },
  { stdout }: Cli,
): readonly string[] {
  const what = printable('rule' in report ? shownName(report) : report.schema || report.file);
  const lines: string[] = [];
  const line = (passed: boolean, name: string, error?: string, note?: string) => {
    counts[passed ? 'passed' : 'failed']++;
    const mark = passed ? stdout.paint('green', '[PASS]') : stdout.paint('red', '[FAIL]');
    lines.push(`${mark} ${what}: ${printable(name)}`);
    if (error !== undefined) lines.push(`       ${printable(error)}`);
    if (note !== undefined) lines.push(`       ${stdout.paint('dim', printable(note))}`);
  };
  const isError = 'rule' in report || report.schema === '';
  for (const problem of report.problems) {
    const text = printable(formatProblem(problem));
    counts[isError ? 'failed' : 'warnings']++;
    lines.push(`${isError ? stdout.paint('red', '[FAIL]') : stdout.paint('yellow', '[WARN]')} ${text}`);
  }
  if ('rule' in report) {
    for (const [index, test] of report.tests.entries()) {
      const isWritten = 'written' in report && report.written.includes(index);
      line(test.passed, test.name, test.passed ? undefined : reasonOf(test), enrichmentText(test, isWritten));
    }
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

/** An id that is made for machines says less than the file's name. */
function shownName({ rule, file }: RuleTestReport): string {
  return rule === '' || /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(rule) ? file : rule;
}

function reasonOf(test: RuleTestReport['tests'][number]): string {
  if (test.got !== undefined && test.got !== test.expected) {
    return `expected ${matched(test.expected)}, got ${matched(test.got)}`;
  }
  return test.error ?? `expected ${matched(test.expected)}, and the rule failed`;
}

/** undefined: the tables were not asked. */
function enrichmentText({ enrichment }: RuleTestReport['tests'][number], isWritten: boolean): string | undefined {
  if (enrichment === undefined) return undefined;
  const tables = Object.keys(enrichment);
  if (tables.length === 0) return 'no lookup table has a row';
  return `enriched from ${tables.join(', ')}${isWritten ? ', written' : ''}`;
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
