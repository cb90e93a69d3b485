// What a Sigma rule says about one match: title, dedup string and context, as its `siem` block asks for.

import type { Detection, Signal } from '../../core/detection.ts';
import type { Json } from '../../core/event.ts';
import { limits, limitText } from '../limit.ts';
import { fillIn } from '../template.ts';
import type { EventFacts } from '../typescript-match.ts';
import type { SigmaRule } from './rule.ts';
import { textOf } from './value.ts';

/** What the event in hand has under a rule's name for it. */
export type Look = (field: string) => unknown;

export function describeSigmaMatch(rule: SigmaRule, detection: Detection, look: Look, facts: EventFacts): Signal {
  const { alert } = rule.siem;
  const wanted = typeof alert === 'object' ? alert : undefined;
  const title =
    wanted?.title === undefined
      ? limitText(detection.displayName)
      : fillIn(wanted.title, (field) => shown(look(field)));
  const dedup = wanted?.key === undefined ? title : limitText(wanted.key.map((field) => shown(look(field))).join(', '));
  const context = contextOf(wanted?.context ?? rule.fields, look);
  return {
    detection: detection.id,
    logType: facts.logType,
    rowId: facts.rowId,
    time: facts.time,
    title,
    dedup: dedup === '' ? title : dedup,
    severity: detection.severity,
    ...(Object.keys(context).length > 0 && { context }),
    event: facts.text,
  };
}

function shown(value: unknown): string {
  const text = Array.isArray(value)
    ? value.map((each: unknown) => textOf(each) ?? '').join(', ')
    : (textOf(value) ?? '');
  return text.slice(0, limits.text);
}

/** Values as long as the limit of a signal's context allows; those after it are left out. */
function contextOf(fields: readonly string[], look: Look): Record<string, Json> {
  const context: Record<string, Json> = {};
  let size = 0;
  for (const field of fields) {
    const value = look(field);
    if (value === undefined || value === null || field === '__proto__') continue;
    const text = JSON.stringify(value);
    size += text.length + field.length + 4;
    if (size > limits.context) break;
    context[field] = JSON.parse(text) as Json;
  }
  return context;
}
