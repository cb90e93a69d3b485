// Lucene's query language, as `query_string` takes it: fields, phrases, ranges, wildcards, regular expressions, AND, OR,
// NOT, + and -. As in Elasticsearch, words that no operator joins are joined by the default operator.
// https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-query-string-query#query-string-syntax

import type { Path } from '../../core/document-text.ts';
import { Unsupported } from '../import.ts';
import type { Bound, Query } from './query.ts';

interface Settings {
  /** Where words without a field are looked for; `*`: anywhere. */
  readonly fields: readonly string[];
  /** The default operator is AND. */
  readonly every: boolean;
  readonly path: Path;
}

const deepest = 50;
const longest = 20_000;

export function parseQueryString(text: string, { fields, every, path }: Settings): Query {
  let at = 0;
  const fail = (message: string): never => {
    throw new Unsupported(path, `${message} at character ${at + 1} of the query string`);
  };
  if (text.length > longest) return fail('is too long');

  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = at;
    const found = sticky.exec(text) ?? undefined;
    if (found !== undefined) at += found[0].length;
    return found;
  };
  const blanks = (): void => void take(/\s*/);

  /** Until `)` or the end. AND binds closer than OR, as people expect it to. */
  function expression(within: readonly string[], depth: number): Query {
    if (depth > deepest) fail('is nested too deeply');
    const alternatives: Query[][] = [[]];
    let isFirst = true;
    for (blanks(); at < text.length && text[at] !== ')'; blanks()) {
      const joined = isFirst ? undefined : take(/(AND\b|&&|OR\b|\|\|)/)?.[1];
      blanks();
      const isOr = joined === undefined ? !every : joined.startsWith('O') || joined === '||';
      const isForced = /[+-]/.test(text[at] ?? '');
      const next = operand(within, depth);
      // `a +b -c`: what is marked holds for all of it.
      if (isFirst || (isOr && !(joined === undefined && isForced))) {
        if (isFirst) alternatives[0]?.push(next);
        else alternatives.push([next]);
      } else alternatives.at(-1)?.push(next);
      isFirst = false;
    }
    const of = alternatives.filter((each) => each.length > 0).map((each): Query => one('and', each));
    return of.length === 0 ? { kind: 'all' } : one('or', of);
  }

  function operand(within: readonly string[], depth: number): Query {
    blanks();
    if (take(/(?:NOT\b|!|-)\s*/) !== undefined) {
      if (depth > deepest) fail('is nested too deeply');
      return { kind: 'not', of: operand(within, depth + 1) };
    }
    take(/\+/);
    const field = take(/((?:[^\s:()[\]{}"'\\/<>=!&|]|\\.)+):(?!:)\s*/)?.[1];
    if (field === undefined) return value(within, depth);
    const name = unescape(field);
    if (name === '_exists_') return { kind: 'exists', field: word() };
    return value([name], depth);
  }

  function value(within: readonly string[], depth: number): Query {
    if (take(/\(/) !== undefined) {
      const inner = expression(within, depth + 1);
      if (take(/\)/) === undefined) fail('expected )');
      boost();
      return inner;
    }
    if (text[at] === '"') {
      const phrase = take(/"((?:[^"\\]|\\.)*)"/)?.[1];
      if (phrase === undefined) return fail('a phrase without an end');
      if (take(/~\d+/) !== undefined) fail('a phrase with a slop is not taken');
      boost();
      return inFields(within, (field) => ({ kind: 'phrase', field, text: unescape(phrase) }));
    }
    if (text[at] === '/') {
      const source = take(/\/((?:[^/\\]|\\.)+)\//)?.[1];
      if (source === undefined) return fail('a regular expression without an end');
      return inFields(within, (field) => ({
        kind: 'regexp',
        field,
        source: source.replaceAll('\\/', '/'),
        caseless: false,
      }));
    }
    const range = take(/([[{])\s*("[^"]*"|[^\s\]}]+)\s+TO\s+("[^"]*"|[^\s\]}]+)\s*([\]}])/);
    if (range !== undefined) return rangeOf(within, range);
    const compared = take(/(>=|<=|>|<)\s*/)?.[1];
    if (compared !== undefined) {
      const operator = ({ '>=': 'gte', '<=': 'lte', '>': 'gt', '<': 'lt' } as const)[compared] ?? 'gt';
      const bound = word();
      return inFields(within, (field) => ({ kind: 'range', field, bounds: [{ operator, value: scalar(bound) }] }));
    }
    return bare(within);
  }

  function bare(within: readonly string[]): Query {
    const raw = take(/(?:[^\s()[\]{}"\\^~]|\\.)+/)?.[0];
    if (raw === undefined) return fail('expected a word');
    if (take(/~[\d.]*/) !== undefined) fail('a fuzzy word is not taken');
    boost();
    if (raw === '*') {
      return inFields(within, (field) => (field === '*' ? { kind: 'all' } : { kind: 'exists', field }));
    }
    if (/(?<!\\)[*?]/.test(raw)) {
      const pattern = raw.replaceAll(/\\([^*?\\])/g, '$1');
      return inFields(within, (field) => ({ kind: 'wildcard', field, pattern, caseless: false }));
    }
    return inFields(within, (field) => ({ kind: 'words', field, text: unescape(raw), every: true }));
  }

  function word(): string {
    const found = take(/"((?:[^"\\]|\\.)*)"|((?:[^\s()"\\]|\\.)+)/);
    return found === undefined ? fail('expected a value') : unescape(found[1] ?? found[2] ?? '');
  }

  function boost(): void {
    take(/\^[\d.]+/);
  }

  const query = expression(fields, 0);
  if (at < text.length) fail('there is a ) too many');
  return query;
}

function rangeOf(within: readonly string[], [, open, low = '', high = '', close]: RegExpExecArray): Query {
  const bounds: Bound[] = [];
  if (low !== '*') bounds.push({ operator: open === '[' ? 'gte' : 'gt', value: scalar(low) });
  if (high !== '*') bounds.push({ operator: close === ']' ? 'lte' : 'lt', value: scalar(high) });
  return inFields(within, (field) => ({ kind: 'range', field, bounds }));
}

function inFields(of: readonly string[], make: (field: string) => Query): Query {
  return one('or', of.map(make));
}

function one(kind: 'and' | 'or', of: readonly Query[]): Query {
  const [only] = of;
  return only !== undefined && of.length === 1 ? only : { kind, of };
}

function scalar(text: string): string | number {
  const plain = unescape(text.replace(/^"(.*)"$/, '$1'));
  return /^-?\d+(?:\.\d+)?$/.test(plain) ? Number(plain) : plain;
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1');
}
