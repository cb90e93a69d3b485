// From zod's issues to sentences: `tests[0].name: expected a string`, with a did-you-mean for keys that do not exist.

import type { z } from 'zod';

export interface DescribedIssue {
  readonly path: readonly PropertyKey[];
  /** The key at which to point, where the path does not end with it. */
  readonly key?: string;
  readonly message: string;
}

/** `known` are the names that a did-you-mean may offer. */
export function describeIssues(error: z.ZodError, known: readonly string[]): readonly DescribedIssue[] {
  return error.issues.flatMap((issue): readonly DescribedIssue[] => {
    const path = issue.path;
    const place = formatPath(path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const meant = nearest(key, known);
        const hint = meant === undefined ? '' : `, did you mean ${meant}?`;
        return { path, key, message: `${place === '' ? '' : `${place}.`}${key}: unknown key${hint}` };
      });
    }
    const words = issueWords(issue);
    return [{ path, message: place === '' ? words : `${place}: ${words}` }];
  });
}

function issueWords(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors.map(([first]) => (first === undefined ? '' : issueWords(first))).join(' or ');
  }
  const message = issue.message.replace(/^Invalid input: /, '');
  return message.slice(0, 1).toLowerCase() + message.slice(1);
}

export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** The known name that a typing mistake away from `name`, if there is one. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase().slice(0, 64);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[b.length] ?? 0;
}
