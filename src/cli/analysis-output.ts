// A run of questions, told: how far it is on stderr, and on stdout what came of it: JSON as it comes, a table at the end.
// An interrupt ends it with what is there.

import type { Analysis, Analyze } from '../core/analysis.ts';
import { aborted } from './aborted.ts';
import type { Plan } from './analysis-plan.ts';
import { runPlans } from './analysis-run.ts';
import { renderAnswers } from './analysis-view.ts';
import { type Cli, exitCodes } from './command.ts';
import { formatCount, formatTime } from './format.ts';
import { toJson } from './output.ts';

interface Output {
  add(analysis: Analysis): Promise<void>;
  end(): Promise<void>;
}

/** Gives the exit code: of an interrupt, of errors, of limits. */
export async function tellAnalyses(
  cli: Cli,
  plans: readonly Plan[],
  analyze: Analyze,
  { waits }: { readonly waits: boolean },
): Promise<number> {
  const interrupt = cli.onInterrupt();
  const output = cli.json ? jsonOutput(cli) : tableOutput(cli, plans);
  const progress = createProgress(cli, plans);
  const states = new Set<Analysis['state']>();
  let isOver = false;
  const running = runPlans(plans, {
    analyze,
    waits,
    stop: interrupt,
    async onAnalysis(analysis) {
      if (isOver) return;
      states.add(analysis.state);
      progress.done();
      await output.add(analysis);
    },
    onWait: (analyzer, until) => progress.waits(analyzer, until),
  });
  let isComplete = false;
  try {
    isComplete = await Promise.race([running.then(() => true), aborted(interrupt).then(() => false)]);
  } finally {
    isOver = true;
    progress.end();
    await output.end();
  }
  if (!isComplete) {
    if (!cli.quiet) await cli.stderr.line(`stopped: ${progress.text()}; what is under way is still kept`);
    await running;
    return exitCodes.interrupted;
  }
  if (states.has('error')) return exitCodes.failures;
  return states.has('limited') ? exitCodes.temporary : exitCodes.ok;
}

/** Raw answers are large and may be many: each is written when it is there. */
function jsonOutput({ stdout }: Cli): Output {
  let written = 0;
  return {
    add: (analysis) => stdout.write(`${written++ === 0 ? '[' : ','}\n${toJson(analysis, 2)}`),
    end: () => stdout.write(written === 0 ? '[]\n' : '\n]\n'),
  };
}

function tableOutput({ stdout }: Cli, plans: readonly Plan[]): Output {
  const order = plans.map(({ analyzer }) => analyzer.id);
  const observables = new Map(
    plans.flatMap((plan) => plan.observables.map((observable) => [JSON.stringify(observable), observable] as const)),
  );
  const found = new Map<string, Analysis[]>();
  return {
    async add({ raw: _raw, ...analysis }) {
      const key = JSON.stringify(analysis.observable);
      found.set(key, [...(found.get(key) ?? []), analysis]);
    },
    async end() {
      const answers = [...observables].flatMap(([key, observable]) => {
        const analyses = found.get(key);
        if (analyses === undefined) return [];
        const sorted = analyses.toSorted((a, b) => order.indexOf(a.analyzer) - order.indexOf(b.analyzer));
        return [{ observable, analyses: sorted }];
      });
      await stdout.write(renderAnswers(answers, stdout, Date.now()));
    },
  };
}

interface Progress {
  /** `12 of 300 answered` */
  text(): string;
  done(): void;
  waits(analyzer: string, until: number): void;
  end(): void;
}

const drawEveryMs = 300;
const logEveryMs = 10_000;

/** One line that changes on a terminal, a line now and then elsewhere. */
function createProgress({ stderr, quiet, json, stdout }: Cli, plans: readonly Plan[]): Progress {
  const total = plans.reduce((sum, { observables }) => sum + observables.length, 0);
  const waiting = new Map<string, number>();
  let count = 0;
  let isVisible = false;
  const text = (): string => `${formatCount(count)} of ${formatCount(total)} answered`;
  let drawn = '';
  const draw = (): void => {
    const waits = [...waiting].filter(([, until]) => until > Date.now());
    const told = waits
      .map(([analyzer, until]) => `; ${analyzer} waits until ${formatTime(until).slice(11)} UTC`)
      .join('');
    const line = text() + told;
    if (line === drawn) return;
    drawn = line;
    isVisible = stderr.isTTY;
    void stderr.write(stderr.isTTY ? `\r${line.slice(0, stderr.columns() - 1)}\u001B[K` : `${line}\n`);
  };
  const isSilent = quiet || (json && stdout.isTTY);
  const timer = isSilent ? undefined : setInterval(draw, stderr.isTTY ? drawEveryMs : logEveryMs);
  return {
    text,
    done: () => void count++,
    waits: (analyzer, until) => void waiting.set(analyzer, until),
    end() {
      clearInterval(timer);
      if (isVisible) void stderr.write('\r\u001B[K');
    },
  };
}
