import { expect, test } from 'vitest';
import { readRelaxedJson } from './relaxed-json.ts';

const value = (text: string): unknown => readRelaxedJson(text, 'w.json').value;
const problem = (text: string): unknown => {
  const [first] = readRelaxedJson(text, 'w.json').syntax;
  return first && `${first.line}:${first.column} ${first.message}`;
};

test.each([
  ['{"a": [1, -2.5e3, true, null, "x"]}', { a: [1, -2500, true, null, 'x'] }],
  ['{"a": """one\n"two" \\d"""}', { a: 'one\n"two" \\d' }],
  ['// before\n{"a": 1, /* in\nthe middle */ "b": 2 # after\n}', { a: 1, b: 2 }],
  ['{"a": "http://x/y", "b": "/* no */"}', { a: 'http://x/y', b: '/* no */' }],
  ['PUT _watcher/watch/x\n{"a": [1, 2,],}', { a: [1, 2] }],
  ['{"a": "line\nline"}', { a: 'line\nline' }],
])('%j', (text, expected) => {
  expect(value(text)).toEqual(expected);
});

test.each([
  ['{"a": }', '1:7 JSON: expected a value'],
  ['{"a" 1}', '1:6 JSON: expected :'],
  ['{"a": 1\n"b": 2}', '2:1 JSON: expected ,'],
  ['{"a": """x}', '1:7 JSON: a text without an end'],
  ['{"__proto__": {}}', '1:13 JSON: the key __proto__ is not allowed'],
  ['{} {}', '1:4 JSON: there is something after the end'],
  ['{', '1:2 JSON: expected a key in quotes'],
  ['[1, [2', '1:7 JSON: expected ,'],
  ['/* x', '1:1 JSON: a comment without an end'],
  ['['.repeat(200), '1:102 JSON: is nested too deeply'],
])('%j is refused at its place', (text, expected) => {
  expect(problem(text)).toBe(expected);
});

test('a problem is placed at the value of its path, or at the nearest thing around it', () => {
  const document = readRelaxedJson('{\n  "a": [{"b": 1},\n    {"b": 2}]}', 'w.json');
  expect(document.problem(['a', 1, 'b'], 'no')).toEqual({ file: 'w.json', line: 3, column: 11, message: 'a.1.b: no' });
  expect(document.problem(['a', 1, 'c'], 'no')).toMatchObject({ line: 3, column: 5 });
});

test('a file of too many values is refused', () => {
  expect(problem(`[${'0,'.repeat(100_000)}0]`)).toBe('1:200000 JSON: has too many values');
});
