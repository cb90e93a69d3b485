// zod's findings about a configuration as sentences of ours: `sources[0].paths: expected array, got string`.

import type { z } from 'zod';
import { issuePath, shapeText } from '../core/document-issue.ts';
import { pathText } from '../core/document-text.ts';

type Issue = z.core.$ZodIssue;

/** What was expected and what was there instead, without the path. Never repeats the value: it may be a secret. */
export function issueText(issue: Issue): string {
  const text = shapeText(issue);
  if (text !== undefined) return text;
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing (expected ${issue.expected})`
        : `expected ${issue.expected}, got ${typeName(issue.input)}`;
    case 'too_small':
      return `expected ${amount('at least', issue.minimum, issue.origin)}`;
    case 'too_big':
      return `expected ${amount('at most', issue.maximum, issue.origin)}`;
    case 'invalid_key':
      return alternatives([issue.issues]) ?? issue.message;
    case 'invalid_union':
      return alternatives(issue.errors) ?? issue.message;
    default:
      return issue.message.replace(/^Invalid (input: )?/, (_, prefix) => (prefix === undefined ? 'invalid ' : ''));
  }
}

function amount(limit: string, value: number | bigint, origin: string): string {
  if (origin === 'string') return `${limit} ${value} characters`;
  if (origin === 'array' || origin === 'set') return `${limit} ${value} ${value === 1 ? 'entry' : 'entries'}`;
  return `${limit} ${value}`;
}

function alternatives(errors: readonly (readonly Issue[])[]): string | undefined {
  const texts = errors.map((issues) => issues[0]).filter((issue) => issue !== undefined);
  if (texts.length === 0) return undefined;
  return [...new Set(texts.map((issue) => prefixed(issue)))].join(' or ');
}

function prefixed(issue: Issue): string {
  const path = pathText(issuePath(issue));
  return path === '' ? issueText(issue) : `${path} ${issueText(issue)}`;
}

function typeName(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}
