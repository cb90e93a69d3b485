// A script of a watch, gone through once for all answers that there can be: what it returns becomes expressions of SQL,
// with the rows of which they hold. Loops over buckets become GROUP BY, what is tested within them HAVING. A script that
// does more than that is a ScriptProblem; nothing of it is guessed.

import { type Expression, ScriptProblem, type Statement } from '../painless/ast.ts';
import { type Answers, call, memberOf } from './answer.ts';
import { compute, isTrue, join, literal, meet } from './combine.ts';
import {
  bounded,
  condition,
  contextMember,
  groupsOf,
  isText,
  mathCalls,
  partsOf,
  scalarOf,
  some,
  textCalls,
} from './scalar.ts';
import { absent, isWithin, type SqlSymbol, type Symbol } from './symbol.ts';

/** In the order in which the script comes to them. */
export interface Outcome {
  /** Absent: always. */
  readonly when?: Symbol;
  readonly value: Symbol;
}

export interface ScriptScope {
  readonly answers: Answers;
  /** `ctx.payload`, `ctx.metadata`. */
  readonly payload: Symbol;
  readonly metadata: unknown;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly names?: ReadonlyMap<string, Symbol>;
  /** What is taken in another sense than the script's. */
  readonly tell: (message: string) => void;
}

type Names = Map<string, Symbol>;

const mostSteps = 20_000;
const deepest = 400;

export function runScript(script: readonly Statement[], scope: ScriptScope): readonly Outcome[] {
  let steps = 0;
  let depth = 0;
  const { answers } = scope;

  function step(offset: number): void {
    if (++steps > mostSteps) throw new ScriptProblem(offset, 'the script does too much');
  }

  /** True at the end: each way through returns. */
  function run(statements: readonly Statement[], names: Names, outcomes: Outcome[]): boolean {
    for (const [i, statement] of statements.entries()) {
      step(statement.offset);
      if (runOne(statement, names, outcomes, i === statements.length - 1)) return true;
    }
    return false;
  }

  function runOne(statement: Statement, names: Names, outcomes: Outcome[], isLast: boolean): boolean {
    switch (statement.kind) {
      case 'let':
        names.set(statement.name, statement.value === undefined ? absent : evaluate(statement.value, names));
        return false;
      case 'assign':
        assign(statement, names);
        return false;
      case 'return':
        outcomes.push({ value: statement.value === undefined ? absent : evaluate(statement.value, names) });
        return true;
      case 'if':
        return branch(statement, names, outcomes);
      case 'each':
      case 'for':
        loop(statement, names, outcomes);
        return false;
      default: {
        const value = evaluate(statement.value, names);
        // Painless gives the last expression back.
        if (isLast && names.get('') === undefined) outcomes.push({ value });
        return isLast && names.get('') === undefined;
      }
    }
  }

  function assign({ target, operator, value, offset }: Statement & { kind: 'assign' }, names: Names): void {
    if (target.kind !== 'name') throw new ScriptProblem(offset, 'only variables are assigned to');
    const given = evaluate(value, names);
    const made = operator === '' ? given : binary(operator, names.get(target.name) ?? absent, given, offset);
    names.set(target.name, bounded(made, offset));
  }

  function branch(statement: Statement & { kind: 'if' }, names: Names, outcomes: Outcome[]): boolean {
    const test = condition(evaluate(statement.test, names), statement.test);
    if (test.kind === 'value') return run(isTrue(test.value) ? statement.yes : statement.no, names, outcomes);
    const [yes, no] = [new Map(names).set('', absent), new Map(names).set('', absent)];
    const found: Outcome[] = [];
    const yesEnds = run(statement.yes, yes, found);
    for (const { when, value } of found) outcomes.push({ when: both(test, when, statement.offset), value });
    const noEnds = run(statement.no, no, outcomes);
    for (const [name, before] of names) {
      const after = yesEnds ? no.get(name) : noEnds ? yes.get(name) : undefined;
      if (after !== undefined) names.set(name, after);
      else if (yes.get(name) !== before || no.get(name) !== before)
        names.set(name, { kind: 'unknown', why: `\`${name}\` is one thing or another` });
    }
    return yesEnds && noEnds;
  }

  function loop(statement: Statement & { kind: 'for' | 'each' }, names: Names, outcomes: Outcome[]): void {
    const inner = new Map(names).set('', absent);
    if (statement.kind === 'each') {
      const of = evaluate(statement.of, names);
      if (of.kind !== 'stream') throw new ScriptProblem(statement.offset, 'a loop over what are no buckets');
      inner.set(statement.name, of.item);
    } else {
      const [first] = statement.first;
      const { test } = statement;
      const isCount =
        first?.kind === 'let' && test.kind === 'binary' && test.operator === '<' && test.left.kind === 'name';
      const size =
        isCount && test.left.kind === 'name' && test.left.name === first.name ? evaluate(test.right, names) : absent;
      if (size.kind !== 'size' || first?.kind !== 'let')
        throw new ScriptProblem(
          statement.offset,
          'expected a loop over all buckets: for (int i = 0; i < buckets.size(); i++)',
        );
      inner.set(first.name, { kind: 'position', group: size.of.group, last: false });
    }
    const found: Outcome[] = [];
    run(statement.body, inner, found);
    for (const { when, value } of found) outcomes.push({ ...(when !== undefined && { when: some(when) }), value });
    for (const [name, before] of names) {
      if (inner.get(name) !== before) names.set(name, { kind: 'unknown', why: `\`${name}\` is changed in a loop` });
    }
  }

  function both(test: Symbol, when: Symbol | undefined, offset: number): Symbol {
    return when === undefined ? test : and(test, when, offset);
  }

  function and(a: Symbol, b: Symbol, offset: number): Symbol {
    if (a.kind === 'value') return isTrue(a.value) ? b : a;
    if (b.kind === 'value') return isTrue(b.value) ? a : b;
    if (a.kind !== 'sql' || b.kind !== 'sql') throw new ScriptProblem(offset, 'this condition is not taken');
    if (a.isSome === true && b.isSome === true && a.sql !== '1' && b.sql !== '1')
      scope.tell('two things that hold of some buckets have to hold of the same one');
    // That there are buckets is said by what holds of one of them.
    const isImplied = a.sql === '1' && a.groups !== undefined && b.groups !== undefined && isWithin(a.groups, b.groups);
    return isImplied ? b : join('&&', a, b, offset);
  }

  function evaluate(expression: Expression, names: Names): Symbol {
    step(expression.offset);
    if (depth >= deepest) throw new ScriptProblem(expression.offset, 'the script is nested too deeply');
    depth++;
    try {
      return bounded(evaluated(expression, names), expression.offset);
    } finally {
      depth--;
    }
  }

  function evaluated(expression: Expression, names: Names): Symbol {
    switch (expression.kind) {
      case 'literal':
        return { kind: 'value', value: expression.value };
      case 'name':
        return variable(expression, names);
      case 'member':
        return member(evaluate(expression.of, names), expression.name);
      case 'index':
        return index(evaluate(expression.of, names), evaluate(expression.at, names), expression);
      case 'call':
        return called(expression, names);
      case 'unary':
        return unary(expression, evaluate(expression.of, names));
      case 'binary':
        return binary(
          expression.operator,
          evaluate(expression.left, names),
          evaluate(expression.right, names),
          expression.offset,
        );
      case 'choice':
        return choice(expression, names);
      case 'list':
        return { kind: 'list', items: expression.items.map((item) => evaluate(item, names)) };
      case 'map':
        return {
          kind: 'map',
          entries: new Map(expression.entries.map(([key, value]) => [keyText(key, names), evaluate(value, names)])),
        };
      case 'lambda':
        return { kind: 'function', call: (item) => applied(expression, item, names) };
      case 'cast': {
        const of = evaluate(expression.of, names);
        if (!/^(?:int|long|short|byte)$/.test(expression.type)) return of;
        if (of.kind === 'value') return { kind: 'value', value: Math.trunc(Number(of.value)) };
        const number = scalar(of, expression);
        return { ...number, sql: `toInt64(${number.sql})`, type: 'number' };
      }
      default:
        return expression.type.endsWith('Map') ? { kind: 'map', entries: new Map() } : { kind: 'list', items: [] };
    }
  }

  function variable({ name, offset }: Expression & { kind: 'name' }, names: Names): Symbol {
    const bound = names.get(name) ?? scope.names?.get(name);
    if (bound !== undefined) return bound;
    if (name === 'ctx') return { kind: 'context' };
    if (name === 'params') {
      const given = Object.entries(scope.parameters).map(([key, value]): [string, Symbol] => [
        key,
        { kind: 'value', value },
      ]);
      return { kind: 'map', entries: new Map([...given, ...(scope.names ?? [])]) };
    }
    if (Object.hasOwn(scope.parameters, name)) return { kind: 'value', value: scope.parameters[name] };
    if (/^[A-Z]/.test(name)) return { kind: 'unknown', why: `\`${name}\` is not taken` };
    throw new ScriptProblem(offset, `\`${name}\` is not known`);
  }

  function member(of: Symbol, name: string): Symbol {
    return of.kind === 'context' ? contextMember(scope, name) : memberOf(of, name, answers);
  }

  function index(of: Symbol, at: Symbol, { offset }: Expression): Symbol {
    if (at.kind === 'position' && of.kind === 'stream' && at.group === of.group) {
      if (!at.last) return of.item;
      if (of.item.kind === 'bucket')
        return { kind: 'newest', place: of.place, group: of.group, inside: of.item.inside };
    }
    if (at.kind === 'value' && (typeof at.value === 'string' || typeof at.value === 'number'))
      return member(of, String(at.value));
    throw new ScriptProblem(offset, 'this position in a list is not taken');
  }

  function called(expression: Expression & { kind: 'call' }, names: Names): Symbol {
    const { name, offset } = expression;
    const given = expression.arguments.map((each) => evaluate(each, names));
    const [first] = given;
    if (expression.of?.kind === 'name' && expression.of.name === 'Math') return mathematics(expression, given);
    if (expression.of?.kind === 'name' && expression.of.name === 'Collectors') return absent;
    if (expression.of === undefined) throw new ScriptProblem(offset, `\`${name}()\` is not taken`);
    const of = evaluate(expression.of, names);
    if (of.kind === 'stream') return streamCall(of, name, first, expression);
    if (of.kind === 'hitlist' && /^(?:size|length|count)$/.test(name)) return member(of, 'length');
    if (/^(?:stream|collect|toArray|toList|sorted|distinct|limit)$/.test(name)) return of;
    if (of.kind === 'size') return of;
    if (of.kind === 'list' || of.kind === 'map' || of.kind === 'value') return ofKnown(of, name, given, expression);
    const on = scalar(of, expression);
    return on.type === 'list' ? ofList(on, name, first, expression) : ofText(on, name, given, expression);
  }

  function ofKnown(
    of: Symbol,
    name: string,
    given: readonly Symbol[],
    expression: Expression & { kind: 'call' },
  ): Symbol {
    const [first] = given;
    if (name === 'get' && first?.kind === 'value') return member(of, String(first.value));
    const length = of.kind === 'list' ? of.items.length : of.kind === 'map' ? of.entries.size : undefined;
    if (/^(?:size|length)$/.test(name) && length !== undefined) return { kind: 'value', value: length };
    if (name === 'containsKey' && of.kind === 'map' && first?.kind === 'value')
      return { kind: 'value', value: of.entries.has(String(first.value)) };
    if (of.kind === 'value' && typeof of.value === 'string')
      return ofText(literal(of.value, expression), name, given, expression);
    throw new ScriptProblem(expression.offset, `\`${name}()\` is not taken here`);
  }

  function streamCall(
    of: Symbol & { kind: 'stream' },
    name: string,
    first: Symbol | undefined,
    at: Expression,
  ): Symbol {
    const applies = first?.kind === 'function' ? first.call : undefined;
    switch (name) {
      case 'stream':
      case 'collect':
      case 'toArray':
      case 'toList':
      case 'sorted':
      case 'distinct':
      case 'limit':
        return of;
      case 'size':
      case 'length':
      case 'count':
        return { kind: 'size', of };
      case 'isEmpty':
        return { kind: 'empty', groups: groupsOf(of) };
      case 'get':
        return of.item;
      case 'findFirst':
        return { kind: 'list', items: [of.item] };
      case 'map':
        if (applies !== undefined) return { ...of, item: applies(of.item) };
        break;
      case 'filter':
        if (applies !== undefined) return filtered(of, applies, at);
        break;
      case 'anyMatch':
        if (applies !== undefined)
          return some(both(of.having ?? { kind: 'value', value: true }, condition(applies(of.item), at), at.offset));
        break;
      case 'contains': {
        const list = listOf(of, at);
        return first === undefined ? absent : ofList(list, name, first, at);
      }
    }
    throw new ScriptProblem(at.offset, `\`${name}()\` of buckets is not taken`);
  }

  /** Of what is compared with a list of another level there is no row; then it is a list itself. */
  function filtered(of: Symbol & { kind: 'stream' }, applies: (item: Symbol) => Symbol, at: Expression): Symbol {
    try {
      const having = both(of.having ?? { kind: 'value', value: true }, condition(applies(of.item), at), at.offset);
      if (having.kind === 'value') return isTrue(having.value) ? of : { kind: 'list', items: [] };
      if (having.kind === 'sql') return { ...of, having };
    } catch (error) {
      if (!(error instanceof ScriptProblem) || of.item.kind !== 'sql') throw error;
    }
    return ofList(listOf(of, at), 'filter', { kind: 'function', call: applies }, at);
  }

  function listOf(of: Symbol & { kind: 'stream' }, at: Expression): SqlSymbol {
    const { item } = of;
    if (item.kind !== 'sql' || item.isKey !== true || of.having !== undefined)
      throw new ScriptProblem(at.offset, 'only lists of the keys of buckets are taken here');
    const sql = call('groupUniqArray(1000)', [of.group.sql], of.place);
    return answers.levels.column(`${of.group.alias}_list`, sql, { type: 'list', groups: of.place.groups });
  }

  function ofList(of: SqlSymbol, name: string, first: Symbol | undefined, at: Expression): Symbol {
    const item: SqlSymbol = { kind: 'sql', sql: 'each', type: 'text' };
    if (/^(?:stream|collect|toArray|toList|sorted|distinct|limit)$/.test(name)) return of;
    if (/^(?:size|length|count)$/.test(name)) return { ...of, sql: `length(${of.sql})`, type: 'number' };
    if (name === 'isEmpty') return { ...of, sql: `empty(${of.sql})`, type: 'boolean' };
    if (name === 'contains' && first !== undefined) {
      const value = scalar(first, at);
      return { ...meet(of, value, at.offset), kind: 'sql', sql: `has(${of.sql}, ${value.sql})`, type: 'boolean' };
    }
    if ((name === 'filter' || name === 'map' || name === 'anyMatch') && first?.kind === 'function') {
      const made = scalar(first.call(item), at);
      const about = meet(of, made, at.offset);
      const [sql, type] = (
        { filter: ['arrayFilter', 'list'], map: ['arrayMap', 'list'], anyMatch: ['arrayExists', 'boolean'] } as const
      )[name];
      return { ...about, kind: 'sql', sql: `${sql}(each -> ${made.sql}, ${of.sql})`, type };
    }
    throw new ScriptProblem(at.offset, `\`${name}()\` of a list is not taken`);
  }

  function ofText(of: SqlSymbol, name: string, given: readonly Symbol[], at: Expression): Symbol {
    const known = textCalls.get(name);
    if (known === undefined) throw new ScriptProblem(at.offset, `\`${name}()\` is not taken`);
    const values = given.map((each) => scalar(each, at));
    const about = values.reduce(
      (all, value) => ({ ...all, ...meet({ ...of, ...all }, value, at.offset) }),
      meet(of, of, at.offset),
    );
    return { ...about, kind: 'sql', sql: known.sql(of.sql, values[0]?.sql, values[1]?.sql), type: known.type };
  }

  function mathematics({ name, offset }: Expression & { kind: 'call' }, given: readonly Symbol[]): Symbol {
    const [first, second] = given.map((each) => scalar(each, { kind: 'name', name, offset }));
    const known = mathCalls.get(name);
    if (known === undefined || first === undefined) throw new ScriptProblem(offset, `\`Math.${name}\` is not taken`);
    if (second === undefined) return { ...first, sql: `${known}(${first.sql})`, type: 'number' };
    return {
      ...meet(first, second, offset),
      kind: 'sql',
      sql: `${known}(${first.sql}, ${second.sql})`,
      type: 'number',
    };
  }

  function unary({ operator, offset }: Expression & { kind: 'unary' }, of: Symbol): Symbol {
    if (operator === '!') {
      if (of.kind === 'value') return { kind: 'value', value: !isTrue(of.value) };
      if (of.kind === 'empty') return { kind: 'sql', sql: '1', type: 'boolean', groups: of.groups, isSome: true };
      if (of.kind === 'sql' && of.isSome !== true) return { ...of, sql: `NOT ifNull(${of.sql}, 0)`, type: 'boolean' };
      throw new ScriptProblem(offset, 'the opposite of what holds of some bucket is not taken');
    }
    if (of.kind === 'value') return { kind: 'value', value: operator === '-' ? -Number(of.value) : Number(of.value) };
    const number = scalar(of, { kind: 'literal', offset, value: 0 });
    return { ...number, sql: `${operator}(${number.sql})` };
  }

  function binary(
    operator: (Expression & { kind: 'binary' })['operator'],
    a: Symbol,
    b: Symbol,
    offset: number,
  ): Symbol {
    if (a.kind === 'value' && b.kind === 'value' && operator !== '&&' && operator !== '||')
      return { kind: 'value', value: compute(operator, a.value, b.value) };
    if (a.kind === 'size' || b.kind === 'size') {
      const sized = ofSizes(operator, a, b);
      if (sized !== undefined) return sized;
    }
    if (operator === '&&') return and(a, b, offset);
    if (operator === '||' && a.kind === 'value') return isTrue(a.value) ? a : b;
    if (operator === '||' && b.kind === 'value') return isTrue(b.value) ? b : a;
    if (operator === '+' && isText(a, b))
      return { kind: 'text', parts: [...partsOf(a, offset), ...partsOf(b, offset)] };
    const at: Expression = { kind: 'literal', offset, value: null };
    return join(operator, scalar(a, at), scalar(b, at), offset);
  }

  /** `size() > 0`: there are buckets; `size() - 1`: the newest of a series. Otherwise it is a number. */
  function ofSizes(operator: string, a: Symbol, b: Symbol): Symbol | undefined {
    if (a.kind !== 'size' || b.kind !== 'value') return undefined;
    if (operator === '-' && b.value === 1) return { kind: 'position', group: a.of.group, last: true };
    const isSome =
      (operator === '>' && b.value === 0) ||
      (operator === '>=' && b.value === 1) ||
      (operator === '!=' && b.value === 0);
    if (isSome) return someOf(a.of);
    const isNone = (operator === '==' && b.value === 0) || (operator === '<' && b.value === 1);
    return isNone ? { kind: 'empty', groups: groupsOf(a.of) } : undefined;
  }

  function someOf(of: Symbol & { kind: 'stream' }): Symbol {
    if (of.having !== undefined) return some(of.having);
    const { conditions } = of.place;
    const groups = groupsOf(of);
    const events = (): string =>
      answers.levels.column('events', call('count', [], of.place), { type: 'number', groups }).sql;
    return {
      kind: 'sql',
      sql: conditions.length === 0 ? '1' : `${events()} > 0`,
      type: 'boolean',
      groups,
      isSome: true,
    };
  }

  function choice({ test, yes, no, offset }: Expression & { kind: 'choice' }, names: Names): Symbol {
    const decided = condition(evaluate(test, names), test);
    if (decided.kind === 'value') return evaluate(isTrue(decided.value) ? yes : no, names);
    const [a, b] = [scalar(evaluate(yes, names), yes), scalar(evaluate(no, names), no)];
    const when = scalar(decided, test);
    const about = meet({ ...a, ...meet(when, a, offset) }, b, offset);
    return { ...about, kind: 'sql', sql: `if(${when.sql}, ${a.sql}, ${b.sql})`, type: a.type };
  }

  function keyText(key: Expression, names: Names): string {
    const value = evaluate(key, names);
    if (value.kind !== 'value') throw new ScriptProblem(key.offset, 'expected the name of a key');
    return String(value.value);
  }

  function applied({ parameters, body }: Expression & { kind: 'lambda' }, item: Symbol, names: Names): Symbol {
    const inner = new Map(names);
    const [first] = parameters;
    if (first !== undefined) inner.set(first, item);
    if (!Array.isArray(body)) return evaluate(body as Expression, inner);
    const outcomes: Outcome[] = [];
    inner.delete('');
    run(body as readonly Statement[], inner, outcomes);
    return outcomes.find(({ when }) => when === undefined)?.value ?? absent;
  }

  function scalar(symbol: Symbol, at: Expression): SqlSymbol {
    return scalarOf(symbol, answers, at);
  }

  const outcomes: Outcome[] = [];
  run(script, new Map(), outcomes);
  return outcomes;
}
