// For tests: a rule from the lines of its detection, run over events that are written down as they are.

import type { Signal } from '../../core/detection.ts';
import { formatProblem } from '../../core/problem.ts';
import type { Field, Schema } from '../../core/schema.ts';
import { parseSigmaDocument } from './document.ts';
import { createSigmaEvaluator } from './evaluator.ts';
import type { Placeholders } from './item.ts';
import type { SigmaRule } from './rule.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The log type `Test.Log`, of the log source `service: test.log`. */
export function schemaOf(fields: readonly (string | Field)[], ecs: Readonly<Record<string, string>> = {}): Schema {
  return {
    name: 'Test.Log',
    description: '',
    referenceUrl: '',
    parser: { type: 'json' },
    fields: fields.map((field) => (typeof field === 'string' ? { name: field, type: 'json', required: false } : field)),
    drop: [],
    extract: [],
    patternDefinitions: {},
    ecs,
    fieldDiscovery: false,
    file: '',
  };
}

/** `detection` is YAML: the lines below `detection:`. Throws what is wrong with it. */
export function ruleOf(detection: string, placeholders: Placeholders = {}, more = ''): SigmaRule {
  const lines = detection.trim().split('\n');
  const text = `title: Test\nlogsource: {service: test.log}\n${more}\ndetection:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
  const { rules, problems } = parseSigmaDocument(text, 'test.yml', placeholders);
  const [rule] = rules;
  if (rule === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return rule;
}

/** One selection, as YAML in one line: `{a: x}`. */
export function selectionOf(selection: string, placeholders: Placeholders = {}): SigmaRule {
  return ruleOf(`selection: ${selection}\ncondition: selection`, placeholders);
}

/** Why the selection is refused, without its place. */
export function refusalOf(selection: string): string {
  try {
    selectionOf(selection);
    return 'is taken';
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(/^\S+:\d+:\d+: /gm, '') : '';
  }
}

export function run(rules: readonly SigmaRule[], fields: Fields, schema = schemaOf(Object.keys(fields))): Signal[] {
  const signals: Signal[] = [];
  const evaluate = createSigmaEvaluator(rules, schema, new Int32Array(2), new Set(), signals);
  const p = { p_log_type: schema.name, p_row_id: 'a-000001', p_event_time: '', p_parse_time: '', p_source_id: 'a' };
  evaluate?.({ ...fields, ...p }, 0);
  return signals;
}

export function matches(rule: SigmaRule, fields: Fields): boolean {
  return run([rule], { ...fields }, schemaOf([...new Set([...Object.keys(fields), 'a', 'b'])])).length > 0;
}
