// Sigma's YAML documents: rules and filters read and compiled, correlations handed on, with file:line:col for what is
// wrong. A rule that cannot be taken whole is refused. It must not know log types or events. (Specification 2.1.0.)

import type { z } from 'zod';
import { type DocumentText, type Path, readDocumentText } from '../../core/document-text.ts';
import { isObject } from '../../core/object.ts';
import type { Problem } from '../../core/problem.ts';
import { describeIssues } from '../problem.ts';
import { detectionOf } from './about.ts';
import type { Condition } from './ast.ts';
import { type ConditionText, parseCondition } from './condition.ts';
import { anyOf } from './connect.ts';
import { filterShape, ruleShape } from './document-shape.ts';
import { readExceptions } from './exception.ts';
import type { Placeholders } from './item.ts';
import type { SigmaFilter, SigmaRule } from './rule.ts';
import { compileSelection } from './selection.ts';
import { splitDocuments } from './split.ts';

export interface SigmaDocuments {
  readonly rules: readonly SigmaRule[];
  readonly filters: readonly SigmaFilter[];
  /** Documents with the key `correlation`, as YAML with its places. */
  readonly correlations: readonly DocumentText[];
  readonly problems: readonly Problem[];
}

/** Told of by `isSigmaText`: a file that has one of these keys at its left edge is Sigma's. */
const bodies = ['detection', 'correlation', 'filter'] as const;

export function isSigmaText(text: string): boolean {
  return /^(?:detection|correlation|filter|logsource):/m.test(text);
}

/** Of a file with one or more documents. `placeholders` are values for `%name%` of the modifier `expand`. */
export function parseSigmaDocument(text: string, file: string, placeholders: Placeholders = {}): SigmaDocuments {
  const rules: SigmaRule[] = [];
  const filters: SigmaFilter[] = [];
  const correlations: DocumentText[] = [];
  const problems: Problem[] = [];
  const documents = splitDocuments(text);
  if (documents.length === 0) problems.push({ file, message: 'is empty' });
  for (const each of documents) {
    const source = readDocumentText(each, file);
    problems.push(...source.syntax);
    if (source.syntax.length > 0) continue;
    const reader = createReader(source, placeholders, problems);
    const body = bodies.find((key) => isObject(source.value) && Object.hasOwn(source.value, key));
    if (isObject(source.value) && Object.hasOwn(source.value, 'action')) {
      problems.push(source.problem(['action'], 'is no longer Sigma: write whole documents', 'action'));
    } else if (body === 'correlation') correlations.push(source);
    else if (body === 'detection') rules.push(...reader.rule(file));
    else if (body === 'filter') filters.push(...reader.filter(file));
    else problems.push(source.at([], `expected one of the keys ${bodies.join(', ')}`));
  }
  return { rules, filters, correlations, problems };
}

/** Reads one document; what it complains of goes to `problems`, and then it gives nothing. */
function createReader(source: DocumentText, placeholders: Placeholders, problems: Problem[]) {
  const complain = (path: Path, message: string, key?: string): undefined => {
    problems.push(source.at(path, message, key));
    return undefined;
  };

  function check<T extends z.ZodObject>(shape: T): z.infer<T> | undefined {
    const checked = shape.safeParse(source.value);
    if (checked.success) return checked.data;
    for (const { path, key, message } of describeIssues(checked.error, Object.keys(shape.shape))) {
      complain(path, message, key);
    }
    return undefined;
  }

  function compileSelections(
    body: Readonly<Record<string, unknown>>,
    path: Path,
  ): ReadonlyMap<string, Condition> | undefined {
    const selections = new Map<string, Condition>();
    let isWhole = true;
    for (const [name, value] of Object.entries(body)) {
      if (name === 'condition') continue;
      if (name === 'timeframe') {
        complain(path, 'timeframe: is no longer Sigma: write a correlation', name);
        isWhole = false;
        continue;
      }
      const condition = compileSelection(value, [...path, name], placeholders, complain);
      if (condition === undefined) isWhole = false;
      else selections.set(name, condition);
    }
    return isWhole ? selections : undefined;
  }

  function compileCondition(
    value: unknown,
    selections: ReadonlyMap<string, Condition>,
    path: Path,
  ): { readonly condition: Condition; readonly text: string } | undefined {
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (texts.length === 0 || !texts.every((text) => typeof text === 'string')) {
      return complain(
        path,
        'condition: expected a text such as `selection`',
        value === undefined ? undefined : 'condition',
      );
    }
    const parsed = texts.map((text): ConditionText => parseCondition(text, selections));
    for (const [index, each] of parsed.entries()) {
      const place = Array.isArray(value) ? [...path, 'condition', index] : [...path, 'condition'];
      if ('problem' in each) complain(place, `condition: ${each.problem}`);
    }
    const conditions = parsed.flatMap((each) => ('condition' in each ? [each.condition] : []));
    if (conditions.length < texts.length) return undefined;
    const [only = ''] = texts;
    const text = texts.length === 1 ? only : texts.map((each) => `(${each})`).join(' or ');
    return { condition: anyOf(conditions), text };
  }

  function rule(file: string): readonly SigmaRule[] {
    const read = check(ruleShape);
    if (read === undefined) return [];
    const selections = compileSelections(read.detection, ['detection']);
    const exceptions = readExceptions(read.siem, placeholders, complain);
    if (selections === undefined || exceptions === undefined) return [];
    const condition = compileCondition(read.detection['condition'], selections, ['detection']);
    if (condition === undefined) return [];
    return [
      {
        detection: detectionOf(read, { language: 'sigma', file, logTypes: ['*'] }),
        ...(read.name != null && { name: read.name }),
        logsource: read.logsource,
        condition: condition.condition,
        conditionText: condition.text,
        exceptions,
        fields: read.fields ?? [],
        siem: read.siem,
      },
    ];
  }

  function filter(file: string): readonly SigmaFilter[] {
    const read = check(filterShape);
    if (read === undefined) return [];
    const { selections: body, rules } = read.filter;
    const selections = compileSelections(body, ['filter']);
    if (selections === undefined) return [];
    const compiled = compileCondition(body['condition'], selections, ['filter']);
    if (compiled === undefined) return [];
    // Both are in use: `not selection` is pySigma's way to leave out, `selection` the specification's.
    const { condition, text } = compiled;
    const isKeep = condition.kind === 'not';
    return [
      {
        title: read.title,
        file,
        logsource: read.logsource,
        rules,
        keep: isKeep ? condition : { kind: 'not', of: condition },
        keepText: isKeep ? text : `not (${text})`,
      },
    ];
  }

  return { rule, filter };
}
