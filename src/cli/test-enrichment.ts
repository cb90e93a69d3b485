// `tocsin test --enrich`: the workspace's lookup tables as tests of rules are given them, joined as the line joins them.

import type { Json } from '../core/event.ts';
import type { Schema } from '../core/schema.ts';
import type { TestEvent, TestTables } from '../detect/test-tables.ts';
import { createJoin } from '../lookup/join.ts';
import type { LookupTable } from '../lookup/table.ts';
import { createMadeEventReader } from './made-event.ts';

/** `now`, epoch ms, is the time of events that do not say theirs. */
export function createTestTables(tables: readonly LookupTable[], schemas: readonly Schema[], now: number): TestTables {
  const join = createByLogType((logType) => {
    const reader = createMadeEventReader(schemas.find(({ name }) => name === logType));
    const current = tables.map((table) => ({ table }));
    return { reader, enrich: createJoin(current, logType, (selector) => reader.select(selector)) };
  });
  return {
    enrich(event, logType) {
      const { reader, enrich } = join(logType);
      if (enrich === undefined) return { enrichment: {}, misfits: [] };
      const misfits = reader.read(event);
      return { enrichment: enrich(timeOf(event, now))?.enrichment ?? {}, misfits };
    },
    find: (event, table, key): Json | undefined =>
      tables.find(({ name }) => name === table)?.find(key, timeOf(event, now)),
  };
}

function createByLogType<T>(create: (logType: string) => T): (logType: string) => T {
  const made = new Map<string, T>();
  return (logType) => {
    const known = made.get(logType) ?? create(logType);
    made.set(logType, known);
    return known;
  };
}

/** Of `p_event_time`, as events have it or with a zone; UTC where it says none. */
function timeOf(event: TestEvent, now: number): number {
  const { p_event_time: text } = event;
  if (typeof text !== 'string') return now;
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(time) ? now : time;
}
