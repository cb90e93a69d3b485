// What asking about many observables comes to, before anybody is asked: how many questions go to which analyzer, and at
// least how long its limits make them take.

import type { RateLimit } from '../core/analysis-store.ts';
import { checkQuestion, type IsOwn } from '../analyzer/question.ts';
import type { AnalyzerStatus } from '../analyzer/status.ts';
import type { Observable } from '../core/analysis.ts';
import { formatCount, formatDuration } from './format.ts';
import { renderTable, type TableColumn } from './output.ts';

export interface Plan {
  readonly analyzer: AnalyzerStatus;
  readonly observables: readonly Observable[];
  /** Questions that may go out: without private and own observables, each thing once. */
  readonly questions: number;
}

/** `takesAll`: an analyzer is asked about what it does not take, too, and says so. */
export function planQuestions(
  observables: readonly Observable[],
  analyzers: readonly AnalyzerStatus[],
  { isOwn, takesAll }: { readonly isOwn: IsOwn; readonly takesAll: boolean },
): readonly Plan[] {
  return analyzers.map((analyzer) => {
    const taken = observables.filter(({ kind }) => analyzer.kinds.includes(kind));
    const spellings = taken.flatMap((observable) => {
      const checked = checkQuestion(observable, isOwn);
      return 'value' in checked ? `${observable.kind} ${checked.value}` : [];
    });
    return { analyzer, observables: takesAll ? observables : taken, questions: new Set(spellings).size };
  });
}

export function countQuestions(plans: readonly Plan[]): number {
  return plans.reduce((sum, { questions }) => sum + questions, 0);
}

/** Of the last question, after the first. */
export function leastMs(questions: number, limits: readonly RateLimit[]): number {
  const waits = limits.map(({ requests, seconds }) => Math.floor(Math.max(0, questions - 1) / requests) * seconds);
  return Math.max(0, ...waits) * 1000;
}

const units: Readonly<Record<number, string>> = {
  1: 's',
  60: 'min',
  3600: 'h',
  86_400: 'day',
  604_800: 'week',
};

/** `4/min, 500/day, 15,500/31 days` */
export function limitsText(limits: readonly RateLimit[]): string {
  return limits.length === 0 ? 'none' : limits.map(limitText).join(', ');
}

function limitText({ requests, seconds }: RateLimit): string {
  const unit = units[seconds] ?? (seconds % 86_400 === 0 ? `${seconds / 86_400} days` : `${seconds} s`);
  return `${formatCount(requests)}/${unit}`;
}

const columns: readonly TableColumn<Plan>[] = [
  { title: 'ANALYZER', value: ({ analyzer }) => analyzer.id },
  {
    title: 'QUESTIONS',
    value: ({ questions }) => questions,
    shown: ({ questions }) => formatCount(questions),
    align: 'right',
  },
  { title: 'LIMITS', value: ({ analyzer }) => limitsText(analyzer.limits), flexible: true },
  {
    title: 'AT LEAST',
    value({ questions, analyzer }) {
      const ms = leastMs(questions, analyzer.limits);
      return ms === 0 ? '' : formatDuration(ms);
    },
    align: 'right',
  },
];

export function renderPlans(plans: readonly Plan[], terminal: Parameters<typeof renderTable>[2]): string {
  return renderTable(plans, columns, terminal);
}

/** For programs. */
export function planAnswer({ analyzer, questions }: Plan): object {
  const { id, limits } = analyzer;
  return { analyzer: id, questions, limits, leastSeconds: leastMs(questions, limits) / 1000 };
}
