import type { Detection } from '../core/detection.ts';
import type { Problem } from '../core/problem.ts';

type Claim = Pick<Detection, 'id' | 'file'>;

/** Of detections of all languages: the file of each id's owner, which is the first by path. */
export function idOwners(detections: readonly Claim[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { id, file } of detections) {
    const owner = owners.get(id);
    if (owner === undefined || file < owner) owners.set(id, file);
  }
  return owners;
}

export function takenId({ id, file }: Claim, owner: string): Problem {
  return { file, message: `${id} is the id of the rule in ${owner} already` };
}

/** Keeps the first rule of each id; the others are problems. */
export function uniqueRules<R extends { readonly detection: Detection }>(
  rules: readonly R[],
): { readonly rules: readonly R[]; readonly problems: readonly Problem[] } {
  const first = new Map<string, R>();
  const problems: Problem[] = [];
  for (const rule of rules) {
    const other = first.get(rule.detection.id);
    if (other === undefined) first.set(rule.detection.id, rule);
    else problems.push(takenId(rule.detection, other.detection.file));
  }
  return { rules: [...first.values()], problems };
}
