// The condition of a watch as the rows of which it holds: the level of the aggregations at which it tests, and HAVING.
// https://www.elastic.co/docs/explore-analyze/alerts-cases/watcher/condition

import type { Path } from '../../core/document-text.ts';
import { isObject } from '../../core/object.ts';
import { parseScriptReference } from '../elasticsearch/aggregation.ts';
import { members } from '../elasticsearch/query.ts';
import { Unsupported } from '../import.ts';
import { type BinaryOperator, type Expression, ScriptProblem } from '../painless/ast.ts';
import { groupOf, memberOf } from './answer.ts';
import { isTrue, join, literal } from './combine.ts';
import type { Level } from './level.ts';
import { contextMember, scalarOf } from './scalar.ts';
import type { Outcome } from './script.ts';
import { type Group, isWithin, type SqlSymbol, type Symbol } from './symbol.ts';
import { outcomesOf, told, type WatchScope } from './watch-scope.ts';

export type WatchLevel = Level & { readonly isNever?: boolean };

const at: Expression = { kind: 'literal', offset: 0, value: null };
const operators = new Map<string, BinaryOperator>([
  ['eq', '=='],
  ['not_eq', '!='],
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
]);

export function watchCondition(condition: unknown, path: Path, scope: WatchScope): WatchLevel {
  const [kind = 'always', body] = Object.entries(members(condition ?? {}, path))[0] ?? [];
  const here = [...path, kind];
  switch (kind) {
    case 'always':
      return { groups: [] };
    case 'never':
      return { groups: [], isNever: true };
    case 'compare':
      return told('', here, () => levelOf(compared(members(body, here), here, scope), here, scope));
    case 'array_compare':
      return told('', here, () => levelOf(arrayCompared(members(body, here), here, scope), here, scope));
    case 'script':
      return told('', here, () =>
        levelOf(decided(outcomesOf(parseScriptReference(body, here), here, scope), here), here, scope),
      );
    default:
      throw new Unsupported(here, `a condition \`${kind}\` is not taken`);
  }
}

/** Where events are grouped, that there are any is told of each group. */
function singleTerms({ answers, payload }: WatchScope): Group | undefined {
  const all = payload.kind === 'map' ? payload.entries.get('aggregations') : undefined;
  const [only, ...more] = all?.kind === 'bucket' ? all.inside : [];
  return only?.kind === 'terms' && more.length === 0 ? groupOf(only, answers) : undefined;
}

function levelOf(symbol: Symbol, path: Path, scope: WatchScope): WatchLevel {
  if (symbol.kind === 'value') return { groups: [], isNever: !isTrue(symbol.value) };
  if (symbol.kind !== 'sql') throw new Unsupported(path, 'the condition holds of no row that can be told');
  const { groups = [], over, sql } = symbol;
  const single = groups.length === 0 && /^`events` >= 1$|^`events` > 0$/.test(sql) ? singleTerms(scope) : undefined;
  if (single !== undefined) return { groups: [single] };
  return { groups, ...(over !== undefined && { over }), ...(sql !== '1' && { having: sql }) };
}

function compared(body: Readonly<Record<string, unknown>>, path: Path, scope: WatchScope): Symbol {
  const tests = Object.entries(body).flatMap(([name, test]) =>
    Object.entries(members(test, [...path, name])).map(([operator, value]) =>
      tested(pathSymbol(name, scope), operator, value, [...path, name]),
    ),
  );
  const [first, ...rest] = tests;
  if (first === undefined) throw new Unsupported(path, 'expected something to compare');
  return rest.reduce((all, each) => join('&&', all, each, 0), first);

  function tested(left: Symbol, operator: string, value: unknown, where: Path): SqlSymbol {
    const sign = operators.get(operator);
    if (sign === undefined) throw new Unsupported(where, `\`${operator}\` is no comparison`);
    return join(sign, scalarOf(left, scope.answers, at), literal(numeric(value), at), 0);
  }
}

/** Of `"90"` in a template that was filled in, the number. */
function numeric(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
}

function arrayCompared(body: Readonly<Record<string, unknown>>, path: Path, scope: WatchScope): Symbol {
  const [name = '', test] = Object.entries(body)[0] ?? [];
  const { path: below = '', ...comparisons } = members(test, [...path, name]);
  const [operator = '', given] = Object.entries(comparisons)[0] ?? [];
  const sign = operators.get(operator);
  const { value, quantifier = 'some' } = isObject(given) ? given : { value: given };
  if (sign === undefined) throw new Unsupported([...path, name], 'expected a comparison');
  if (quantifier !== 'some') throw new Unsupported([...path, name], 'only the quantifier `some` is taken');
  const buckets = pathSymbol(name, scope);
  if (buckets.kind !== 'stream') throw new Unsupported([...path, name], 'expected a path to buckets');
  const left = String(below)
    .split('.')
    .filter((part) => part !== '')
    .reduce<Symbol>((of, part) => memberOf(of, part, scope.answers), buckets.item);
  return { ...join(sign, scalarOf(left, scope.answers, at), literal(numeric(value), at), 0), isSome: true };
}

function pathSymbol(path: string, scope: WatchScope): Symbol {
  const [first, second = '', ...rest] = path.split('.');
  if (first !== 'ctx') throw new ScriptProblem(0, `\`${path}\` does not begin with ctx`);
  return rest.reduce<Symbol>((of, name) => memberOf(of, name, scope.answers), contextMember(scope, second));
}

/** What a script says yes to. What it says no to before that has to be the absence of all buckets, or of the same row. */
function decided(outcomes: readonly Outcome[], path: Path): Symbol {
  const refused: SqlSymbol[] = [];
  const empty: Symbol[] = [];
  const fired: Symbol[] = [];
  for (const { when, value } of outcomes) {
    const isNo = value.kind === 'value' && !isTrue(value.value);
    if (isNo && when === undefined) break;
    if (isNo && when?.kind === 'empty') empty.push(when);
    else if (isNo && when?.kind === 'sql' && when.isSome !== true) refused.push(when);
    else if (isNo) throw new Unsupported(path, 'the script says no for a reason that is not taken');
    else {
      fired.push(fires(when, value));
      if (when === undefined) break;
    }
  }
  const [first, ...rest] = fired;
  if (first === undefined) return { kind: 'value', value: false };
  const any = rest.reduce<Symbol>((all, each) => {
    if (all.kind !== 'sql' || each.kind !== 'sql' || all.groups?.length !== each.groups?.length)
      throw new Unsupported(path, 'the script fires for rows of different levels');
    return join('||', all, each, 0);
  }, first);
  if (any.kind !== 'sql') return any;
  for (const each of empty) {
    if (each.kind === 'empty' && !isWithin(each.groups, any.groups ?? []))
      throw new Unsupported(path, 'the script asks for buckets that it does not test');
  }
  return refused.reduce((all, no) => join('&&', all, { ...no, sql: `NOT ifNull(${no.sql}, 0)` }, 0), any);
}

function fires(when: Symbol | undefined, value: Symbol): Symbol {
  if (when === undefined || (when.kind === 'value' && isTrue(when.value))) return value;
  if (when.kind !== 'sql') return when;
  if (value.kind === 'value') return isTrue(value.value) ? when : value;
  if (value.kind !== 'sql') throw new ScriptProblem(0, 'this condition is not taken');
  return join('&&', when, value, 0);
}
