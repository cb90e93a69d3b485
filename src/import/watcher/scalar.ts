// What the values of a script are in SQL: numbers, texts, lists, and the calls on them.

import { type Expression, ScriptProblem } from '../painless/ast.ts';
import { type Answers, call, fieldOfHit, now } from './answer.ts';
import { literal, meet } from './combine.ts';
import type { ScriptScope } from './script.ts';
import type { SqlSymbol, Symbol } from './symbol.ts';

/** Characters of one expression. */
const largest = 50_000;

export function contextMember(scope: Pick<ScriptScope, 'payload' | 'metadata'>, name: string): Symbol {
  switch (name) {
    case 'payload':
      return scope.payload;
    case 'metadata':
      return { kind: 'value', value: scope.metadata };
    case 'execution_time':
      return now;
    case 'trigger':
      return {
        kind: 'map',
        entries: new Map([
          ['triggered_time', now],
          ['scheduled_time', now],
        ]),
      };
    default:
      return { kind: 'unknown', why: `\`ctx.${name}\` is not taken` };
  }
}

export function condition(symbol: Symbol, at: Expression): Symbol {
  if (symbol.kind === 'unknown') throw new ScriptProblem(at.offset, symbol.why);
  if (symbol.kind === 'value' || symbol.kind === 'sql' || symbol.kind === 'empty') return symbol;
  throw new ScriptProblem(at.offset, 'expected a condition');
}

/** What a script makes of itself again and again would grow without end. */
export function bounded(symbol: Symbol, offset: number): Symbol {
  const size =
    symbol.kind === 'sql'
      ? symbol.sql.length
      : symbol.kind === 'text'
        ? symbol.parts.length * 100
        : symbol.kind === 'value' && typeof symbol.value === 'string'
          ? symbol.value.length
          : 0;
  if (size > largest) throw new ScriptProblem(offset, 'this becomes too long');
  return symbol;
}

export const groupsOf = ({ place, group }: Symbol & { kind: 'stream' }) => [...place.groups, group];

export function some(symbol: Symbol): Symbol {
  return symbol.kind === 'sql' ? { ...symbol, isSome: true } : symbol;
}

export function isText(...symbols: readonly Symbol[]): boolean {
  return symbols.some(
    (each) =>
      each.kind === 'text' ||
      each.kind === 'source' ||
      (each.kind === 'value' && typeof each.value === 'string') ||
      (each.kind === 'sql' && each.type === 'text'),
  );
}

export function partsOf(symbol: Symbol, offset: number): readonly (string | SqlSymbol)[] {
  if (symbol.kind === 'text') return symbol.parts;
  if (symbol.kind === 'value') return [String(symbol.value)];
  if (symbol.kind === 'sql') return [symbol];
  throw new ScriptProblem(offset, 'this is no text');
}

export function scalarOf(symbol: Symbol, answers: Answers, at: Expression): SqlSymbol {
  switch (symbol.kind) {
    case 'sql':
      return symbol;
    case 'value':
      return literal(symbol.value, at);
    case 'source':
      return fieldOfHit(symbol, answers);
    case 'text': {
      const parts = symbol.parts.map((part) => (typeof part === 'string' ? literal(part, at) : part));
      const about = parts.reduce((all, part) => ({ ...all, ...meet(all, part, at.offset) }), literal('', at));
      const texts = parts.map(({ sql, groups }, i) =>
        groups === undefined && typeof symbol.parts[i] === 'string' ? sql : `ifNull(toString(${sql}), '')`,
      );
      return { ...about, sql: texts.length === 1 ? (texts[0] ?? '') : `concat(${texts.join(', ')})`, type: 'text' };
    }
    case 'size': {
      const { place, group, having } = symbol.of;
      if (having !== undefined) break;
      const sql = call('uniqExact', [group.sql], place);
      return answers.levels.column(`${group.alias}_count`, sql, { type: 'number', groups: place.groups });
    }
    case 'unknown':
      throw new ScriptProblem(at.offset, symbol.why);
    default:
  }
  throw new ScriptProblem(at.offset, 'expected a number or a text');
}

export const mathCalls = new Map([
  ['round', 'round'],
  ['abs', 'abs'],
  ['floor', 'floor'],
  ['ceil', 'ceil'],
  ['sqrt', 'sqrt'],
  ['min', 'least'],
  ['max', 'greatest'],
]);

interface TextCall {
  readonly sql: (of: string, first?: string, second?: string) => string;
  readonly type: SqlSymbol['type'];
}

export const textCalls = new Map<string, TextCall>([
  ['toString', { sql: (of) => `toString(${of})`, type: 'text' }],
  ['toLowerCase', { sql: (of) => `lowerUTF8(${of})`, type: 'text' }],
  ['toUpperCase', { sql: (of) => `upperUTF8(${of})`, type: 'text' }],
  ['trim', { sql: (of) => `trimBoth(${of})`, type: 'text' }],
  ['length', { sql: (of) => `lengthUTF8(${of})`, type: 'number' }],
  ['replace', { sql: (of, from = "''", to = "''") => `replaceAll(${of}, ${from}, ${to})`, type: 'text' }],
  ['contains', { sql: (of, part = "''") => `position(${of}, ${part}) > 0`, type: 'boolean' }],
  ['startsWith', { sql: (of, part = "''") => `startsWith(${of}, ${part})`, type: 'boolean' }],
  ['endsWith', { sql: (of, part = "''") => `endsWith(${of}, ${part})`, type: 'boolean' }],
  ['equals', { sql: (of, other = "''") => `${of} = ${other}`, type: 'boolean' }],
  ['indexOf', { sql: (of, part = "''") => `position(${of}, ${part}) - 1`, type: 'number' }],
  [
    'substring',
    {
      sql: (of, from = '0', to) => `substringUTF8(${of}, ${from} + 1${to === undefined ? '' : `, ${to} - ${from}`})`,
      type: 'text',
    },
  ],
]);
