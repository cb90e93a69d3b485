// Puts `p_enrichment` into the tests of a rule's YAML document: text is inserted, and every character that was there stays,
// comments, order and layout with it. It reads and writes no file.

import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, type Node, type Pair, parseDocument, stringify, type YAMLMap } from 'yaml';
import { readDocumentText } from '../core/document-text.ts';
import type { Problem } from '../core/problem.ts';
import type { Enrichment } from './test-tables.ts';

export interface WrittenTests {
  readonly text: string;
  /** Positions of the tests that have it now. */
  readonly written: ReadonlySet<number>;
  /** Why the others have not. */
  readonly problems: readonly Problem[];
}

type Log = YAMLMap<Node, Node | null>;

interface Insertion {
  readonly at: number;
  readonly text: string;
}

const key = 'p_enrichment';

/** By position of the test. The document is one that `parseRuleDocument` takes. */
export function writeEnrichments(
  text: string,
  file: string,
  enrichments: ReadonlyMap<number, Enrichment>,
): WrittenTests {
  const source = readDocumentText(text, file);
  if (source.syntax.length > 0) return { text, written: new Set(), problems: source.syntax };
  const problems: Problem[] = [];
  const written = new Set<number>();
  const insertions: Insertion[] = [];
  const document = parseDocument(text);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  for (const [index, enrichment] of enrichments) {
    const path = ['Tests', index, 'Log'];
    const log = document.getIn(path, true);
    if (!isMap<Node, Node | null>(log) || log.anchor !== undefined || log.has(key)) {
      const expected = `expected a map of keys that is not used elsewhere and has no ${key}`;
      problems.push(source.problem(path, `${expected}; nothing is written`));
      continue;
    }
    insertions.push(
      log.flow === true ? intoFlow(text, log, enrichment, newline) : intoBlock(text, log, enrichment, newline),
    );
    written.add(index);
  }
  const next = insert(text, insertions);
  if (isDeepStrictEqual(readDocumentText(next, file).value, withEnrichments(source.value, enrichments, written))) {
    return { text: next, written, problems };
  }
  // Some way to write YAML that was not thought of. The file of a user is not to be damaged.
  const message = `${key} cannot be written into this form of YAML; nothing is written`;
  return { text, written: new Set(), problems: [source.problem(['Tests'], message)] };
}

function insert(text: string, insertions: readonly Insertion[]): string {
  let rest = text;
  for (const { at, text: added } of insertions.toSorted((a, b) => b.at - a.at)) {
    rest = rest.slice(0, at) + added + rest.slice(at);
  }
  return rest;
}

/** What the document says then. */
function withEnrichments(
  value: unknown,
  enrichments: ReadonlyMap<number, Enrichment>,
  written: ReadonlySet<number>,
): unknown {
  // Without aliases: what is used twice must not change twice.
  const wanted: { readonly Tests: readonly { readonly Log: Record<string, unknown> }[] } = JSON.parse(
    JSON.stringify(value),
  );
  for (const index of written) {
    const test = wanted.Tests[index];
    if (test !== undefined) test.Log[key] = enrichments.get(index);
  }
  return wanted;
}

/** A line of its own where the map has several, in the way of JSON. */
function intoFlow(text: string, log: Log, enrichment: Enrichment, newline: string): Insertion {
  const last = log.items.at(-1);
  const [start, end] = rangeOf(log);
  const short = `${key}: ${stringify(enrichment, { collectionStyle: 'flow', lineWidth: 0 }).slice(0, -1)}`;
  if (last === undefined) return { at: start + 1, text: short };
  const at = endOf(last);
  if (!text.slice(start, end).includes('\n')) return { at, text: `, ${short}` };
  const indent = `${newline}${' '.repeat(columnOf(text, last))}`;
  const quote = isScalar(last.key) && last.key.type === 'QUOTE_DOUBLE' ? '"' : '';
  const long = `${quote}${key}${quote}: ${JSON.stringify(enrichment, undefined, 2)}`;
  return { at, text: `,${indent}${long.replaceAll('\n', indent)}` };
}

function intoBlock(text: string, log: Log, enrichment: Enrichment, newline: string): Insertion {
  const [first] = log.items;
  const last = log.items.at(-1);
  if (first === undefined || last === undefined) throw new Error('bug: a block of no keys');
  const indent = ' '.repeat(columnOf(text, first));
  const lines = stringify({ [key]: enrichment }, { lineWidth: 0, blockQuote: false })
    .slice(0, -1)
    .split('\n');
  const added = lines.map((line) => `${indent}${line}`).join(newline);
  const end = endOf(last);
  // A text of several lines ends after its last line's end; else a comment may follow on the same line.
  const feed = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end);
  return feed < 0 ? { at: text.length, text: newline + added } : { at: feed + 1, text: added + newline };
}

function rangeOf(node: Node): readonly [number, number] {
  const { range } = node;
  if (range === undefined || range === null) throw new Error('bug: a node that was not read from text');
  return [range[0], range[1]];
}

function endOf({ key: name, value }: Pair<Node, Node | null>): number {
  return rangeOf(value ?? name)[1];
}

function columnOf(text: string, { key: name }: Pair<Node, Node | null>): number {
  const [start] = rangeOf(name);
  return start - (text.lastIndexOf('\n', start - 1) + 1);
}
