// JSON as people write it for Elasticsearch: with comments, and with text in """ that goes over lines. A request line
// (`PUT _watcher/watch/x`) before it is skipped. https://www.elastic.co/docs/explore-analyze/query-filter/tools/console

import type { DocumentText, Path } from '../core/document-text.ts';
import type { Problem } from '../core/problem.ts';

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

const longestText = 1024 * 1024;
const deepest = 100;
const mostValues = 100_000;

class SyntaxProblem extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

export function readRelaxedJson(text: string, file: string): DocumentText {
  const places = new Map<string, number>();
  const placed = (offset: number, message: string): Problem => {
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    return { file, line, column: offset - before.lastIndexOf('\n'), message };
  };
  const at: DocumentText['at'] = (path, message, key) => {
    for (let length = path.length; length > 0; length--) {
      const part = path.slice(0, length);
      const named = key === undefined ? undefined : places.get(keyOf([...part, key]));
      const offset = named ?? places.get(keyOf(part));
      if (offset !== undefined) return placed(offset, message);
    }
    return placed((key === undefined ? undefined : places.get(keyOf([key]))) ?? 0, message);
  };
  const problem: DocumentText['problem'] = (path, message, key) =>
    at(path, path.length === 0 ? message : `${path.join('.')}: ${message}`, key);
  try {
    if (text.length > longestText) throw new SyntaxProblem(0, 'is larger than 1 MiB');
    return { value: readValue(text, places), syntax: [], problem, at };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { value: undefined, syntax: [placed(error.offset, `JSON: ${error.message}`)], problem, at };
  }
}

const keyOf = (path: Path): string => JSON.stringify(path.map(String));

function readValue(text: string, places: Map<string, number>): Value {
  const request = /^\s*(?:PUT|POST)[ \t]+\S+[ \t]*\n?/.exec(text);
  let at = request?.[0].length ?? 0;
  const fail = (message: string): never => {
    throw new SyntaxProblem(at, message);
  };

  function skip(): void {
    for (;;) {
      const blank = /[\s\uFEFF]*(?:\/\/[^\n]*|#[^\n]*)?/y;
      blank.lastIndex = at;
      at += blank.exec(text)?.[0].length ?? 0;
      if (text.startsWith('/*', at)) {
        const end = text.indexOf('*/', at + 2);
        if (end < 0) fail('a comment without an end');
        at = end + 2;
      } else if (!/[\s/#]/.test(text[at] ?? '') || (text[at] === '/' && text[at + 1] !== '/')) return;
    }
  }

  function expect(character: string): void {
    skip();
    if (text[at] !== character) fail(`expected ${character}`);
    at++;
  }

  function string(): string {
    if (text.startsWith('"""', at)) {
      const end = text.indexOf('"""', at + 3);
      if (end < 0) fail('a text without an end');
      const raw = text.slice(at + 3, end);
      at = end + 3;
      return raw;
    }
    // Line ends are as people paste them.
    const form = /"(?:[^"\\]|\\[\s\S])*"/y;
    form.lastIndex = at;
    const found = form.exec(text)?.[0];
    if (found === undefined) return fail('a text without an end');
    try {
      const parsed: string = JSON.parse(
        found.replaceAll(/\p{Cc}/gu, (raw) => `\\u${raw.charCodeAt(0).toString(16).padStart(4, '0')}`),
      );
      at += found.length;
      return parsed;
    } catch {
      return fail('a text with an escape that JSON does not have');
    }
  }

  function value(path: Path): Value {
    skip();
    places.set(keyOf(path), at);
    if (path.length > deepest) fail('is nested too deeply');
    if (places.size > mostValues) fail('has too many values');
    const first = text[at];
    if (first === '{') return object(path);
    if (first === '[') return list(path);
    if (first === '"') return string();
    const scalar = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
    scalar.lastIndex = at;
    const found = scalar.exec(text)?.[0];
    if (found === undefined) return fail(at >= text.length ? 'ends too early' : 'expected a value');
    at += found.length;
    return JSON.parse(found) as Value;
  }

  function object(path: Path): Value {
    const entries: [string, Value][] = [];
    at++;
    for (skip(); text[at] !== '}'; skip()) {
      if (entries.length > 0) expect(',');
      skip();
      if (text[at] === '}') break;
      if (text[at] !== '"') fail('expected a key in quotes');
      const key = string();
      if (key === '__proto__') fail('the key __proto__ is not allowed');
      expect(':');
      entries.push([key, value([...path, key])]);
    }
    at++;
    return Object.fromEntries(entries);
  }

  function list(path: Path): Value {
    const values: Value[] = [];
    at++;
    for (skip(); text[at] !== ']'; skip()) {
      if (values.length > 0) expect(',');
      skip();
      if (text[at] === ']') break;
      values.push(value([...path, values.length]));
    }
    at++;
    return values;
  }

  const read = value([]);
  skip();
  if (at < text.length) fail('there is something after the end');
  return read;
}
