// The signals of a correlation, by group and in order of time.

import { caps, type Correlation, type CorrelationKind, type CorrelationSignal } from './correlation.ts';
import { createExcepted } from './exception.ts';
import { fieldText, tupleText, valueNumber } from './field.ts';

export interface Entry {
  readonly signal: CorrelationSignal;
  readonly time: number;
  /** Position of its rule among the correlation's rules. */
  readonly rule: number;
  /** What is counted distinct: the values of the condition's fields, the rule, or the event's row id. */
  readonly text: string;
  /** What is summed; 0 where nothing is. */
  readonly number: number;
}

export interface Group {
  readonly key: readonly string[];
  /** By time, those of one time in the order of the correlation's rules. */
  readonly entries: readonly Entry[];
}

export interface Groups {
  readonly groups: ReadonlyMap<string, Group>;
  readonly ignored: { group: number; field: number; over: number; excepted: number };
}

export function keyText(key: readonly string[]): string {
  return JSON.stringify(key);
}

/** The values of the group-by fields; undefined for a signal that takes no part. */
export function keyOf(correlation: Correlation, signal: CorrelationSignal): readonly string[] | undefined {
  const key = correlation.groupBy.map((field) => fieldText(correlation, signal, field));
  if (correlation.isMissingGrouped) return key.map((value) => value ?? '');
  return key.every((value) => value !== undefined) ? key : undefined;
}

/** Those with `reach` <= time < `to`; what came twice is taken once. Those before `from` are not counted as ignored: an
 *  earlier evaluation did. */
export function groupSignals(
  correlation: Correlation,
  signals: Iterable<CorrelationSignal>,
  {
    reach,
    from,
    to,
    timeOf,
  }: { reach: number; from: number; to: number; timeOf: (signal: CorrelationSignal) => number },
): Groups {
  const positions = new Map(correlation.rules.map((rule, position) => [rule, position] as const).toReversed());
  const ignored = { group: 0, field: 0, over: 0, excepted: 0 };
  const groups = new Map<string, { readonly key: readonly string[]; readonly entries: Entry[] }>();
  const { kind } = correlation;
  const isExcepted = createExcepted(correlation);
  for (const signal of signals) {
    const rule = positions.get(signal.detection);
    const time = timeOf(signal);
    if (rule === undefined || time < reach || time >= to) continue;
    const isNow = time < from ? 0 : 1;
    if (isExcepted(signal)) {
      ignored.excepted += isNow;
      continue;
    }
    const read = (field: string): string | undefined => fieldText(correlation, signal, field);
    const key = keyOf(correlation, signal);
    if (key === undefined) {
      ignored.group += isNow;
      continue;
    }
    const counted = countedOf(kind, read, signal);
    if (counted === undefined) {
      ignored.field += isNow;
      continue;
    }
    const text = keyText(key);
    let group = groups.get(text);
    if (group === undefined) {
      if (groups.size >= caps.groups) {
        ignored.over += isNow;
        continue;
      }
      group = { key, entries: [] };
      groups.set(text, group);
    }
    group.entries.push({ signal, time, rule, ...counted });
  }
  const isOfRules = kind.kind === 'temporal' || kind.kind === 'combination';
  return {
    groups: new Map(
      [...groups].map(([text, { key, entries }]) => [text, { key, entries: inOrder(entries, isOfRules) }]),
    ),
    ignored,
  };
}

function countedOf(
  kind: CorrelationKind,
  read: (field: string) => string | undefined,
  signal: CorrelationSignal,
): Pick<Entry, 'text' | 'number'> | undefined {
  switch (kind.kind) {
    case 'value_count':
    case 'new_value': {
      const text = tupleText(kind.fields.map(read));
      return text === undefined ? undefined : { text, number: 0 };
    }
    case 'value_sum':
    case 'value_avg':
    case 'value_percentile': {
      const number = valueNumber(read(kind.field));
      return number === undefined ? undefined : { text: signal.rowId, number };
    }
    case 'temporal':
      return { text: signal.detection, number: 0 };
    default:
      return { text: signal.rowId, number: 0 };
  }
}

/** An event that several rules matched is one entry, but where the rules are what counts. */
function inOrder(entries: Entry[], isOfRules: boolean): readonly Entry[] {
  entries.sort((a, b) => a.time - b.time || a.rule - b.rule || (a.signal.rowId < b.signal.rowId ? -1 : 1));
  let time = Number.NaN;
  const seen = new Set<string>();
  return entries.filter((entry) => {
    if (entry.time !== time) seen.clear();
    time = entry.time;
    const name = isOfRules ? `${entry.rule} ${entry.signal.rowId}` : entry.signal.rowId;
    return !seen.has(name) && seen.add(name).size > 0;
  });
}
