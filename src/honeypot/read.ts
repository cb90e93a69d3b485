// Lines of cowrie.json, of any version, as events. Cowrie writes one JSON object a line; what attackers typed is in it.

import type { Json } from '../core/event.ts';
import type { CowrieEvent } from './session.ts';

/** undefined for a line that is no event of Cowrie. NUL characters, which old versions let through, are left out. */
export function readCowrieLine(line: string): CowrieEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = value as Readonly<Record<string, Json | undefined>>;
  const { eventid, timestamp } = fields;
  if (typeof eventid !== 'string' || typeof timestamp !== 'string') return undefined;
  const time = timeOf(timestamp);
  if (Number.isNaN(time)) return undefined;
  return { ...fields, eventid, timestamp, time, session: textOf(fields['session']) };
}

/** Text of a field, without NUL; '' where it has none. */
export function textOf(value: Json | undefined): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.replaceAll('\0', '') : '';
}

export function numberOf(value: Json | undefined): number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : Number.NaN;
}

/** `...Z`, or an offset without a colon (`-0500`) where the honeypot's clock is not UTC; without either it is UTC. */
function timeOf(text: string): number {
  const [, time, zone = 'Z'] = /^(\d{4}-\d\d-\d\d[T ][\d:.]{5,20})(Z|[+-]\d\d:?\d\d)?$/i.exec(text) ?? [];
  return time === undefined ? Number.NaN : Date.parse(`${time}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`);
}
