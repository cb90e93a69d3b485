// Schema files: Panther's YAML form with our additions, read, checked as a whole and turned into `Schema`.
// Runs when content is loaded; every problem of a file is told, with its place. Must not know how records are parsed.

import { basename } from 'node:path';
import { issueProblems } from '../core/document-issue.ts';
import { type DocumentText, readDocumentText } from '../core/document-text.ts';
import { fixedTables } from '../core/fixed-tables.ts';
import type { Problem } from '../core/problem.ts';
import type { Schema } from '../core/schema.ts';
import { buildParser, checkPatternDefinitions, checkSources, yieldedNames } from './document-parser.ts';
import { schemaShape, type SchemaDocument } from './document-shape.ts';
import { buildFields, checkEcsName } from './document-value.ts';
import type { Findings } from './finding.ts';

const namePattern = /^[A-Z][A-Za-z0-9]+(?:\.[A-Z][A-Za-z0-9]+)*$/;

const fixedTableNames = new Set(fixedTables.map((table) => table.name));

/** Without a schema the problems are errors; with one they are warnings. `file` is shown in messages and, where the file
 *  has no `schema` key, names the schema: `Custom.Netstat.yml`. */
export function parseSchema(text: string, file: string): { schema?: Schema; problems: Problem[] } {
  const source = readDocumentText(text, file);
  if (source.syntax.length > 0) return { problems: [...source.syntax] };
  const shaped = schemaShape.safeParse(source.value);
  if (!shaped.success)
    return { problems: sorted(shaped.error.issues.flatMap((issue) => issueProblems(issue, source))) };

  const found = collect(source);
  const schema = build(shaped.data, file, found);
  const problems = sorted(found.problems());
  return found.failed() ? { problems } : { schema, problems };
}

function collect(source: DocumentText): Findings & { problems(): Problem[]; failed(): boolean } {
  const problems: Problem[] = [];
  let failed = false;
  return {
    error(path, message, key) {
      failed = true;
      problems.push(source.problem(path, message, key));
    },
    warn: (path, message, key) => void problems.push(source.problem(path, message, key)),
    problems: () => problems,
    failed: () => failed,
  };
}

/** By place, without repetitions: a definition that is used twice is wrong once. */
function sorted(problems: readonly Problem[]): Problem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...unique.values()].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function build(document: SchemaDocument, file: string, findings: Findings): Schema {
  const name = schemaName(document, file, findings);
  const patterns = checkPatternDefinitions(document, findings);
  const parser = buildParser(document.parser, patterns, findings);
  const fields = buildFields(document, findings);
  const yielded = yieldedNames(parser, patterns);
  checkSources(fields, document, yielded, patterns, findings);
  for (const key of Object.keys(document.ecs)) checkEcsName(key, ['ecs', key], findings);
  return {
    name,
    description: document.description,
    referenceUrl: document.referenceURL,
    parser,
    fields,
    drop: document.drop,
    extract: document.extract.map(({ from, when, patterns: tried }) => ({
      from,
      ...(when === undefined ? {} : { when }),
      patterns: tried,
    })),
    patternDefinitions: document.patternDefinitions,
    ecs: document.ecs,
    fieldDiscovery: document.fieldDiscoveryEnabled,
    file,
  };
}

function schemaName(document: SchemaDocument, file: string, findings: Findings): string {
  const name = document.schema ?? basename(file).replace(/\.ya?ml$/, '');
  const path = document.schema === undefined ? [] : ['schema'];
  if (name.length < 3 || name.length > 255 || !namePattern.test(name)) {
    const wanted =
      'expected a log type such as Custom.MyApp.Audit: words of letters and digits, each with a capital, joined by dots';
    findings.error(path, document.schema === undefined ? `\`schema\` is missing; ${wanted}` : wanted);
  }
  if (fixedTableNames.has(name.toLowerCase()))
    findings.error(path, `the name ${name} is taken by a table of the store`);
  return name;
}
