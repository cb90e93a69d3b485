// Sigma's correlation documents, and our own types in the same form: read, checked, with file:line:col for what is wrong.
// One that cannot be taken whole is refused. It knows none of the rules that they name: see resolve.ts.

import type { z } from 'zod';
import type { DocumentText } from '../../core/document-text.ts';
import type { Problem } from '../../core/problem.ts';
import { defaultSchedule, type Schedule } from '../../core/schedule.ts';
import { describeIssues } from '../problem.ts';
import { blockTimes, scheduleOf } from '../schedule-block.ts';
import { detectionOf } from '../sigma/about.ts';
import type { Complain } from '../sigma/selection.ts';
import { namesIn } from '../template.ts';
import { type Correlation, type CorrelationKind, type Inventory, isByClock } from './correlation.ts';
import { conditionShapes, correlationShape, type CorrelationType } from './document-shape.ts';
import { readSignalExceptions } from './exception.ts';
import { parseExpression } from './expression.ts';
import type { ReadCorrelation } from './panther-document.ts';
import { isRuleField, parseRuleField } from './rule-field.ts';

type Document = z.infer<typeof correlationShape>;
type Conditions = { readonly [Type in CorrelationType]: z.infer<(typeof conditionShapes)[Type]> };

const conditionPath = ['correlation', 'condition'] as const;

/** `text` is of one YAML document with the key `correlation`. */
export function parseCorrelation(text: DocumentText, file: string): ReadCorrelation {
  const problems: Problem[] = [];
  const complain: Complain = (path, message, key) => {
    problems.push(text.at(path, message, key));
    return undefined;
  };
  const checked = correlationShape.safeParse(text.value);
  if (!checked.success) {
    for (const { path, key, message } of describeIssues(checked.error, knownKeys)) complain(path, message, key);
    return { problems };
  }
  const document = checked.data;
  const { correlation: body, siem } = document;
  const read = readKind(document, complain);
  const exceptions = readSignalExceptions(siem, complain);
  const aliases = Object.entries(body.aliases ?? {}).map(
    ([alias, fields]) => [alias, new Map(Object.entries(fields))] as const,
  );
  for (const [alias, fields] of aliases) {
    for (const rule of fields.keys()) {
      if (read?.rules.includes(rule) === false) {
        complain(['correlation', 'aliases', alias], `${rule} is none of the correlation's rules`, rule);
      }
    }
  }
  const schedule = read === undefined ? undefined : readSchedule(read.kind, siem, complain);
  if (read !== undefined) checkRuleFields(siem, read.rules, complain);
  if (read !== undefined && siem.on_fire === 'reset' && (isByClock(read.kind) || read.kind.kind === 'new_value')) {
    complain(['siem'], 'siem.on_fire: reset is for conditions that hold as soon as a signal comes', 'on_fire');
  }
  if (read === undefined || problems.length > 0) return { problems };
  const correlation: Correlation = {
    detection: detectionOf(document, { language: 'correlation', file, logTypes: [] }),
    ...(document.name != null && { name: document.name }),
    rules: read.rules,
    ruleNames: new Map(read.rules.map((rule) => [rule, rule])),
    groupBy: body['group-by'] ?? [],
    isMissingGrouped: siem.missing === 'group',
    timespanMs: body.timespan,
    isReset: siem.on_fire === 'reset',
    kind: read.kind,
    aliases: new Map(aliases),
    generate: body.generate,
    siem,
    exceptions,
    ...(schedule !== undefined && { schedule }),
    tests: document.tests,
  };
  return { correlation, problems };
}

const knownKeys = [
  ...Object.keys(correlationShape.shape),
  ...Object.keys(correlationShape.shape.correlation.shape),
  ...Object.values(conditionShapes).flatMap((shape) => ('shape' in shape ? Object.keys(shape.shape) : [])),
];

function readKind(
  { correlation: { type, condition, rules } }: Document,
  complain: Complain,
): { readonly kind: CorrelationKind; readonly rules: readonly string[] } | undefined {
  const checked = conditionShapes[type].safeParse(condition);
  if (!checked.success) {
    for (const { path, key, message } of describeIssues(checked.error, knownKeys)) {
      complain([...conditionPath, ...path], `correlation.condition: ${message}`, key);
    }
    return undefined;
  }
  if (typeof checked.data === 'string') return readExpression(type, checked.data, rules, complain);
  if (rules === undefined) return complain(['correlation'], 'rules: is missing; expected names or ids of rules');
  const names = [...new Set(rules)];
  const kind = kindOf({ type, condition: checked.data } as Condition, rules, complain);
  return kind === undefined ? undefined : { kind, rules: names };
}

/** `a and b and not c`: any `rules` are those that it names. */
function readExpression(
  type: CorrelationType,
  text: string,
  rules: readonly string[] | undefined,
  complain: Complain,
): ReturnType<typeof readKind> {
  const parsed = parseExpression(text);
  if (typeof parsed === 'string') return complain(conditionPath, `correlation.condition: ${parsed}`);
  for (const rule of parsed.rules) {
    if (rules?.includes(rule) === false) complain(conditionPath, `correlation.condition: ${rule} is not in \`rules\``);
  }
  const unused = rules?.filter((rule) => !parsed.rules.includes(rule)) ?? [];
  if (unused.length > 0)
    complain(conditionPath, `correlation.condition: does not say what ${unused.join(', ')} is for`);
  return {
    kind: { kind: 'combination', isOrdered: type === 'temporal_ordered', anyOf: parsed.anyOf },
    rules: parsed.rules,
  };
}

type Condition = {
  [Type in CorrelationType]: { type: Type; condition: Exclude<Conditions[Type], string> };
}[CorrelationType];

function kindOf(read: Condition, rules: readonly string[], complain: Complain): CorrelationKind | undefined {
  switch (read.type) {
    case 'event_count':
      return { kind: read.type, range: read.condition };
    case 'value_count': {
      const { field, ...range } = read.condition;
      return { kind: read.type, fields: field, range };
    }
    case 'value_sum':
    case 'value_avg': {
      const { field, ...range } = read.condition;
      return { kind: read.type, field, range };
    }
    case 'value_percentile': {
      const { field, percentile, ...range } = read.condition;
      return { kind: read.type, field, percentile, range };
    }
    case 'value_median': {
      const { field, ...range } = read.condition;
      return { kind: 'value_percentile', field, percentile: 50, range };
    }
    case 'temporal': {
      const distinct = new Set(rules).size;
      const range = read.condition ?? { gte: distinct };
      if ((range.gte ?? 0) > distinct || (range.gt ?? 0) >= distinct) {
        return complain(conditionPath, `correlation.condition: can never be true of ${distinct} rules`);
      }
      return { kind: read.type, range };
    }
    case 'temporal_ordered': {
      if (read.condition !== undefined && read.condition.gte !== rules.length) {
        return complain(conditionPath, `correlation.condition: expected none, or gte: ${rules.length}`);
      }
      const combination = rules.map((rule) => ({ rule, isAbsent: false }));
      return { kind: 'combination', isOrdered: true, anyOf: [combination] };
    }
    case 'new_value': {
      const { field, history, min_history: minHistoryMs } = read.condition;
      if (minHistoryMs > history) return complain(conditionPath, 'correlation.condition: min_history is over history');
      return { kind: read.type, fields: field, historyMs: history, minHistoryMs };
    }
    case 'absence': {
      const { min_count: minCount, inventory } = read.condition;
      return { kind: read.type, minCount, inventory: inventoryOf(inventory) };
    }
    default: {
      const { reference, factor, direction, min_current: minCurrent, min_reference: minReference } = read.condition;
      return { kind: 'ratio', referenceMs: reference, factor, direction, minCurrent, minReference };
    }
  }
}

function inventoryOf(inventory: Conditions['absence']['inventory']): Inventory {
  if (inventory === 'configured_sources') return { kind: 'sources' };
  if ('seen' in inventory) return { kind: 'seen', forMs: inventory.seen };
  return { kind: 'list', keys: inventory.map((key) => (typeof key === 'string' ? [key] : key)) };
}

function checkRuleFields({ alert }: Document['siem'], rules: readonly string[], complain: Complain): void {
  if (typeof alert !== 'object') return;
  const { title = '', key = [], context = [] } = alert;
  for (const field of [...namesIn(title), ...key, ...context]) {
    if (!isRuleField(field) || parseRuleField(field, rules) !== undefined) continue;
    complain(['siem', 'alert'], `siem.alert: ${field}: expected rules.NAME.FIELD with one of ${rules.join(', ')}`);
  }
}

/** What the clock decides is looked at every minute where nothing else is said. */
function readSchedule(
  kind: CorrelationKind,
  { schedule: block }: Document['siem'],
  complain: Complain,
): Schedule | undefined {
  if (block === undefined && !isByClock(kind)) return undefined;
  const times = block === undefined ? {} : blockTimes(block);
  const scheduled = scheduleOf({
    ...(times.cron === undefined && { everyMs: 60_000 }),
    catchupMs: defaultSchedule.catchupMs,
    ...times,
  });
  if (scheduled.refused === undefined) return scheduled.schedule;
  return complain(['siem', 'schedule'], `siem.schedule: ${scheduled.refused}`);
}
