// A text field taken further apart: the first pattern that matches adds its fields and constants.

import type { Extract, Schema } from '../../core/schema.ts';
import { compileGrok } from '../grok.ts';
import { createCondition } from './condition.ts';
import type { Records, Slots } from './record.ts';

export function createExtract(
  extract: Extract,
  schema: Schema,
  slotOf: (name: string) => number,
): (records: Records, slots: Slots) => void {
  const from = slotOf(extract.from);
  const holds = extract.when === undefined ? undefined : createCondition(extract.when, slotOf);
  const definitions = {
    ...schema.patternDefinitions,
    ...(schema.parser.type === 'regex' ? schema.parser.patternDefinitions : {}),
  };
  const patterns = extract.patterns.map(({ match, set }) => {
    const { source, groups } = compileGrok([match], definitions);
    return {
      pattern: new RegExp(source),
      slots: groups.map((name) => (name === undefined ? -1 : slotOf(name))),
      set: Object.entries(set).map(([name, value]) => ({ slot: slotOf(name), value })),
    };
  });
  return (records, slots) => {
    if (holds !== undefined && !holds(records, slots)) return;
    const text = slots.text(from, records);
    if (text === undefined) return;
    for (const { pattern, slots: targets, set } of patterns) {
      const found = pattern.exec(text);
      if (found === null) continue;
      for (const { slot, value } of set) if (slot >= 0) slots.setSide(slot, value);
      const filled = new Set<number>();
      for (let group = 0; group < targets.length; group++) {
        const slot = targets[group] as number;
        const value = found[group + 1];
        if (slot < 0 || value === undefined || filled.has(slot)) continue;
        filled.add(slot);
        slots.setSide(slot, value);
      }
      return;
    }
  };
}
