// The parser of a schema file, its patterns, and what `drop` and `extract` read and write.

import { closest } from '../core/closest.ts';
import type { Path } from '../core/document-text.ts';
import type { Field, Parser } from '../core/schema.ts';
import type { ParserDocument, SchemaDocument } from './document-shape.ts';
import { fastmatchProblem, splitFastmatch } from './fastmatch.ts';
import type { Findings } from './finding.ts';
import { compileGrok, grokProblem, isBuiltinPattern } from './grok.ts';
import { lintRegex } from './lint-regex.ts';

type Patterns = Readonly<Record<string, string>>;
const patternName = /^[A-Z][A-Z0-9_]*$/;

/** Those at the top and those of the regex parser, as one. */
export function checkPatternDefinitions(document: SchemaDocument, findings: Findings): Patterns {
  const inner = document.parser?.regex?.patternDefinitions ?? {};
  const patterns: Patterns = { ...document.patternDefinitions, ...inner };
  const check = (own: Patterns, path: Path): void => {
    for (const [name, text] of Object.entries(own)) {
      if (!patternName.test(name)) findings.error(path, `expected a name in capitals, found ${name}`, name);
      else if (isBuiltinPattern(name))
        findings.error(path, `the pattern ${name} is built in; choose another name`, name);
      checkPattern([text], patterns, [...path, name], findings);
    }
  };
  check(document.patternDefinitions, ['patternDefinitions']);
  check(inner, ['parser', 'regex', 'patternDefinitions']);
  return patterns;
}

/** Gives the fields that the pattern yields. */
function checkPattern(parts: readonly string[], patterns: Patterns, path: Path, findings: Findings): readonly string[] {
  const problem = grokProblem(parts, patterns);
  if (problem !== undefined) {
    findings.error(path, `the pattern ${problem}`);
    return [];
  }
  const { source, groups } = compileGrok(parts, patterns);
  const warning = lintRegex(source);
  if (warning !== undefined) findings.warn(path, `the pattern ${warning}`);
  return groups;
}

export function buildParser(document: ParserDocument | undefined, patterns: Patterns, findings: Findings): Parser {
  if (document === undefined) return { type: 'json' };
  for (const key of ['script', 'native'] as const) {
    if (document[key] !== undefined) findings.error(['parser'], `\`${key}\` is not supported`, key);
  }
  if (Object.values(document).filter((parser) => parser !== undefined).length !== 1) {
    findings.error(['parser'], 'expected exactly one of regex, fastmatch, csv; without `parser` records are JSON');
  }
  if (document.regex !== undefined) {
    const { regex } = document;
    const groups = checkPattern(regex.match, patterns, ['parser', 'regex', 'match'], findings);
    if (groups.length === 0 && grokProblem(regex.match, patterns) === undefined) {
      findings.error(
        ['parser', 'regex', 'match'],
        'the pattern yields no field: expected %{PATTERN:field} or (?P<field>...)',
      );
    }
    const { match, patternDefinitions } = regex;
    return { type: 'regex', match, patternDefinitions, ...textOptions(regex) };
  }
  if (document.fastmatch !== undefined) {
    const { match } = document.fastmatch;
    for (const [index, pattern] of match.entries()) {
      const problem = fastmatchProblem(pattern);
      if (problem !== undefined) findings.error(['parser', 'fastmatch', 'match', index], `the pattern ${problem}`);
    }
    return { type: 'fastmatch', match, ...textOptions(document.fastmatch) };
  }
  if (document.csv !== undefined) return buildCsv(document.csv, findings);
  return { type: 'json' };
}

function buildCsv(csv: NonNullable<ParserDocument['csv']>, findings: Findings): Parser {
  const path = ['parser', 'csv'];
  const { delimiter, hasHeader, columns } = csv;
  if (delimiter.length !== 1) findings.error([...path, 'delimiter'], 'expected one character');
  if (columns.every((name) => name === '')) {
    findings.error(path, '`columns` is missing: records are read one by one, so a header line cannot name them');
  }
  const twice = columns.findIndex((name, index) => name !== '' && columns.indexOf(name) < index);
  if (twice >= 0) findings.error([...path, 'columns', twice], `there is already a column \`${columns[twice]}\``);
  return { type: 'csv', delimiter, hasHeader, columns, ...textOptions(csv) };
}

function textOptions(document: {
  skipPrefix?: string | undefined;
  emptyValues: string[];
  trimSpace: boolean;
  expandFields: Record<string, string>;
}): Pick<Extract<Parser, { type: 'csv' }>, 'skipPrefix' | 'emptyValues' | 'trimSpace' | 'expandFields'> {
  const { skipPrefix, emptyValues, trimSpace, expandFields } = document;
  return { ...(skipPrefix === undefined ? {} : { skipPrefix }), emptyValues, trimSpace, expandFields };
}

/** The names of what a parser puts out; undefined for JSON, which has any. */
export function yieldedNames(parser: Parser, patterns: Patterns): ReadonlySet<string> | undefined {
  if (parser.type === 'json') return undefined;
  const names = Object.keys(parser.expandFields);
  if (parser.type === 'csv') names.push(...parser.columns);
  else if (parser.type === 'fastmatch') {
    names.push(...parser.match.flatMap((pattern) => splitFastmatch(pattern).fields.map(({ name }) => name)));
  } else if (grokProblem(parser.match, patterns) === undefined) {
    names.push(...compileGrok(parser.match, patterns).groups);
  }
  return new Set(names);
}

/** What `drop`, `extract` and required fields ask for must come from somewhere. */
export function checkSources(
  fields: readonly Field[],
  document: SchemaDocument,
  yielded: ReadonlySet<string> | undefined,
  patterns: Patterns,
  findings: Findings,
): void {
  const declared = new Set(fields.map((field) => field.name));
  const extracted = new Set<string>();
  for (const [index, extract] of document.extract.entries()) {
    for (const [at, pattern] of extract.patterns.entries()) {
      const path = ['extract', index, 'patterns', at];
      const groups = checkPattern([pattern.match], patterns, [...path, 'match'], findings);
      for (const name of groups) mustBeDeclared(name, declared, [...path, 'match'], findings);
      for (const name of Object.keys(pattern.set)) mustBeDeclared(name, declared, [...path, 'set', name], findings);
      for (const name of [...groups, ...Object.keys(pattern.set)]) extracted.add(name);
    }
  }
  if (yielded === undefined) return;
  const known = new Set([...yielded, ...declared]);
  for (const [index, { from, when }] of document.extract.entries()) {
    mustBeKnown(from, known, ['extract', index, 'from'], findings);
    for (const name of Object.keys(when ?? {})) mustBeKnown(name, known, ['extract', index, 'when', name], findings);
  }
  for (const [index, { when }] of document.drop.entries()) {
    for (const name of Object.keys(when)) mustBeKnown(name, known, ['drop', index, 'when', name], findings);
  }
  for (const [index, field] of fields.entries()) {
    if (field.required && !isFilled(field, yielded) && !extracted.has(field.name)) {
      findings.warn(['fields', index, 'required'], `the parser never yields \`${field.name}\`, so no record fits`);
    }
  }
}

function isFilled(field: Field, yielded: ReadonlySet<string>): boolean {
  if (field.copy !== undefined || field.concat !== undefined || field.split !== undefined) return true;
  return yielded.has(field.name) || (field.rename !== undefined && yielded.has(field.rename.from));
}

function mustBeDeclared(name: string, declared: ReadonlySet<string>, path: Path, findings: Findings): void {
  if (!declared.has(name))
    findings.error(path, `sets \`${name}\`, which is not among \`fields\`${hint(name, declared)}`);
}

function mustBeKnown(name: string, known: ReadonlySet<string>, path: Path, findings: Findings): void {
  if (!known.has(name)) findings.error(path, `neither the parser nor \`fields\` has \`${name}\`${hint(name, known)}`);
}

function hint(name: string, names: ReadonlySet<string>): string {
  const near = closest(name, [...names]);
  return near === undefined ? '' : `; did you mean \`${near}\`?`;
}
