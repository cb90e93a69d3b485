// Asks what was planned: every analyzer for itself, a few questions at once, waiting where its limits say so. What is
// asked twice, kept or refused is not decided here.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Analysis, Analyze, Observable } from '../core/analysis.ts';
import type { Plan } from './analysis-plan.ts';

export interface RunOptions {
  readonly analyze: Analyze;
  /** What is limited is asked again when its time has come. */
  readonly waits: boolean;
  readonly stop: AbortSignal;
  readonly onAnalysis: (analysis: Analysis) => Promise<void>;
  /** Until when an analyzer is waited for, epoch ms. */
  readonly onWait: (analyzer: string, until: number) => void;
}

/** Of one analyzer, as many as it takes at once. */
const questionsAtOnce = 4;
/** For one question. What a limit of a day or a service that fails holds back is not waited for. */
const maxWaitMs = 5 * 60_000;
/** Later than told: timers are early, and clocks of machines differ. */
const marginMs = 50;

/** Resolves when all is asked, or when the questions under way have come back after `stop`. */
export async function runPlans(plans: readonly Plan[], options: RunOptions): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([options.stop, failed.signal]);
  const lanes = plans.flatMap((plan) => {
    const run = createRun(plan, { ...options, stop });
    return Array.from({ length: questionsAtOnce }, () => run());
  });
  // None is left behind when one fails.
  const results = await Promise.allSettled(
    lanes.map(async (lane) =>
      lane.catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    ),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** A lane, to be run several times over the same observables. */
function createRun({ analyzer: { id }, observables }: Plan, options: RunOptions): () => Promise<void> {
  const { analyze, stop, onAnalysis, onWait } = options;
  const left = observables.values();
  let { waits } = options;

  return async () => {
    for (const observable of left) {
      if (stop.aborted) return;
      await onAnalysis(await ask(observable));
    }
  };

  async function ask(observable: Observable): Promise<Analysis> {
    for (let waitedMs = 0; ; ) {
      const analysis = await analyze(id, observable);
      if (analysis.state !== 'limited' || !waits || stop.aborted) return analysis;
      const { until = Infinity } = analysis;
      const waitMs = Math.max(0, until - Date.now()) + marginMs;
      if (waitedMs + waitMs > maxWaitMs) {
        // Neither are the others, which would wait in vain one after the other.
        waits = false;
        return analysis;
      }
      waitedMs += waitMs;
      onWait(id, until);
      await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}
