// Boolean conditions over rules: `failed and (admin or root) and not approved`. `not` binds before `and`, `and` before
// `or`. They become a list of combinations, any of which is enough.

import type { Combination } from './correlation.ts';

type Expression =
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] };

export interface Parsed {
  readonly rules: readonly string[];
  readonly anyOf: readonly Combination[];
}

const longest = 4000;
const mostRules = 32;
const mostCombinations = 64;
const deepest = 32;

/** A text: what is wrong with it. */
export function parseExpression(text: string): Parsed | string {
  if (text.length > longest) return `is longer than ${longest} characters`;
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const isNext = (word: string): boolean => tokens[at]?.toLowerCase() === word;
  const list = (kind: 'and' | 'or', item: (depth: number) => Expression, depth: number): Expression => {
    const of = [item(depth)];
    for (; isNext(kind); of.push(item(depth))) at++;
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind, of };
  };
  const either = (depth: number): Expression => list('or', both, depth);
  const both = (depth: number): Expression => list('and', one, depth);
  const one = (depth: number): Expression => {
    if (depth > deepest) throw new SyntaxError('is nested too deeply');
    if (isNext('not')) {
      at++;
      return { kind: 'not', of: one(depth + 1) };
    }
    if (isNext('(')) {
      at++;
      const inner = either(depth + 1);
      if (!isNext(')')) throw new SyntaxError('a ( is not closed');
      at++;
      return inner;
    }
    const name = tokens[at++];
    if (name === undefined) throw new SyntaxError('ends where a rule is expected');
    if (/^(?:and|or|[()])$/i.test(name)) throw new SyntaxError(`expected a rule before \`${name}\``);
    return { kind: 'rule', name };
  };
  try {
    const expression = either(0);
    if (at < tokens.length) return `expected \`and\` or \`or\` before \`${String(tokens[at])}\``;
    const rules = [...new Set(namesIn(expression))];
    if (rules.length > mostRules) return `names more than ${mostRules} rules`;
    const anyOf = combinations(expression, false)
      .map(withoutRepeats)
      .filter((each) => !isContradiction(each));
    if (anyOf.length === 0) return 'can never be true';
    if (anyOf.some((each) => each.every(({ isAbsent }) => isAbsent))) {
      return 'can be true where no rule was seen; name one that must be, or use the type absence';
    }
    return { rules, anyOf };
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function namesIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'rule':
      return [expression.name];
    case 'not':
      return namesIn(expression.of);
    default:
      return expression.of.flatMap(namesIn);
  }
}

/** The disjunctive normal form. */
function combinations(expression: Expression, isNegated: boolean): readonly Combination[] {
  switch (expression.kind) {
    case 'rule':
      return [[{ rule: expression.name, isAbsent: isNegated }]];
    case 'not':
      return combinations(expression.of, !isNegated);
    default: {
      const each = expression.of.map((inner) => combinations(inner, isNegated));
      if ((expression.kind === 'or') !== isNegated) return bounded(each.flat());
      return each.reduce((before, next) => bounded(before.flatMap((a) => next.map((b) => [...a, ...b]))));
    }
  }
}

function bounded(anyOf: readonly Combination[]): readonly Combination[] {
  if (anyOf.length > mostCombinations) throw new SyntaxError(`has more than ${mostCombinations} ways to be true`);
  return anyOf;
}

function withoutRepeats(combination: Combination): Combination {
  return combination.filter(
    ({ rule, isAbsent }, at) =>
      combination.findIndex((other) => other.rule === rule && other.isAbsent === isAbsent) === at,
  );
}

function isContradiction(combination: Combination): boolean {
  return combination.some(
    ({ rule, isAbsent }) => isAbsent && combination.some((other) => other.rule === rule && !other.isAbsent),
  );
}
