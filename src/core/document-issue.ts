// zod's findings in a YAML file as problems of ours: what was expected, what is there, and where.

import { z } from 'zod';
import type { Problem } from './problem.ts';
import { closest } from './closest.ts';
import type { DocumentText, Path } from './document-text.ts';

type Issue = z.core.$ZodIssue;

/** An object with these keys and no others. The message for unknown keys is the list of those that are known, of which
 *  `issueProblems` makes a sentence for each. */
export function keys<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
  });
}

export function issueProblems(issue: Issue, text: DocumentText): readonly Problem[] {
  const path = issuePath(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => text.problem(path, unknownKey(key, issue.message.split(' ')), key));
  }
  // Of the forms that a value may have, the one into which it got furthest has the message that helps.
  const deeper =
    issue.code === 'invalid_union'
      ? issue.errors.flat().find((inner) => inner.code === 'unrecognized_keys' || inner.path.length > 0)
      : undefined;
  if (deeper !== undefined) return issueProblems({ ...deeper, path: [...path, ...deeper.path] }, text);
  return [text.problem(path, issueText(issue, valueAt(text.value, path)))];
}

/** Symbols cannot occur in YAML. */
export function issuePath(issue: Issue): Path {
  return issue.path.filter((part) => typeof part !== 'symbol');
}

export function unknownKey(key: string, known: readonly string[]): string {
  const near = closest(key, known);
  return `unknown key \`${key}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`;
}

/** What can be said without a look at the value: a shape's own words, and a choice. */
export function shapeText(issue: Issue): string | undefined {
  if (!/^(?:Invalid|Too|Unrecognized)/.test(issue.message)) return issue.message;
  if (issue.code !== 'invalid_value') return undefined;
  return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
}

function issueText(issue: Issue, found: unknown): string {
  const text = shapeText(issue);
  if (text !== undefined) return text;
  switch (issue.code) {
    case 'invalid_type':
      if (found === undefined) return `is missing; expected ${typeName(issue.expected)}`;
      return `expected ${typeName(issue.expected)}, found ${describe(found)}`;
    case 'too_small':
      return issue.origin === 'array' ? 'expected at least one entry' : `expected at least ${issue.minimum}`;
    default:
      return issue.message;
  }
}

function typeName(expected: string): string {
  const known: Readonly<Record<string, string>> = {
    string: 'a text',
    boolean: 'true or false',
    int: 'a whole number',
    number: 'a number',
    array: 'a list',
    object: 'a map of keys',
    record: 'a map of keys',
  };
  return known[expected] ?? expected;
}

function describe(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  const shown = JSON.stringify(value);
  return shown.length > 40 ? `${shown.slice(0, 37)}...` : shown;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = Reflect.get(at, part);
  }
  return at;
}
