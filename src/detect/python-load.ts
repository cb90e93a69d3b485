// What the process is told when it starts.

import { limits as sayLimits } from './limit.ts';
import type { PythonModel, PythonModule, PythonRule } from './python-rule.ts';

export interface PythonLimits {
  /** CPU time of one rule on one event; of the clock five times as much. */
  readonly callMs: number;
  /** All rules on one batch. The first batch after a start may take five times as long. */
  readonly batchMs: number;
  readonly memoryBytes: number;
}

export const defaultPythonLimits: PythonLimits = { callMs: 5000, batchMs: 60_000, memoryBytes: 512 * 2 ** 20 };

/** Characters of all alert contexts of one batch together. */
const batchContext = 32 * 2 ** 20;

export function tellLoad(
  rules: readonly { readonly rule: PythonRule; readonly number: number }[],
  modules: readonly PythonModule[],
  models: readonly PythonModel[],
  limits: PythonLimits,
): object {
  return {
    limits: { ...sayLimits, batchContext, callSeconds: limits.callMs / 1000, batchSeconds: limits.batchMs / 1000 },
    modules,
    models: models.map((model) => ({ ...model, source: model.source ?? null })),
    rules: rules.map(({ rule: { detection, source }, number }) => {
      const { id, file, logTypes, severity, displayName } = detection;
      return { n: number, id, file, logTypes, severity, displayName, source };
    }),
  };
}
