import type { Detection } from '../core/detection.ts';
import type { Problem } from '../core/problem.ts';

/** Keeps the first rule of each id; the others are problems. */
export function uniqueRules<R extends { readonly detection: Detection }>(
  rules: readonly R[],
): { readonly rules: readonly R[]; readonly problems: readonly Problem[] } {
  const first = new Map<string, R>();
  const problems: Problem[] = [];
  for (const rule of rules) {
    const { id, file } = rule.detection;
    const other = first.get(id);
    if (other === undefined) first.set(id, rule);
    else problems.push({ file, message: `${id} is the id of the rule in ${other.detection.file} already` });
  }
  return { rules: [...first.values()], problems };
}
