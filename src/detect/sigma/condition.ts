// The `condition` of a rule: `selection and not 1 of filter_*`. (Specification 2.1.0, "Condition".)

import { closest } from '../../core/closest.ts';
import type { Condition } from './ast.ts';
import { allOf, anyOf } from './connect.ts';

export type ConditionText = { readonly condition: Condition } | { readonly problem: string };

const deepest = 100;
const mostCombinations = 1000;
/** Old rules' way to count, removed from Sigma. */
const aggregation = 'an aggregation after `|` is no longer Sigma: write a correlation';

class Refusal extends Error {}
function refuse(reason: string): never {
  throw new Refusal(reason);
}

export function parseCondition(text: string, selections: ReadonlyMap<string, Condition>): ConditionText {
  try {
    return { condition: read(text, selections) };
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.message };
    throw error;
  }
}

/** Precedence: or, and, not, `x of`. Key words in any case; `them` leaves out names that begin with `_`. */
function read(text: string, selections: ReadonlyMap<string, Condition>): Condition {
  if (text.length > 10_000) refuse('is longer than 10,000 characters');
  if (text.includes('|')) refuse(aggregation);
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const word = (): string => (tokens[at] ?? '').toLowerCase();

  function or(depth: number): Condition {
    if (depth > deepest) refuse('is nested too deeply');
    const of = [and(depth)];
    while (word() === 'or') {
      at++;
      of.push(and(depth));
    }
    return anyOf(of);
  }

  function and(depth: number): Condition {
    const of = [not(depth)];
    while (word() === 'and') {
      at++;
      of.push(not(depth));
    }
    return allOf(of);
  }

  function not(depth: number): Condition {
    if (word() !== 'not') return single(depth);
    if (depth > deepest) refuse('is nested too deeply');
    at++;
    return { kind: 'not', of: not(depth + 1) };
  }

  function single(depth: number): Condition {
    const token = tokens[at];
    if (token === undefined) return refuse('ends where a selection is expected');
    if (token === ')' || ['and', 'or', 'of', 'near'].includes(word())) {
      return refuse(`a selection is expected, not \`${token}\``);
    }
    at++;
    if (token === '(') {
      const inner = or(depth + 1);
      if (tokens[at] !== ')') refuse('has a ( without its )');
      at++;
      return inner;
    }
    if (/^(?:\d{1,6}|any|all)$/i.test(token) && word() === 'of' && tokens[at + 1] !== undefined) {
      at++;
      const pattern = tokens[at++] ?? '';
      return quantified(token.toLowerCase(), pattern, selections);
    }
    const selection = selections.get(token);
    if (selection !== undefined) return selection;
    const near = closest(token, [...selections.keys()]);
    return refuse(`there is no selection \`${token}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`);
  }

  if (tokens.length === 0) refuse('is empty');
  const whole = or(0);
  const rest = tokens[at];
  if (rest !== undefined)
    refuse(rest === ')' ? 'has a ) without its (' : `\`and\` or \`or\` is expected before \`${rest}\``);
  return whole;
}

function quantified(quantity: string, pattern: string, selections: ReadonlyMap<string, Condition>): Condition {
  const names = [...selections.keys()].filter((name) =>
    pattern.toLowerCase() === 'them' ? !name.startsWith('_') : fits(name, pattern),
  );
  if (names.length === 0) refuse(`no selection's name fits \`${pattern}\``);
  const of = names.flatMap((name) => selections.get(name) ?? []);
  if (quantity === 'all') return allOf(of);
  const count = quantity === 'any' ? 1 : Number(quantity);
  if (count < 1 || count > of.length) refuse(`\`${quantity} of ${pattern}\`: there are ${of.length}`);
  if (count === 1) return anyOf(of);
  return anyOf(combinations(of, count, pattern).map(allOf));
}

function combinations(of: readonly Condition[], count: number, pattern: string): readonly Condition[][] {
  let chosen: Condition[][] = [[]];
  for (const [index, condition] of of.entries()) {
    const left = of.length - index - 1;
    chosen = chosen.flatMap((some) => [
      ...(some.length < count ? [[...some, condition]] : []),
      ...(some.length + left >= count ? [some] : []),
    ]);
    if (chosen.length > mostCombinations)
      refuse(`\`${count} of ${pattern}\` has more than ${mostCombinations} combinations`);
  }
  return chosen;
}

/** `*` stands for any run; linear. */
function fits(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return name === pattern;
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let from = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
