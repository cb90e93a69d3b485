// Text fields taken further apart, one extract after the other: the first pattern that matches adds its fields and constants.

import type { Extract, FieldCondition, Schema } from '../../core/schema.ts';
import { compileGrok } from '../grok.ts';
import { createCondition } from './condition.ts';
import type { Records, Slots } from './record.ts';

type Step = (records: Records, slots: Slots) => void;

/** All of a schema, in their order. */
export function createExtracts(schema: Schema, slotOf: (name: string) => number): Step {
  const extracts = schema.extract.map((extract) => ({ extract, ...createExtract(extract, schema, slotOf) }));
  const set = new Set(extracts.flatMap(({ sets }) => sets));
  const kind = kindField(
    schema.extract.map(({ when = {} }) => when),
    (name) => !set.has(slotOf(name)),
  );
  if (kind === undefined) return inTurn(extracts.map(({ step }) => step));
  // Of one kind of events few are asked: they are found by the kind.
  const stepsOf = (value?: string): Step => {
    const asked = extracts.filter(({ extract: { when } }) => {
      const values = when?.[kind];
      return values === undefined || (value !== undefined && values.includes(value));
    });
    return inTurn(asked.map(({ step }) => step));
  };
  const values = new Set(schema.extract.flatMap(({ when }) => when?.[kind] ?? []));
  const byValue = new Map([...values].map((value) => [value, stepsOf(value)]));
  const others = stepsOf();
  const slot = slotOf(kind);
  return (records, slots) => {
    const value = slot < 0 ? undefined : slots.text(slot, records);
    (byValue.get(value ?? '') ?? others)(records, slots);
  };
}

function inTurn(steps: readonly Step[]): Step {
  return (records, slots) => {
    for (const step of steps) step(records, slots);
  };
}

/** The field that most conditions ask for, of those that no extract sets. */
function kindField(conditions: readonly FieldCondition[], isFixed: (name: string) => boolean): string | undefined {
  const uses = new Map<string, number>();
  for (const name of conditions.flatMap(Object.keys)) if (isFixed(name)) uses.set(name, (uses.get(name) ?? 0) + 1);
  return [...uses].toSorted(([, one], [, other]) => other - one)[0]?.[0];
}

function createExtract(
  extract: Extract,
  schema: Schema,
  slotOf: (name: string) => number,
): { readonly step: Step; readonly sets: readonly number[] } {
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
  const step: Step = (records, slots) => {
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
  return { step, sets: patterns.flatMap((each) => [...each.slots, ...each.set.map(({ slot }) => slot)]) };
}
