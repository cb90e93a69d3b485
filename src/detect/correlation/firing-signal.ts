// A firing as a signal: what alerts, people and further correlations see of it. Its event is the group's values with what
// was counted, so that a correlation of correlations finds fields in it.

import type { Signal } from '../../core/detection.ts';
import type { Json } from '../../core/event.ts';
import { limitText } from '../limit.ts';
import { fillIn } from '../template.ts';
import type { Correlation, CorrelationSignal, Episode, Firing } from './correlation.ts';
import { signalFields, valueText } from './field.ts';
import { parseRuleField } from './rule-field.ts';

/** `run` makes the row ids of an episode's signals differ; the same run gives the same again. */
export function signalOfFiring(correlation: Correlation, firing: Firing, run: number): Signal {
  const { detection, groupBy, siem } = correlation;
  const event = eventOf(correlation, firing);
  const times = { first: new Date(firing.first).toISOString(), last: new Date(firing.last).toISOString() };
  const own = signalFields({ ...event, ...times });
  const look = (field: string): Json | undefined => {
    const ofRule = parseRuleField(field, correlation.ruleNames.keys());
    if (ofRule === undefined) return own(field) ?? firing.sample?.fields(field);
    return firing.samples.get(correlation.ruleNames.get(ofRule.rule) ?? '')?.fields(ofRule.field);
  };
  const { title, key, context } = typeof siem.alert === 'object' ? siem.alert : {};
  // Two new values of one group are two alerts.
  const usual = correlation.kind.kind === 'new_value' ? [...firing.key, String(firing.value)] : firing.key;
  const values = key === undefined ? usual : key.map((field) => valueText(look(field)) ?? '');
  const dedup = limitText(values.join(', '));
  return {
    detection: detection.id,
    logType: '',
    rowId: `${firing.id}-${run}`,
    time: firing.time,
    title:
      title === undefined
        ? plainTitle(detection.displayName || detection.id, dedup)
        : fillIn(title, (field) => valueText(look(field))),
    dedup: dedup === '' ? detection.id : dedup,
    severity: detection.severity,
    context: {
      ...Object.fromEntries(groupBy.map((field, index) => [field, firing.key[index]])),
      ...Object.fromEntries((context ?? []).map((field) => [field, look(field)])),
      value: firing.value,
      count: firing.count,
      ...times,
      episode: firing.id,
      start: firing.start,
      key: firing.key,
      ...(firing.known !== undefined && { known: firing.known }),
      ...(firing.isApproximate && { approximate: true }),
      ...(firing.isEvidenceCapped && { evidenceCapped: true }),
      evidence: firing.evidence,
    },
    event: JSON.stringify(event),
  };
}

/** The episode that a stored signal of the correlation tells of. */
export function episodeOf({ kind }: Correlation, time: number, context: Readonly<Record<string, Json>>): Episode {
  const { episode, start, key, value } = context;
  return {
    id: valueText(episode) ?? '',
    key: Array.isArray(key) ? key.map(String) : [],
    start: Number(start),
    last: time,
    ...(kind.kind === 'new_value' && { value: valueText(value) ?? '' }),
  };
}

/** The signal as correlations of this one see it. */
export function asSignal({ detection, rowId, time, event, context }: Signal, received: number): CorrelationSignal {
  const fields = signalFields(JSON.parse(event) as Record<string, unknown>, context ?? {});
  return { detection, time, received, rowId, fields };
}

function eventOf({ groupBy }: Correlation, { key, value, count }: Firing): Record<string, Json> {
  return { ...Object.fromEntries(groupBy.map((field, index) => [field, key[index] ?? ''])), value, count };
}

function plainTitle(name: string, dedup: string): string {
  return limitText(dedup === '' ? name : `${name}: ${dedup}`);
}
