// What a script says, parsed: the part of Painless and Groovy that conditions and transforms of watches are written in.
// `offset` is where it stands in the script.

export type Expression = { readonly offset: number } & (
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly at: Expression }
  /** `of` is absent for a function of the script's own. */
  | {
      readonly kind: 'call';
      readonly of?: Expression;
      readonly name: string;
      readonly arguments: readonly Expression[];
    }
  | { readonly kind: 'unary'; readonly operator: '!' | '-' | '+'; readonly of: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | {
      readonly kind: 'lambda';
      readonly parameters: readonly string[];
      readonly body: Expression | readonly Statement[];
    }
  | { readonly kind: 'cast'; readonly type: string; readonly of: Expression }
  | { readonly kind: 'new'; readonly type: string }
);

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||';

export type Statement = { readonly offset: number } & (
  | { readonly kind: 'let'; readonly name: string; readonly value?: Expression }
  | {
      readonly kind: 'assign';
      readonly target: Expression;
      readonly operator: '' | '+' | '-' | '*' | '/';
      readonly value: Expression;
    }
  | {
      readonly kind: 'if';
      readonly test: Expression;
      readonly yes: readonly Statement[];
      readonly no: readonly Statement[];
    }
  | {
      readonly kind: 'for';
      readonly first: readonly Statement[];
      readonly test: Expression;
      readonly step: readonly Statement[];
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'each'; readonly name: string; readonly of: Expression; readonly body: readonly Statement[] }
  | { readonly kind: 'return'; readonly value?: Expression }
  | { readonly kind: 'expression'; readonly value: Expression }
);

/** What a script says that is not taken, and where. */
export class ScriptProblem extends Error {
  override readonly name = 'ScriptProblem';
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}
