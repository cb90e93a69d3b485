// A condition on fields of the record in hand, before they are decoded: each named field has one of the values.

import type { FieldCondition } from '../../core/schema.ts';
import type { Records, Slots } from './record.ts';

/** An absent field counts as ''. */
export function createCondition(
  when: FieldCondition,
  slotOf: (name: string) => number,
): (records: Records, slots: Slots) => boolean {
  const tests = Object.entries(when).map(([name, values]) => ({ slot: slotOf(name), values: new Set(values) }));
  return (records, slots) =>
    tests.every(({ slot, values }) => values.has((slot < 0 ? undefined : slots.text(slot, records)) ?? ''));
}
