// Panther's YAML documents for detections: read, checked, with file:line:col for what is wrong.
// It reads no file: the caller brings the text, and the Python file that `Filename` names.

import { posix } from 'node:path';
import type { z } from 'zod';
import type { Detection } from '../core/detection.ts';
import { readDocumentText } from '../core/document-text.ts';
import type { Problem } from '../core/problem.ts';
import { scheduledRuleShape } from './query/panther-shape.ts';
import { analysisType, globalShape, modelShape, ruleShape, unsupportedTypes } from './document-shape.ts';
import { pantherDetection } from './panther-detection.ts';
import { describeIssues } from './problem.ts';
import type { PythonModel, PythonTest } from './python-rule.ts';

export type RuleDocument =
  | {
      readonly kind: 'rule';
      readonly detection: Detection;
      /** Relative to the workspace. */
      readonly filename: string;
      readonly tests: readonly PythonTest[];
    }
  /** Rules import the file's content as the module `name`. */
  | { readonly kind: 'global'; readonly name: string; readonly filename: string }
  | { readonly kind: 'model'; readonly model: PythonModel; readonly filename?: string };

export interface ReadDocument {
  /** Absent where it cannot be used; then a problem says why. */
  readonly document?: RuleDocument;
  readonly problems: readonly Problem[];
}

export function parseRuleDocument(text: string, file: string): ReadDocument {
  const source = readDocumentText(text, file);
  if (source.syntax.length > 0) return { problems: source.syntax };
  function check<T>(shape: z.ZodType<T>, known: readonly string[]): T | readonly Problem[] {
    const checked = shape.safeParse(source.value);
    if (checked.success) return checked.data;
    return describeIssues(checked.error, known).map(({ path, key, message }) => source.at(path, message, key));
  }
  const inFolder = (name: string): string => posix.join(posix.dirname(file), name);

  const type = analysisType(source.value);
  switch (type) {
    case 'rule':
    case 'scheduled_rule': {
      const shape = type === 'rule' ? ruleShape : scheduledRuleShape;
      const rule = check<z.infer<typeof ruleShape> | z.infer<typeof scheduledRuleShape>>(
        shape,
        Object.keys(shape.shape),
      );
      if (isProblems(rule)) return { problems: rule };
      const missing = unbuilt.filter((key) => rule[key] !== undefined && !isNoFilter(key, rule[key]));
      if (missing.length > 0) return { problems: missing.map((key) => source.problem([key], 'not supported yet')) };
      const filename = inFolder(rule.Filename ?? '');
      // A query's name stands for the log type of its rows.
      const logTypes = rule.LogTypes ?? rule.ScheduledQueries;
      const detection = pantherDetection(rule, { language: 'python', file: filename, logTypes });
      return { document: { kind: 'rule', detection, filename, tests: rule.Tests ?? [] }, problems: [] };
    }
    case 'global': {
      const global = check(globalShape, Object.keys(globalShape.shape));
      if (isProblems(global)) return { problems: global };
      const filename = inFolder(global.Filename);
      return { document: { kind: 'global', name: global.GlobalID, filename }, problems: [] };
    }
    case 'datamodel': {
      const model = check(modelShape, Object.keys(modelShape.shape));
      if (isProblems(model)) return { problems: model };
      if (!model.Enabled) return { problems: [] };
      const filename = model.Filename === undefined ? undefined : inFolder(model.Filename);
      return { document: readModel(model, filename, file), problems: [] };
    }
    default: {
      const known = ['rule', 'global', 'datamodel', ...unsupportedTypes];
      const message = unsupportedTypes.some((name) => name === type)
        ? `${String(type)}: not supported yet`
        : `expected one of ${known.join(', ')}`;
      return { problems: [source.problem(['AnalysisType'], message)] };
    }
  }
}

/** Keys that change what a rule does: a rule that has them is not run as if it had them not. */
const unbuilt = [
  'InlineFilters',
  'DynamicSeverities',
  'AlertTitle',
  'AlertContext',
  'GroupBy',
  'Detection',
  'BaseDetection',
] as const;

/** `InlineFilters: [{ All: [] }]` is what the console writes for no filter. */
function isNoFilter(key: string, value: unknown): boolean {
  return key === 'InlineFilters' && ['[]', '[{"All":[]}]'].includes(JSON.stringify(value));
}

function readModel(model: z.infer<typeof modelShape>, filename: string | undefined, file: string): RuleDocument {
  const pairs = (key: 'Path' | 'Method'): Record<string, string> =>
    Object.fromEntries(model.Mappings.flatMap(({ Name, [key]: to }) => (to === undefined ? [] : [[Name, to]])));
  return {
    kind: 'model',
    model: {
      id: model.DataModelID,
      file: filename ?? file,
      logTypes: model.LogTypes,
      paths: pairs('Path'),
      methods: pairs('Method'),
    },
    ...(filename !== undefined && { filename }),
  };
}

function isProblems(value: object): value is readonly Problem[] {
  return Array.isArray(value);
}
