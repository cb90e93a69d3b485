// Types of rules that look at events one by one or count them: rules and correlations in Sigma's form.

import { idOf, type Siem, titleText, type Written } from '../document.ts';
import { fieldsOf, list } from '../elasticsearch/query.ts';
import { isOfTheIndex } from '../elasticsearch/sql.ts';
import { plain, sigmaDetection, sigmaField } from '../elasticsearch/sigma-selection.ts';
import { Unsupported } from '../import.ts';
import { type ElastAlertRule, number, required, seconds, span, strip, text } from './rule.ts';

/** Of `any`, `blacklist` and `whitelist`. */
export function matchRule(rule: ElastAlertRule): readonly Written[] {
  const { type, whole } = rule;
  if (type === 'any') return [baseRule(rule, rule.siem, {})];
  const field = sigmaField(text(whole, 'compare_key'), ['compare_key']);
  const values = list(whole[type] ?? []).map(String);
  const file = values.findIndex((value) => value.startsWith('!'));
  if (file >= 0) throw new Unsupported([type, file], 'a list in a file is not taken: write its values here');
  if (values.length === 0) throw new Unsupported([], `\`${type}\` is missing`);
  const listed = { [`${field}|cased`]: values.map(plain) };
  if (type === 'blacklist') return [baseRule(rule, rule.siem, { listed, condition: 'listed' })];
  const present = { [`${field}|exists`]: true };
  const isIgnored = whole['ignore_null'] !== false;
  return [
    baseRule(rule, rule.siem, {
      listed,
      ...(isIgnored && { present }),
      condition: isIgnored ? 'present and not listed' : 'not listed',
    }),
  ];
}

/** Beside the filter's own, and the condition over them. */
interface Selections {
  readonly [name: string]: unknown;
  readonly condition?: string;
}

function baseRule(rule: ElastAlertRule, siem: Siem, { condition: more, ...selections }: Selections): Written {
  const { name, logType, query, timeField, fields, findings } = rule;
  const { condition, ...own } = sigmaDetection(query, (field) => field === timeField || field === '@timestamp', [
    'filter',
  ]);
  for (const field of fieldsOf(query)) if (field !== '*' && !isOfTheIndex(field)) fields.resolve(field);
  for (const missing of fields.missing)
    findings.refuse(['filter'], `the log type ${logType} has no field \`${missing}\``);
  return {
    title: titleText(siem.alert === false ? `${name}: events` : name),
    id: idOf('ElastAlert', siem.alert === false ? `${name}.events` : name),
    ...about(rule),
    level: siem.alert === false ? 'informational' : level(rule),
    logsource: { service: logType },
    detection: {
      ...(more === undefined || condition !== 's1' || JSON.stringify(own['s1']) !== '["*"]' ? own : {}),
      ...selections,
      condition: bothOf(condition, own, more),
    },
    siem: enabledIn(rule, siem),
  };
}

function bothOf(condition: unknown, own: Readonly<Record<string, unknown>>, more: string | undefined): unknown {
  if (more === undefined) return condition;
  return condition === 's1' && JSON.stringify(own['s1']) === '["*"]' ? more : `(${String(condition)}) and (${more})`;
}

export function about({ whole }: ElastAlertRule): Written {
  return {
    status: 'experimental',
    ...(typeof whole['description'] === 'string' && { description: whole['description'] }),
    ...(typeof whole['owner'] === 'string' && { author: whole['owner'] }),
  };
}

export function level({ whole }: ElastAlertRule): string {
  return ['low', 'medium', 'medium', 'high', 'critical'][Number(whole['priority'] ?? 2) - 1] ?? 'medium';
}

export function enabledIn({ findings, isKnown }: ElastAlertRule, siem: Siem): Siem {
  return findings.isBroken() || !isKnown ? { enabled: false, ...siem } : siem;
}

/** Of the types that count: the correlation, and the rule whose signals it counts. */
export function countingRule(rule: ElastAlertRule): readonly Written[] {
  const events = baseRule(rule, { alert: false }, {});
  const correlations = parts(rule).map(({ suffix, groupBy, ...correlation }) => ({
    title: titleText(rule.name + suffix),
    id: idOf('ElastAlert', rule.name + suffix),
    ...about(rule),
    level: level(rule),
    correlation: {
      type: correlation.type,
      rules: [events['id']],
      ...(groupBy.length > 0 && { 'group-by': groupBy }),
      timespan: correlation.timespan,
      condition: correlation.condition,
    },
    // ElastAlert forgets the events of a match: so many again are the next one.
    siem: enabledIn(rule, { ...(rule.type === 'frequency' && { on_fire: 'reset' }), ...rule.siem }),
  }));
  return [...correlations, events];
}

interface Part {
  /** Of the name, where there are several. */
  readonly suffix: string;
  readonly type: string;
  readonly groupBy: readonly string[];
  readonly timespan: string;
  readonly condition: Readonly<Record<string, unknown>>;
}

function parts({ type, whole, queryKey, findings }: ElastAlertRule): readonly Part[] {
  const one = { suffix: '', groupBy: queryKey };
  switch (type) {
    case 'frequency': {
      const gte = required(number(whole, 'num_events'), 'num_events');
      return [{ ...one, type: 'event_count', timespan: timeframe(whole), condition: { gte } }];
    }
    case 'cardinality': {
      const field = strip(text(whole, 'cardinality_field'));
      const [gt, lt] = [number(whole, 'max_cardinality'), number(whole, 'min_cardinality')];
      if (gt === undefined && lt === undefined) throw new Unsupported([], '`max_cardinality` is missing');
      if (lt !== undefined)
        findings.tell(
          ['min_cardinality'],
          'is looked at when an event comes: a group that is silent needs an absence too',
        );
      const bound = (suffix: string, condition: Part['condition']): Part => ({
        ...one,
        suffix,
        type: 'value_count',
        timespan: timeframe(whole),
        condition: { field, ...condition },
      });
      return [
        ...(gt === undefined ? [] : [bound('', { gt })]),
        ...(lt === undefined ? [] : [bound(gt === undefined ? '' : ' (too few)', { lt })]),
      ];
    }
    case 'flatline': {
      const threshold = required(number(whole, 'threshold'), 'threshold');
      return [{ ...one, type: 'absence', timespan: timeframe(whole), condition: { min_count: threshold } }];
    }
    case 'spike': {
      const condition = {
        reference: timeframe(whole),
        factor: required(number(whole, 'spike_height'), 'spike_height'),
        direction: text(whole, 'spike_type', 'both'),
        ...minimum('min_current', number(whole, 'threshold_cur')),
        ...minimum('min_reference', number(whole, 'threshold_ref')),
      };
      if (whole['alert_on_new_data'] === true)
        findings.lose(['alert_on_new_data'], 'is not taken: what was not there before is no spike');
      if (whole['field_value'] !== undefined) findings.refuse(['field_value'], 'counting by a field is not taken');
      return [{ ...one, type: 'ratio', timespan: timeframe(whole), condition }];
    }
    default:
      return newTerms({ whole, queryKey });
  }
}

/** Each field has its own memory; a list of fields is one value of all of them. */
function newTerms({ whole, queryKey }: Pick<ElastAlertRule, 'whole' | 'queryKey'>): readonly Part[] {
  const fields = list(whole['fields'] ?? queryKey).map((each) => list(each).map((field) => strip(String(field))));
  if (fields.length === 0) throw new Unsupported([], '`fields` is missing');
  const history = seconds(whole, 'terms_window_size', 30 * 86_400);
  return fields.map((field) => ({
    suffix: fields.length > 1 ? ` (${field.join(', ')})` : '',
    type: 'new_value',
    groupBy: [],
    timespan: '1h',
    condition: {
      field: field.length > 1 ? field : field[0],
      history: `${history}s`,
      min_history: `${Math.min(history, 7 * 86_400)}s`,
    },
  }));
}

function timeframe(whole: ElastAlertRule['whole']): string {
  return span(whole, 'timeframe');
}

function minimum(key: string, value: number | undefined): Readonly<Record<string, number>> {
  return value === undefined ? {} : { [key]: value };
}
