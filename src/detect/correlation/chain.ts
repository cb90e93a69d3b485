// Correlations that build on each other, over the signals of rules.

import type { Correlation, CorrelationSignal, Evaluated, Evaluation, Firing } from './correlation.ts';
import { evaluate } from './evaluate.ts';
import { asSignal, signalOfFiring } from './firing-signal.ts';

/** By the correlation's id. `correlations` are in the order that `resolveCorrelations` gives. */
export function evaluateChain(
  correlations: readonly Correlation[],
  signals: readonly CorrelationSignal[],
  evaluatedOf: (correlation: Correlation) => Evaluated,
): ReadonlyMap<string, Evaluation> {
  const evaluations = new Map<string, Evaluation>();
  let all = signals;
  for (const correlation of correlations) {
    const evaluation = evaluate(correlation, all, evaluatedOf(correlation));
    evaluations.set(correlation.detection.id, evaluation);
    all = [...all, ...evaluation.firings.flatMap((firing) => firingSignals(correlation, firing))];
  }
  return evaluations;
}

/** A firing as correlations of the correlation see it: a signal for each time at which the condition held. They are one
 *  event, so that counting counts the episode once. */
export function firingSignals(correlation: Correlation, firing: Firing): readonly CorrelationSignal[] {
  const signal = asSignal(signalOfFiring(correlation, firing, 0), firing.time);
  const fields: CorrelationSignal['fields'] = (path) => signal.fields(path) ?? firing.sample?.fields(path);
  return firing.holds.map((time) => ({ ...signal, time, received: time, rowId: firing.id, fields }));
}
