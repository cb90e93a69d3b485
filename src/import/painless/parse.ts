// A script to its tree. What is no part of ast.ts is a ScriptProblem with its place: a script is taken whole or not.
// https://www.elastic.co/docs/reference/scripting-languages/painless/painless-language-specification

import { type BinaryOperator, type Expression, ScriptProblem, type Statement } from './ast.ts';
import { type Token, tokensOf } from './token.ts';

const deepest = 100;

/** Weakest first. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];

const types =
  /^(?:def|boolean|byte|short|int|long|float|double|char|String|Integer|Long|Double|Boolean|List|Map|ArrayList|HashMap|Set|HashSet|Object|var)$/;

const notTaken = /^(?:while|do|try|throw|switch|instanceof|class|import)$/;

export function parseScript(source: string): readonly Statement[] {
  const tokens = tokensOf(source);
  let at = 0;
  let depth = 0;
  const token = (ahead = 0): Token =>
    tokens[Math.min(at + ahead, tokens.length - 1)] ?? { kind: 'end', text: '', offset: 0 };
  const isSign = (text: string, ahead = 0): boolean => token(ahead).kind === 'sign' && token(ahead).text === text;
  const isName = (text: string): boolean => token().kind === 'name' && token().text === text;
  const fail = (message: string): never => {
    throw new ScriptProblem(token().offset, message);
  };
  function skipSign(text: string): boolean {
    if (!isSign(text)) return false;
    at++;
    return true;
  }
  function expect(text: string): void {
    if (!skipSign(text)) fail(`expected ${text}, found ${token().text}`);
  }
  function name(): string {
    if (token().kind !== 'name') fail(`expected a name, found ${token().text}`);
    return tokens[at++]?.text ?? '';
  }
  function nested<T>(parse: () => T): T {
    if (++depth > deepest) fail('the script is nested too deeply');
    const parsed = parse();
    depth--;
    return parsed;
  }

  function block(): Statement[] {
    if (!isSign('{')) return statement();
    at++;
    const body: Statement[] = [];
    while (!isSign('}')) {
      if (token().kind === 'end') fail('expected }');
      body.push(...statement());
    }
    at++;
    return body;
  }

  function statement(): Statement[] {
    return nested(() => {
      const { offset, kind, text } = token();
      if (skipSign(';')) return [];
      if (isSign('{')) return block();
      if (kind === 'name' && notTaken.test(text)) return fail(`\`${text}\` is not taken`);
      if (isName('if')) return [conditional(offset)];
      if (isName('for')) return [loop(offset)];
      if (isName('return')) {
        at++;
        const isEmpty = isSign(';') || isSign('}') || token().kind === 'end';
        const value = isEmpty ? undefined : expression();
        skipSign(';');
        return [{ kind: 'return', offset, ...(value !== undefined && { value }) }];
      }
      const simple = simpleStatement();
      if (!isSign('}') && !isSign(')') && token().kind !== 'end' && !skipSign(';') && !onNewLine())
        fail(`expected ; and found ${token().text}`);
      return simple;
    });
  }

  /** Groovy needs no semicolon at the end of a line. */
  function onNewLine(): boolean {
    return source.slice(tokens[at - 1]?.offset ?? 0, token().offset).includes('\n');
  }

  function conditional(offset: number): Statement {
    at++;
    expect('(');
    const test = expression();
    expect(')');
    const yes = block();
    skipStray();
    if (!isName('else')) return { kind: 'if', offset, test, yes, no: [] };
    at++;
    return { kind: 'if', offset, test, yes, no: block() };
  }

  /** `};` before an else. */
  function skipStray(): void {
    if (isSign(';') && token(1).kind === 'name' && token(1).text === 'else') at++;
  }

  function loop(offset: number): Statement {
    at++;
    expect('(');
    const isEach =
      token().kind === 'name' &&
      (isSign(':', 1) || (token(1).kind === 'name' && (isSign(':', 2) || token(2).text === 'in')));
    if (isEach) {
      if (!isSign(':', 1)) at++;
      const variable = name();
      at++;
      const of = expression();
      expect(')');
      return { kind: 'each', offset, name: variable, of, body: block() };
    }
    const first = isSign(';') ? [] : simpleStatement();
    expect(';');
    const test = expression();
    expect(';');
    const step = isSign(')') ? [] : simpleStatement();
    expect(')');
    return { kind: 'for', offset, first, test, step, body: block() };
  }

  /** `int i = 0`, `i++`, `a += b`, `list.add(x)`. */
  function simpleStatement(): Statement[] {
    const { offset, text } = token();
    if (token().kind === 'name' && token(1).kind === 'name' && (types.test(text) || /^[A-Z]/.test(text))) {
      at++;
      const declared: Statement[] = [];
      do {
        const variable = name();
        const value = skipSign('=') ? expression() : undefined;
        declared.push({ kind: 'let', offset, name: variable, ...(value !== undefined && { value }) });
      } while (skipSign(','));
      return declared;
    }
    const target = expression();
    if (skipSign('=')) return [{ kind: 'assign', offset, target, operator: '', value: expression() }];
    for (const operator of ['+', '-', '*', '/'] as const) {
      if (skipSign(`${operator}=`)) return [{ kind: 'assign', offset, target, operator, value: expression() }];
    }
    for (const [sign, operator] of [
      ['++', '+'],
      ['--', '-'],
    ] as const) {
      if (skipSign(sign))
        return [{ kind: 'assign', offset, target, operator, value: { kind: 'literal', offset, value: 1 } }];
    }
    return [{ kind: 'expression', offset, value: target }];
  }

  function expression(): Expression {
    return nested(() => {
      const lambda = asLambda();
      if (lambda !== undefined) return lambda;
      const test = binary(0);
      if (skipSign('?:')) {
        const no = expression();
        return { kind: 'choice', offset: test.offset, test, yes: test, no };
      }
      if (!skipSign('?')) return test;
      const yes = expression();
      expect(':');
      return { kind: 'choice', offset: test.offset, test, yes, no: expression() };
    });
  }

  function asLambda(): Expression | undefined {
    const { offset } = token();
    const parameters: string[] = [];
    if (token().kind === 'name' && isSign('->', 1)) {
      parameters.push(name());
    } else {
      const form = /^\(\s*(?:\w+\s+)?(\w+)?(?:\s*,\s*(?:\w+\s+)?(\w+))*\s*\)\s*->/.exec(
        source.slice(offset, offset + 200),
      );
      if (!isSign('(') || form === null) return undefined;
      at++;
      while (!isSign(')')) {
        const first = name();
        parameters.push(token().kind === 'name' ? name() : first);
        skipSign(',');
      }
      at++;
    }
    expect('->');
    return { kind: 'lambda', offset, parameters, body: isSign('{') ? block() : expression() };
  }

  function binary(level: number): Expression {
    const operators = levels[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    for (;;) {
      const text = token().kind === 'sign' ? token().text.replace(/^(==|!=)=$/, '$1') : '';
      const operator = operators.find((each) => each === text);
      if (operator === undefined) return left;
      at++;
      left = { kind: 'binary', offset: left.offset, operator, left, right: binary(level + 1) };
    }
  }

  function unary(): Expression {
    return nested(() => {
      const { offset } = token();
      for (const operator of ['!', '-', '+'] as const) {
        if (skipSign(operator)) return { kind: 'unary', offset, operator, of: unary() };
      }
      if (isSign('(') && token(1).kind === 'name' && types.test(token(1).text) && isSign(')', 2)) {
        const type = token(1).text;
        at += 3;
        return { kind: 'cast', offset, type, of: unary() };
      }
      return postfix(primary());
    });
  }

  function postfix(start: Expression): Expression {
    let of = start;
    for (;;) {
      const { offset } = token();
      if (skipSign('.') || skipSign('?.')) {
        // `hits.0._source`: a position, as templates write it.
        const part = token().kind === 'number' ? (tokens[at++]?.text ?? '') : name();
        of = isSign('(')
          ? { kind: 'call', offset, of, name: part, arguments: argumentsOf() }
          : { kind: 'member', offset, of, name: part };
      } else if (skipSign('[')) {
        of = { kind: 'index', offset, of, at: expression() };
        expect(']');
      } else return of;
    }
  }

  function argumentsOf(): Expression[] {
    const given: Expression[] = [];
    expect('(');
    while (!isSign(')')) {
      if (given.length > 0) expect(',');
      given.push(expression());
    }
    at++;
    return given;
  }

  function primary(): Expression {
    const { kind, text, offset } = token();
    if (kind === 'number' || kind === 'text') {
      at++;
      return { kind: 'literal', offset, value: kind === 'number' ? Number(text) : text };
    }
    if (skipSign('(')) {
      const inner = expression();
      expect(')');
      return inner;
    }
    if (skipSign('[')) return bracket(offset);
    if (isSign('{')) return fail('a closure is not taken; write a lambda: x -> ...');
    const word = name();
    if (word === 'true' || word === 'false') return { kind: 'literal', offset, value: word === 'true' };
    if (word === 'null') return { kind: 'literal', offset, value: null };
    if (word === 'new') {
      const type = name();
      if (argumentsOf().length > 0) fail('`new` with arguments is not taken');
      return { kind: 'new', offset, type };
    }
    return isSign('(')
      ? { kind: 'call', offset, name: word, arguments: argumentsOf() }
      : { kind: 'name', offset, name: word };
  }

  /** `[a, b]`, `['k': v]`, `[k: v]`, `[:]`. */
  function bracket(offset: number): Expression {
    if (skipSign(':')) {
      expect(']');
      return { kind: 'map', offset, entries: [] };
    }
    const items: Expression[] = [];
    const entries: [Expression, Expression][] = [];
    while (!isSign(']')) {
      if (items.length + entries.length > 0) expect(',');
      const key = token();
      if (key.kind === 'name' && isSign(':', 1)) {
        at += 2;
        entries.push([{ kind: 'literal', offset: key.offset, value: key.text }, expression()]);
        continue;
      }
      const first = expression();
      if (skipSign(':')) entries.push([first, expression()]);
      else items.push(first);
    }
    at++;
    if (items.length > 0 && entries.length > 0) fail('a list with keys');
    return entries.length > 0 ? { kind: 'map', offset, entries } : { kind: 'list', offset, items };
  }

  const script: Statement[] = [];
  while (token().kind !== 'end') script.push(...statement());
  return script;
}
