// The Mustache of a watch: what is known at import is filled in, and what only the rows know becomes `{{column}}`.
// https://mustache.github.io/mustache.5.html; `toJson`, `join` and `url` are Elasticsearch's own and are not taken.

import { quoteForeignText } from '../elasticsearch/quote.ts';
import { type Expression, ScriptProblem } from '../painless/ast.ts';
import { type Answers, call, memberOf } from './answer.ts';
import { contextMember, scalarOf } from './scalar.ts';
import type { SqlSymbol, Symbol } from './symbol.ts';

export type Part = string | SqlSymbol;

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'section'; readonly name: string; readonly inverted: boolean; readonly inside: readonly Node[] };

interface Scope {
  readonly answers: Answers;
  readonly payload: Symbol;
  readonly metadata: unknown;
  readonly budget: { left: number };
}

const at: Expression = { kind: 'literal', offset: 0, value: null };
const longest = 20_000;
/** Sections within sections multiply. */
const mostParts = 10_000;

export function renderTemplate(template: string, scope: Omit<Scope, 'budget'>): readonly Part[] {
  if (template.length > longest) throw new ScriptProblem(0, 'the template is too long');
  return merged(render(parse(template), [], { ...scope, budget: { left: mostParts } }));
}

function parse(template: string): readonly Node[] {
  const open: { name: string; inverted: boolean; inside: Node[] }[] = [{ name: '', inverted: false, inside: [] }];
  let last = 0;
  const add = (node: Node): void => void open.at(-1)?.inside.push(node);
  for (const found of template.matchAll(/\{\{\{?\s*([#^/&!]?)\s*([^{}]*?)\s*\}?\}\}/g)) {
    if (found.index > last) add({ kind: 'text', text: template.slice(last, found.index) });
    last = found.index + found[0].length;
    const [, sign, name = ''] = found;
    if (sign === '!') continue;
    if (/^(?:toJson|join|url)\b/.test(name)) throw new ScriptProblem(found.index, `{{#${name}}} is not taken`);
    if (sign === '#' || sign === '^') open.push({ name, inverted: sign === '^', inside: [] });
    else if (sign === '/') {
      const closed = open.length > 1 ? open.pop() : undefined;
      if (closed?.name !== name) throw new ScriptProblem(found.index, `{{/${name}}} ends nothing that is open`);
      add({ ...closed, kind: 'section' });
    } else add({ kind: 'name', name });
  }
  if (open.length > 1) throw new ScriptProblem(last, `{{#${open.at(-1)?.name ?? ''}}} has no end`);
  add({ kind: 'text', text: template.slice(last) });
  return open[0]?.inside ?? [];
}

function render(nodes: readonly Node[], around: readonly Symbol[], scope: Scope): Part[] {
  return nodes.flatMap((node): Part[] => {
    if (--scope.budget.left < 0) throw new ScriptProblem(0, 'the template becomes too long');
    if (node.kind === 'text') return [node.text];
    const found = find(node.name, around, scope);
    return node.kind === 'name' ? shown(found, scope) : section(node, found, around, scope);
  });
}

function find(name: string, around: readonly Symbol[], scope: Scope): Symbol {
  if (name === '.') return around.at(-1) ?? { kind: 'value', value: '' };
  const [first = '', ...rest] = name.split('.');
  if (first === 'ctx') {
    const [second = '', ...below] = rest;
    return walk(contextMember(scope, second), below, scope);
  }
  for (const item of around.toReversed()) {
    const found = walk(item, [first, ...rest], scope);
    if (found.kind !== 'value' || (found.value !== null && found.value !== undefined)) return found;
  }
  return { kind: 'value', value: '' };
}

function walk(from: Symbol, names: readonly string[], { answers }: Scope): Symbol {
  return names.reduce<Symbol>((of, name) => memberOf(of, name, answers), from);
}

function shown(symbol: Symbol, { answers }: Scope): Part[] {
  if (symbol.kind === 'text') return [...symbol.parts];
  if (symbol.kind === 'value') {
    const { value } = symbol;
    return [value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)];
  }
  if (symbol.kind === 'sql' && symbol.type === 'list') return [listText(symbol, 'toString(each)', ', ')];
  return [scalarOf(symbol, answers, at)];
}

function section(node: Node & { kind: 'section' }, found: Symbol, around: readonly Symbol[], scope: Scope): Part[] {
  const inside = (item: Symbol): Part[] => render(node.inside, [...around, item], scope);
  if (found.kind === 'value') {
    const { value } = found;
    const isThere = value !== null && value !== undefined && value !== false && value !== '';
    return isThere !== node.inverted ? inside(found) : [];
  }
  // Each row has its own alert, so what follows the one is not said.
  if (node.inverted) return [];
  switch (found.kind) {
    case 'stream':
      return trimmed(inside(found.item));
    case 'list':
      return found.items.flatMap(inside);
    case 'hitlist': {
      const each = textOf(inside({ kind: 'hit', place: found.place, each: true }), scope);
      const all = call('groupArray(10)', [each.sql], found.place);
      const sql = `arrayStringConcat(${all}, '')`;
      return [scope.answers.levels.column('hits', sql, { type: 'text', groups: found.place.groups })];
    }
    case 'sql': {
      if (found.type !== 'list') return inside(found);
      const each = textOf(trimmed(inside({ kind: 'sql', sql: 'each', type: 'text' })), scope);
      return [listText(found, each.sql, ', ')];
    }
    default:
      return inside(found);
  }
}

function listText(list: SqlSymbol, each: string, separator: string): SqlSymbol {
  return {
    ...list,
    sql: `arrayStringConcat(arrayMap(each -> ${each}, ${list.sql}), ${quoteForeignText(separator)})`,
    type: 'text',
  };
}

/** What separates one from the next. */
function trimmed(parts: readonly Part[]): Part[] {
  const all = [...parts];
  const last = all.at(-1);
  if (typeof last === 'string') all[all.length - 1] = last.replace(/[\s:,;]+$/, '');
  return all;
}

function textOf(parts: readonly Part[], { answers }: Scope): SqlSymbol {
  return scalarOf({ kind: 'text', parts }, answers, at);
}

function merged(parts: readonly Part[]): Part[] {
  const all: Part[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === 'string' && typeof last === 'string') all[all.length - 1] = last + part;
    else if (part !== '') all.push(part);
  }
  return all;
}
