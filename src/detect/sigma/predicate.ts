// Conditions as functions over a view. Equal questions to a field are one function, asked once per event.

import type { Condition, Match } from './ast.ts';
import { compareFields, compileText, compileValue } from './match.ts';
import { type ComparedText, plainText } from './text.ts';
import { createTextSet } from './text-set.ts';
import { someValue } from './value.ts';
import type { Slot, View } from './view.ts';

export type Predicate = () => boolean;

/** Gives the function for a condition; over the event that the view holds. */
export function createCompiler(view: View): (condition: Condition) => Predicate {
  const known = new Map<string, Predicate>();

  function compile(condition: Condition): Predicate {
    switch (condition.kind) {
      case 'and': {
        const of = condition.of.map(compile);
        return () => {
          for (const each of of) if (!each()) return false;
          return true;
        };
      }
      case 'or': {
        const of = joinTexts(condition.of);
        return () => {
          for (const each of of) if (each()) return true;
          return false;
        };
      }
      case 'not': {
        const of = compile(condition.of);
        return () => !of();
      }
      default:
        return leaf(condition);
    }
  }

  /** Of any number of conditions; those that ask one field for plain texts are one. */
  function joinTexts(conditions: readonly Condition[]): readonly Predicate[] {
    const groups = new Map<string, ComparedText[]>();
    const others: Condition[] = [];
    for (const condition of conditions) {
      const text = comparedText(condition);
      if (text === undefined || condition.kind !== 'field') others.push(condition);
      else groups.set(condition.field, [...(groups.get(condition.field) ?? []), text]);
    }
    const joined = [...groups].map(([field, texts]): Predicate => {
      const slot = view.slot(field);
      const test = createTextSet(texts);
      return once(() => slot.lowers().some(test), view);
    });
    return [...joined, ...others.map(compile)];
  }

  function leaf(condition: Extract<Condition, { kind: 'field' | 'keyword' }>): Predicate {
    const key = JSON.stringify(condition);
    const same = known.get(key);
    if (same !== undefined) return same;
    const slot = condition.kind === 'keyword' ? view.all : view.slot(condition.field);
    const made = once(ask(slot, condition.match), view);
    known.set(key, made);
    return made;
  }

  function ask(slot: Slot, match: Match): Predicate {
    switch (match.kind) {
      case 'null':
        return () => slot.value() === undefined || slot.value() === null;
      case 'exists':
        return () => (slot.value() !== undefined) === match.wanted;
      case 'fieldref': {
        const other = view.slot(match.other);
        const { how, cased } = match;
        return () =>
          someValue(slot.value(), (value) =>
            someValue(other.value(), (wanted) => compareFields(value, wanted, how, cased)),
          );
      }
      case 'text':
      case 'regex': {
        const test = compileText(match);
        return () => {
          const texts = slot.texts();
          const lowers = slot.lowers();
          for (let at = 0; at < texts.length; at++) if (test(texts[at] ?? '', lowers[at] ?? '')) return true;
          return false;
        };
      }
      default: {
        const test = compileValue(match);
        return () => someValue(slot.value(), test);
      }
    }
  }

  return compile;
}

function comparedText(condition: Condition): ComparedText | undefined {
  if (condition.kind !== 'field' || condition.match.kind !== 'text' || condition.match.cased) return undefined;
  const plain = plainText(condition.match);
  return plain?.how === 'anything' ? undefined : plain;
}

function once(predicate: Predicate, view: View): Predicate {
  let asked = 0;
  let answer = false;
  return () => {
    const number = view.number();
    if (asked !== number) {
      answer = predicate();
      asked = number;
    }
    return answer;
  };
}
