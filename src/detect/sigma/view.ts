// The event in hand as conditions read it: each value is looked up once, and put in lower case once.

import type { Event } from '../../core/event.ts';
import type { Schema } from '../../core/schema.ts';
import { type Place, placesOf } from './place.ts';
import { addTexts, foldCase, textOf } from './value.ts';

/** A field of the event in hand. */
export interface Slot {
  /** undefined where it is absent. */
  value(): unknown;
  /** The texts of the value, or of a list's values, and the same in lower case. */
  texts(): readonly string[];
  lowers(): readonly string[];
}

export interface View {
  hold(event: Event): void;
  /** Counts the events, from 1. */
  readonly number: () => number;
  /** By the rule's name for it. */
  slot(field: string): Slot;
  /** All values of the event but those of `p_` fields. */
  readonly all: Slot;
}

const none: readonly string[] = [];

export function createView(schema: Schema): View {
  let event: Event | undefined;
  let number = 0;
  const slots = new Map<string, Slot>();

  function createSlot(read: (event: Event) => unknown): Slot {
    let [valueOf, textsOf, lowersOf] = [0, 0, 0];
    let value: unknown;
    let texts = none;
    let lowers = none;
    // Nearly all values are one text: for those no list is made anew.
    const oneText = [''];
    const oneLower = [''];
    const slot: Slot = {
      value() {
        if (valueOf !== number) {
          value = event === undefined ? undefined : read(event);
          valueOf = number;
        }
        return value;
      },
      texts() {
        if (textsOf !== number) {
          const held = slot.value();
          if (typeof held === 'string') {
            oneText[0] = held;
            texts = oneText;
          } else texts = textsOfValue(held);
          textsOf = number;
        }
        return texts;
      },
      lowers() {
        if (lowersOf !== number) {
          const own = slot.texts();
          if (own.length === 1) {
            oneLower[0] = foldCase(own[0] as string);
            lowers = oneLower;
          } else lowers = own.length === 0 ? none : own.map(foldCase);
          lowersOf = number;
        }
        return lowers;
      },
    };
    return slot;
  }

  return {
    hold(next) {
      event = next;
      number++;
    },
    number: () => number,
    slot(field) {
      const known = slots.get(field);
      if (known !== undefined) return known;
      const slot = createSlot(createReader(placesOf(field, schema)));
      slots.set(field, slot);
      return slot;
    },
    all: createSlot((held) => {
      const texts: string[] = [];
      // Much faster than Object.entries; events are made by us and inherit nothing that is enumerated.
      for (const name in held) {
        const value = held[name];
        if (value !== undefined && !name.startsWith('p_')) addTexts(value, texts);
      }
      return texts;
    }),
  };
}

function textsOfValue(value: unknown): readonly string[] {
  if (value === undefined || value === null) return none;
  if (!Array.isArray(value)) return [textOf(value) ?? ''];
  const list: readonly unknown[] = value;
  return isTexts(list) ? list : list.flatMap(textsOfValue);
}

function isTexts(list: readonly unknown[]): list is readonly string[] {
  return list.every((each) => typeof each === 'string');
}

/** Reads the first of the places that has a value. */
function createReader(places: readonly Place[]): (event: Event) => unknown {
  const [first, ...others] = places.map(createPlaceReader);
  if (first === undefined) return () => undefined;
  if (others.length === 0) return first;
  return (event) => {
    const value = first(event);
    if (value !== undefined) return value;
    for (const read of others) {
      const other = read(event);
      if (other !== undefined) return other;
    }
    return undefined;
  };
}

/** As `p_ecs` would be, without making all of it. */
function createPlaceReader(place: Place): (event: Event) => unknown {
  switch (place.kind) {
    case 'field':
      return (event) => event[place.name];
    case 'constant':
      return () => place.value;
    case 'ecs': {
      const { field, values } = place;
      if (values === undefined) return (event) => event[field];
      return (event) => {
        const value = event[field];
        // As the event's own `p_ecs`: a number is looked up as its text.
        const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
        return typeof text === 'string' && Object.hasOwn(values, text) ? values[text] : value;
      };
    }
    default: {
      const { field, keys } = place;
      return (event) => {
        const top = event[field];
        return top === undefined ? undefined : below(top, keys, 0);
      };
    }
  }
}

/** Through a list: what its values have, as a list. */
function below(value: unknown, keys: readonly string[], from: number): unknown {
  const key = keys[from];
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value) && key !== '*') {
    return Object.hasOwn(value, key) ? below((value as Record<string, unknown>)[key], keys, from + 1) : undefined;
  }
  const next = key === '*' ? from + 1 : from;
  const found = Object.values(value).flatMap((each: unknown) => below(each, keys, next) ?? []);
  return found.length === 0 ? undefined : found.length === 1 ? found[0] : found;
}
