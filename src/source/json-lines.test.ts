import { expect, test } from 'vitest';
import { toJsonLines } from './json-lines.ts';

const lines = (text: string) => Buffer.from(toJsonLines(Buffer.from(text))).toString();

test('elements of an array are lines', () => {
  expect(lines('[{"a":1},{"b":[1,2]}]')).toBe('{"a":1}\n{"b":[1,2]}\n');
  expect(lines(' [ 1 , "x,]" , null,\n{} ] ')).toBe('1\n"x,]"\nnull\n{}\n');
  expect(lines('[]')).toBe('');
  expect(lines('[[1,[2]],[]]')).toBe('[1,[2]]\n[]\n');
  expect(lines('')).toBe('');
});

test('an object over many lines is one line', () => {
  expect(lines('{\n  "a": 1,\r\n  "b": "x"\n}\n')).toBe('{   "a": 1,    "b": "x" }\n');
  expect(lines('{"a":1}\n{"a":2}{"a":3}')).toBe('{"a":1}\n{"a":2}\n{"a":3}\n');
});

test('brackets, quotes and line ends within strings are text', () => {
  expect(lines(String.raw`[{"a":"]}\"\\"},{"b":"[{\n"}]`)).toBe(
    `${String.raw`{"a":"]}\"\\"}`}\n${String.raw`{"b":"[{\n"}`}\n`,
  );
  expect(JSON.parse(lines('{"ü":"€\u{1f514}"}'))).toEqual({ ü: '€🔔' });
});

test('what is not whole JSON is an error that says where', () => {
  expect(() => lines('hello')).toThrow(`expected '{' or '[' at byte 0, found "h"`);
  expect(() => lines('[{"a":1}')).toThrow('the JSON array has no end');
  expect(() => lines('[')).toThrow('the JSON array has no end');
  expect(() => lines('{"a":"')).toThrow('the JSON ends within the value that begins at byte 0');
  expect(() => lines('[{"a":1} {"b":1}]')).toThrow(`expected ',' or ']' at byte 9`);
  expect(() => lines('[,]')).toThrow('expected a value at byte 1');
  expect(() => lines('[}]')).toThrow('expected a value at byte 1');
  expect(() => lines('[1,]')).toThrow('expected a value at byte 3');
  expect(() => lines('{"a":"\\')).toThrow('the JSON ends within');
});

test('a million opening brackets are an error, not a crash', () => {
  expect(() => lines('['.repeat(1_000_000))).toThrow('the JSON ends within');
});
