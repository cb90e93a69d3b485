// From zod's issues to sentences: `tests[0].name: expected a string`, with a did-you-mean for keys that do not exist.

import type { z } from 'zod';
import { closest } from '../core/closest.ts';
import { issuePath } from '../core/document-issue.ts';
import { type Path, pathText } from '../core/document-text.ts';

export interface DescribedIssue {
  readonly path: Path;
  /** The key at which to point, where the path does not end with it. */
  readonly key?: string;
  readonly message: string;
}

/** `known` are the names that a did-you-mean may offer. */
export function describeIssues(error: z.ZodError, known: readonly string[]): readonly DescribedIssue[] {
  return error.issues.flatMap((issue): readonly DescribedIssue[] => {
    const path = issuePath(issue);
    const place = pathText(path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const meant = closest(key, known);
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
