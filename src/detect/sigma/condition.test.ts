import { expect, test } from 'vitest';
import type { Condition } from './ast.ts';
import { parseCondition } from './condition.ts';

const names = ['a', 'b', 'c', 'sel_1', 'sel_2', 'sel_x', '_hidden', 'not_this'];
const selections = new Map(names.map((name): [string, Condition] => [name, leaf(name)]));

function leaf(field: string): Condition {
  return { kind: 'field', field, match: { kind: 'exists', wanted: true } };
}

/** With all brackets. */
function show(condition: Condition): string {
  if (condition.kind === 'field') return condition.field;
  if (condition.kind === 'keyword') return 'keyword';
  if (condition.kind === 'not') return `!${show(condition.of)}`;
  return `(${condition.of.map(show).join(condition.kind === 'and' ? ' & ' : ' | ')})`;
}

function read(text: string): string {
  const parsed = parseCondition(text, selections);
  return 'problem' in parsed ? parsed.problem : show(parsed.condition);
}

test.each([
  ['a', 'a'],
  ['a or b and c', '(a | (b & c))'],
  ['(a or b) and c', '((a | b) & c)'],
  ['not a and b', '(!a & b)'],
  ['not (a and b)', '!(a & b)'],
  ['not not a', '!!a'],
  ['a AND NOT b Or c', '((a & !b) | c)'],
  ['((a))', 'a'],
  ['(a)or(b)', '(a | b)'],
  ['1 of sel_*', '(sel_1 | sel_2 | sel_x)'],
  ['any of sel_*', '(sel_1 | sel_2 | sel_x)'],
  ['all of sel_*', '(sel_1 & sel_2 & sel_x)'],
  ['2 of sel_*', '((sel_1 & sel_2) | (sel_1 & sel_x) | (sel_2 & sel_x))'],
  ['3 of sel_*', '(sel_1 & sel_2 & sel_x)'],
  ['not 1 of sel_* and a', '(!(sel_1 | sel_2 | sel_x) & a)'],
  ['1 of *_1', 'sel_1'],
  ['all of s*_*2', 'sel_2'],
  ['1 of sel_x', 'sel_x'],
  ['1 of _*', '_hidden'],
  ['ALL OF THEM', '(a & b & c & sel_1 & sel_2 & sel_x & not_this)'],
  ['not_this', 'not_this'],
])('%s', (text, expected) => {
  expect(read(text)).toBe(expected);
});

test.each([
  ['', 'is empty'],
  ['a and', 'ends where a selection is expected'],
  ['a b', '`and` or `or` is expected before `b`'],
  ['(a', 'has a ( without its )'],
  ['a)', 'has a ) without its ('],
  ['and a', 'a selection is expected, not `and`'],
  ['sel_3', 'there is no selection `sel_3`; did you mean `sel_1`?'],
  ['1 of x*', "no selection's name fits `x*`"],
  ['4 of sel_*', '`4 of sel_*`: there are 3'],
  ['0 of sel_*', '`0 of sel_*`: there are 3'],
  ['a | count() > 5', 'an aggregation after `|` is no longer Sigma: write a correlation'],
  [`${'('.repeat(5000)}a${')'.repeat(5000)}`.slice(0, 9999), 'is nested too deeply'],
  [`${'not '.repeat(2000)}a`, 'is nested too deeply'],
  ['a'.repeat(10_001), 'is longer than 10,000 characters'],
])('%# is refused', (text, expected) => {
  expect(read(text)).toBe(expected);
});

test('combinations have a limit', () => {
  const many = new Map(Array.from({ length: 30 }, (_, index): [string, Condition] => [`s${index}`, leaf('x')]));
  expect(parseCondition('15 of s*', many)).toEqual({ problem: '`15 of s*` has more than 1000 combinations' });
});
