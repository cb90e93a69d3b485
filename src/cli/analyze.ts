// `tocsin analyze VALUE...`: what outside services know of addresses, domains, URLs and hashes. Where that would be many
// questions it first says how many and how long, and asks whether it may.

import { stat } from 'node:fs/promises';
import { Option } from 'commander';
import { createAnalyze } from '../analyzer/analyze.ts';
import { analyzerKinds } from '../analyzer/index.ts';
import { ownHosts } from '../analyzer/question.ts';
import { type AnalyzerStatus, analyzerStatus } from '../analyzer/status.ts';
import {
  type Analyze,
  type Observable,
  type ObservableKind,
  observableKinds,
  priorities,
  type Priority,
} from '../core/analysis.ts';
import { closest } from '../core/closest.ts';
import { UserError } from '../core/problem.ts';
import { tellAnalyses } from './analysis-output.ts';
import { countQuestions, type Plan, planAnswer, planQuestions, renderPlans } from './analysis-plan.ts';
import { renderAnalyzers } from './analyzer-view.ts';
import { findRunning, withBackend } from './backend.ts';
import { type Cli, type CliCommand, exitCodes } from './command.ts';
import { canConfirm, confirm } from './confirm.ts';
import { listOption, plural } from './format.ts';
import { readLines } from './input.ts';
import { observableOf } from './observable.ts';
import { toJson } from './output.ts';
import { printable } from './width.ts';
import { requireConfig } from './workspace.ts';

interface AnalyzeOptions {
  readonly kind?: ObservableKind;
  readonly from?: string;
  readonly with?: readonly string[];
  readonly fixtures?: string;
  readonly wait: boolean;
  readonly priority?: Priority;
  readonly yes?: boolean;
  readonly preview?: boolean;
  readonly list?: boolean;
}

/** More than that are not asked without a word. */
const questionsUnasked = 20;
const maxValues = 10_000;
/** Of the values that are nothing, so many are told. */
const unknownTold = 5;

export const command: CliCommand = {
  name: 'analyze',
  description: 'ask outside services about addresses, domains, URLs and hashes',
  define(self, act) {
    self
      .argument('[value...]', 'what is asked about; 1[.]2[.]3[.]4 and hxxp:// are understood')
      .addOption(new Option('--kind <kind>', 'what the values are; guessed where absent').choices(observableKinds))
      .option('--from <file>', 'values from a file, one a line; - for stdin')
      .option('--with <analyzers>', 'these alone, with commas; all that can be asked where absent', listOption)
      .option('--fixtures <folder>', 'answers from recorded files: nobody is asked, and no workspace is needed')
      .addOption(
        new Option(
          '--priority <priority>',
          `may spend half of a day's budget, most or all of it; low for more than ${questionsUnasked} questions`,
        ).choices(priorities),
      )
      .option('--no-wait', 'what is limited is told, not waited for')
      .option('-y, --yes', `ask, also more than ${questionsUnasked} questions`)
      .option('--preview', 'how many questions that would be, and at least how long; nobody is asked')
      .option('--list', 'the analyzers: what they take, keys, limits, terms')
      .addHelpText(
        'after',
        `
An answer is kept and given again while it is good. Nobody is asked about
private, reserved or own addresses. What a limit holds back for more than five
minutes is told as limited; the same command goes on later.

Examples:
  tocsin analyze 1[.]1[.]1[.]1
  tocsin analyze --from iocs.txt --with urlhaus,virustotal --preview
  tocsin analyze --list`,
      )
      .action(
        act(async (cli, words: readonly string[], options: AnalyzeOptions) =>
          options.list === true ? listAnalyzers(cli) : analyzeValues(cli, words, options),
        ),
      );
  },
};

async function listAnalyzers(cli: Cli): Promise<number> {
  const { analyzers } = await configured(cli);
  await cli.stdout.write(cli.json ? `${toJson(analyzers, 2)}\n` : renderAnalyzers(analyzers, cli.stdout));
  return exitCodes.ok;
}

async function analyzeValues(cli: Cli, words: readonly string[], options: AnalyzeOptions): Promise<number> {
  const { fixtures } = options;
  const { observables, unknown } = await readObservables(cli, words, options);
  const { analyzers, own } = fixtures === undefined ? await configured(cli) : await recorded(fixtures);
  const chosen = chooseAnalyzers(analyzers, options);
  const plans = planQuestions(observables, chosen, { isOwn: ownHosts(own), takesAll: options.with !== undefined });
  const unasked = await tellUnasked(cli, observables, plans, analyzers, options);
  if (options.preview === true) {
    const wanted = plans.filter(({ questions }) => questions > 0);
    await cli.stdout.write(cli.json ? `${toJson(wanted.map(planAnswer), 2)}\n` : renderPlans(wanted, cli.stdout));
    return exitCodes.ok;
  }
  if (fixtures === undefined && !(await isAgreed(cli, plans, options))) return exitCodes.failures;
  const priority = options.priority ?? (countQuestions(plans) > questionsUnasked ? 'low' : 'normal');
  const tell = (analyze: Analyze): Promise<number> =>
    tellAnalyses(cli, plans, (analyzer, observable) => analyze(analyzer, observable, priority), {
      waits: options.wait,
    });
  const exitCode =
    fixtures === undefined
      ? await withBackend(cli, (backend) => tell(backend.analyze))
      : await tell(createAnalyze({ kinds: analyzerKinds, fixtures }));
  return exitCode === exitCodes.ok && unknown + unasked > 0 ? exitCodes.failures : exitCode;
}

interface Choice {
  readonly analyzers: readonly AnalyzerStatus[];
  /** Of the file; what a running program was started with may be older. */
  readonly own: readonly string[];
}

async function configured(cli: Cli): Promise<Choice> {
  const config = await requireConfig(cli);
  const { own, settings } = config.analyzers;
  const running = await findRunning(config);
  return { analyzers: (await running?.analyzers()) ?? analyzerStatus(analyzerKinds, settings), own };
}

async function recorded(folder: string): Promise<Choice> {
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UserError(`${folder} is no folder of recorded answers`, { exitCode: exitCodes.usage });
  return { analyzers: analyzerStatus(analyzerKinds, {}), own: [] };
}

/** Each once, in their order. A word that is none is a mistake of the command line; a line that is none is told. */
async function readObservables(
  cli: Cli,
  words: readonly string[],
  { kind, from }: AnalyzeOptions,
): Promise<{ readonly observables: readonly Observable[]; readonly unknown: number }> {
  const usage = { exitCode: exitCodes.usage };
  if (words.length === 0 && from === undefined) {
    throw new UserError('expected values to ask about, or --from with a file of them', usage);
  }
  const found = new Map<string, Observable>();
  const take = (text: string): boolean => {
    const observable = observableOf(text, kind);
    if (observable !== undefined) found.set(keyOf(observable), observable);
    if (found.size > maxValues) throw new UserError(`more than ${maxValues} values at once`, usage);
    return observable !== undefined;
  };
  for (const word of words) {
    if (take(word)) continue;
    const kinds = observableKinds.join(', ');
    throw new UserError(
      `${JSON.stringify(word.slice(0, 200))} has the form of none of ${kinds}; --kind says it`,
      usage,
    );
  }
  let unknown = 0;
  for await (const line of from === undefined ? [] : readLines([from], cli.stdin)) {
    if (/^\s*(#|$)/.test(line) || take(line)) continue;
    if (++unknown <= unknownTold) cli.warn(`${JSON.stringify(line.slice(0, 200))} is nothing to ask about`);
  }
  if (unknown > unknownTold) cli.warn(`and ${plural(unknown - unknownTold, 'more line')}`);
  return { observables: [...found.values()], unknown };
}

function keyOf({ kind, value }: Observable): string {
  return `${kind} ${value}`;
}

/** Those that are named, or those that have what they need. */
function chooseAnalyzers(
  analyzers: readonly AnalyzerStatus[],
  { with: named, fixtures }: AnalyzeOptions,
): readonly AnalyzerStatus[] {
  if (named === undefined) {
    return analyzers.filter(({ key, hasKey }) => fixtures !== undefined || key !== 'required' || hasKey);
  }
  const ids = analyzers.map(({ id }) => id);
  for (const name of named) {
    if (ids.includes(name)) continue;
    const meant = closest(name, ids);
    const hint = meant === undefined ? `there are: ${ids.join(', ')}` : `did you mean ${meant}?`;
    throw new UserError(`there is no analyzer ${name}; ${hint}`, { exitCode: exitCodes.usage });
  }
  return analyzers.filter(({ id }) => named.includes(id));
}

/** Says whom it does not ask for lack of a key; gives how many observables nobody is asked about. */
async function tellUnasked(
  cli: Cli,
  observables: readonly Observable[],
  plans: readonly Plan[],
  analyzers: readonly AnalyzerStatus[],
  options: AnalyzeOptions,
): Promise<number> {
  const kinds = new Set(observables.map(({ kind }) => kind));
  const asked = new Set(plans.map(({ analyzer }) => analyzer.id));
  const keyless = analyzers.filter(({ id, kinds: taken }) => !asked.has(id) && taken.some((kind) => kinds.has(kind)));
  if (keyless.length > 0 && options.with === undefined && !cli.quiet) {
    const names = keyless.map(({ id }) => id).join(', ');
    await cli.stderr.line(cli.stderr.paint('dim', `not asked, for lack of a key: ${names} (tocsin analyze --list)`));
  }
  const planned = new Set(plans.flatMap((plan) => plan.observables.map(keyOf)));
  const left = observables.filter((observable) => !planned.has(keyOf(observable)));
  for (const kind of new Set(left.map((observable) => observable.kind))) {
    const count = left.filter((observable) => observable.kind === kind).length;
    cli.warn(`${plural(count, 'value')} of kind ${kind}: no analyzer that can be asked takes it`);
  }
  return left.length;
}

async function isAgreed(cli: Cli, plans: readonly Plan[], { yes }: AnalyzeOptions): Promise<boolean> {
  const questions = countQuestions(plans);
  if (questions <= questionsUnasked || yes === true) return true;
  const wanted = plans.filter((plan) => plan.questions > 0);
  await cli.stderr.write(renderPlans(wanted, cli.stderr));
  const total = `${plural(questions, 'question')} at most: what is known and still good is not asked again.`;
  if (!canConfirm(cli)) throw new UserError(`${total} --yes asks them`, { exitCode: exitCodes.usage });
  return confirm(cli, printable(`${total} Ask?`));
}
