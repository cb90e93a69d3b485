// How a TypeScript rule asks a lookup table for a value that is in no selector. Who runs the rules answers; authors import
// `lookup` as `tocsin`. It imports nothing of ours but types.

import type { Event, Json } from '../core/event.ts';
import type { EnrichmentRow } from './enrichment.ts';

/** `time`: epoch ms. */
export type FindRow = (table: string, key: string, time: number) => EnrichmentRow | undefined;

/** A rule's test says in this field of its event what tables have: `{ table: { key: row } }`. */
const mockField = '_mocked_lookup_data_';

let findRow: FindRow = () => undefined;

/** Of this thread, from now on. */
export function answerLookups(find: FindRow): void {
  findRow = find;
}

/** What the table has for the key at the event's time; undefined where it has nothing, and where there is no such table. */
export function lookup(event: Pick<Event, 'p_event_time'>, table: string, key: string): EnrichmentRow | undefined {
  return findRow(table, key, Date.parse(`${event.p_event_time.replace(' ', 'T')}Z`));
}

/** For the tests of rules: answers as the test's event says. */
export function answerFromMock(event: Readonly<Record<string, unknown>>): void {
  const mocked = event[mockField];
  answerLookups((table, key) => {
    const row = memberOf(memberOf(mocked, table), key);
    return isRow(row) ? row : undefined;
  });
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function isRow(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
