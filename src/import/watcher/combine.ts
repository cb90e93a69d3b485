// Two expressions made into one: it belongs to the deeper of their levels, and there is none where they do not meet.

import { quoteNumber, quoteForeignText } from '../elasticsearch/quote.ts';
import type { BinaryOperator, Expression } from '../painless/ast.ts';
import { ScriptProblem } from '../painless/ast.ts';
import { type Group, isWithin, type ScalarType, type SqlSymbol } from './symbol.ts';

export function literal(value: unknown, place: Expression): SqlSymbol {
  if (typeof value === 'number') return { kind: 'sql', sql: quoteNumber(value), type: 'number' };
  if (typeof value === 'string') return { kind: 'sql', sql: quoteForeignText(value), type: 'text' };
  if (typeof value === 'boolean') return { kind: 'sql', sql: value ? '1' : '0', type: 'boolean' };
  if (value === null || value === undefined) return { kind: 'sql', sql: 'NULL', type: 'text' };
  throw new ScriptProblem(place.offset, 'a list or a map where a number or a text is needed');
}

/** The level of both, and what else holds of what is made of them. */
export function meet(a: SqlSymbol, b: SqlSymbol, offset: number): Omit<SqlSymbol, 'kind' | 'sql' | 'type'> {
  const [outer, inner] = (a.groups?.length ?? -1) <= (b.groups?.length ?? -1) ? [a, b] : [b, a];
  const meets =
    outer.groups === undefined ||
    (inner.groups !== undefined &&
      isWithin(outer.groups, inner.groups) &&
      (outer.isKey === true || outer.groups.length === inner.groups.length));
  if (!meets) throw new ScriptProblem(offset, 'numbers of different levels of the aggregations are compared');
  const groups: readonly Group[] | undefined = inner.groups;
  if (a.over !== b.over && !fixed(a) && !fixed(b))
    throw new ScriptProblem(offset, 'numbers of a bucket and of a series within it are compared');
  const over = fixed(a) ? b.over : a.over;
  const isKey = fixed(a) && fixed(b);
  return {
    ...(groups !== undefined && { groups }),
    ...(isKey && groups !== undefined && { isKey }),
    ...((a.isSome === true || b.isSome === true) && { isSome: true }),
    ...(over !== undefined && { over }),
  };
}

function fixed(symbol: SqlSymbol): boolean {
  return symbol.groups === undefined || symbol.isKey === true;
}

const signs: Readonly<Record<BinaryOperator, string>> = {
  '==': '=',
  '!=': '!=',
  '&&': 'AND',
  '||': 'OR',
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '%': '%',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

export function join(operator: BinaryOperator, a: SqlSymbol, b: SqlSymbol, offset: number): SqlSymbol {
  const about = meet(a, b, offset);
  const type: ScalarType = /^[-+*/%]$/.test(operator) ? 'number' : 'boolean';
  if (operator === '&&' && (a.sql === '1' || b.sql === '1'))
    return { ...about, kind: 'sql', type, sql: a.sql === '1' ? b.sql : a.sql };
  if (operator === '==' || operator === '!=') {
    const none = a.sql === 'NULL' ? b : b.sql === 'NULL' ? a : undefined;
    if (none !== undefined)
      return { ...about, kind: 'sql', type, sql: `${operator === '==' ? 'isNull' : 'isNotNull'}(${none.sql})` };
  }
  return { ...about, kind: 'sql', type, sql: `${operand(a)} ${signs[operator]} ${operand(b)}` };
}

function operand({ sql }: SqlSymbol): string {
  return / (?:AND|OR|=|!=|<|<=|>|>=|[-+*/%]) /.test(sql) && !/^\w*\([^()]*\)$/.test(sql) ? `(${sql})` : sql;
}

/** What is true of a value in a condition. */
export function isTrue(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

/** Numbers are told from texts by their own kind, and other values by being equal. */
export function compute(operator: BinaryOperator, a: unknown, b: unknown): unknown {
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if (operator === '+' && (typeof a === 'string' || typeof b === 'string')) return `${String(a)}${String(b)}`;
  const [x, y] = [Number(a), Number(b)];
  switch (operator) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case '/':
      return y === 0 ? null : x / y;
    case '%':
      return y === 0 ? null : x % y;
    case '<':
      return x < y;
    case '<=':
      return x <= y;
    case '>':
      return x > y;
    case '>=':
      return x >= y;
    default:
      return null;
  }
}
