// What a workspace and the built-in content hold, read from disk and checked: schemas, rules, helpers, lookups. What is
// broken becomes a problem and is left out. It runs nothing: TypeScript rules are loaded by workers, Python rules by their host.

import { readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { builtIn, isYaml, list } from './content/files.ts';
import { type LookupFiles, readLookups } from './content/lookup-files.ts';
import type { Detection } from './core/detection.ts';
import { readDocumentText } from './core/document-text.ts';
import type { Problem } from './core/problem.ts';
import type { Schema } from './core/schema.ts';
import type { Correlation } from './detect/correlation/correlation.ts';
import { parseCorrelation } from './detect/correlation/document.ts';
import { parsePantherCorrelation } from './detect/correlation/panther-document.ts';
import { parseRuleDocument } from './detect/document.ts';
import { type PythonModel, type PythonModule, type PythonRule, readPythonModules } from './detect/python-rule.ts';
import type { Placeholders } from './detect/sigma/item.ts';
import { isSigmaText, parseSigmaDocument } from './detect/sigma/document.ts';
import { applyFilters } from './detect/sigma/filter.ts';
import { withLogTypes } from './detect/sigma/route.ts';
import type { SigmaFilter, SigmaRule } from './detect/sigma/rule.ts';
import type { RuleFile } from './detect/typescript.ts';
import { parsePack } from './pack.ts';
import type { QueryFiles, TextFile } from './schedule/read-queries.ts';
import { parseSchema } from './schema/document.ts';

export interface WorkspaceFiles extends LookupFiles {
  readonly schemas: readonly Schema[];
  readonly typescript: readonly RuleFile[];
  readonly python: {
    readonly rules: readonly PythonRule[];
    readonly modules: readonly PythonModule[];
    readonly models: readonly PythonModel[];
  };
  readonly sigma: readonly SigmaRule[];
  /** They name rules by id or name: see resolveCorrelations. */
  readonly correlations: readonly Correlation[];
  readonly queries: QueryFiles;
  readonly problems: readonly Problem[];
}

/** `packs`: names of files in content/packs, without `.yml`. `placeholders`: values for Sigma's `expand`. */
export async function readWorkspace(
  folder: string,
  packs: readonly string[] = [],
  placeholders: Placeholders = {},
): Promise<WorkspaceFiles> {
  const workspace = resolve(folder);
  const problems: Problem[] = [];
  const schemas = await readSchemas(workspace, problems);
  const members = await readPacks(packs, problems);
  /** The workspace's own, and of the built-in ones those of the packs: such a file has its id for a name. */
  const filesOf = async (name: string): Promise<readonly RuleFile[]> => {
    const own = await list(join(workspace, name), workspace);
    const others = workspace === builtIn ? [] : await list(join(builtIn, name), builtIn);
    return [...own, ...others.filter((file) => members.has(idOfRule(file.name)))];
  };
  const rules = await filesOf('rules');
  const typescript = rules.filter(({ name }) => isTypeScript(name));
  const queries = await filesOf('queries');
  const files = [...rules, ...(await filesOf('correlations')), ...queries].filter(({ name }) => isYaml(name));
  const { documents = [], texts = [] } = Object.groupBy(await readTexts(files), (file) =>
    isQuery(file) ? 'documents' : 'texts',
  );
  const { sigma, correlations } = readSigma(texts.filter(isOfSigma), schemas, placeholders, problems);
  const python = await readPython(
    workspace,
    texts.filter((file) => !isOfSigma(file)),
    problems,
  );
  const lookups = await readLookups(workspace, members, schemas, problems);
  return {
    schemas,
    typescript,
    python,
    sigma,
    correlations,
    queries: { documents, typescript: queries.filter(({ name }) => isTypeScript(name)) },
    ...lookups,
    problems,
  };
}

/** The workspace's schema wins over a built-in one of the same name. */
async function readSchemas(workspace: string, problems: Problem[]): Promise<Schema[]> {
  const byName = new Map<string, Schema>();
  const own = new Map<string, string>();
  // `tocsin test content` takes the built-in content for a workspace.
  for (const root of new Set([builtIn, workspace])) {
    for (const { path, name } of await list(join(root, 'schemas'), root)) {
      if (!isYaml(name)) continue;
      const { schema, problems: found } = parseSchema(await readFile(path, 'utf8'), name);
      problems.push(...found);
      if (schema === undefined) continue;
      const other = own.get(schema.name);
      if (other !== undefined) {
        problems.push({ file: name, message: `schema: ${schema.name} is in ${other} already` });
        continue;
      }
      if (root === workspace) own.set(schema.name, name);
      byName.set(schema.name, schema);
    }
  }
  return [...byName.values()];
}

async function readTexts(files: readonly RuleFile[]): Promise<readonly TextFile[]> {
  return Promise.all(files.map(async ({ path, name }) => ({ name, text: await readFile(path, 'utf8') })));
}

/** Panther's wherever they lie; in `queries/` also what has no such type, for rules on their rows may lie beside them. */
function isQuery({ name, text }: TextFile): boolean {
  const type = typeOf(text);
  return type === undefined ? /^queries[\\/]/.test(name) : /^(?:saved|scheduled)_query$/.test(type);
}

/** And Panther's correlations, which are of the same kind. */
function isOfSigma({ text }: TextFile): boolean {
  return isSigmaText(text) || isPantherCorrelation(text);
}

function isPantherCorrelation(text: string): boolean {
  return typeOf(text) === 'correlation_rule';
}

/** Of Panther's documents; undefined: it is none of them. */
function typeOf(text: string): string | undefined {
  return /^AnalysisType:\s*['"]?(\w+)/m.exec(text)?.[1];
}

function readSigma(
  files: readonly TextFile[],
  schemas: readonly Schema[],
  placeholders: Placeholders,
  problems: Problem[],
) {
  const rules: SigmaRule[] = [];
  const filters: SigmaFilter[] = [];
  const correlations: Correlation[] = [];
  for (const { name, text } of files) {
    const found = isPantherCorrelation(text) ? readPanther(text, name) : readDocuments(text, name, placeholders);
    rules.push(...found.rules);
    filters.push(...found.filters);
    correlations.push(...found.correlations);
    problems.push(...found.problems);
  }
  const filtered = applyFilters(unique(rules, problems), filters);
  problems.push(...filtered.problems);
  return {
    sigma: filtered.rules.map((rule) => withLogTypes(rule, schemas)),
    correlations: unique(correlations, problems),
  };
}

/** An id belongs to one detection: the first. */
function unique<T extends { readonly detection: Detection }>(all: readonly T[], problems: Problem[]): readonly T[] {
  const files = new Map<string, string>();
  return all.filter(({ detection: { id, file } }) => {
    const other = files.get(id);
    if (other === undefined) files.set(id, file);
    else problems.push({ file, message: `id: ${id} is in ${other} already` });
    return other === undefined;
  });
}

function readDocuments(text: string, file: string, placeholders: Placeholders) {
  const { correlations, problems, ...found } = parseSigmaDocument(text, file, placeholders);
  const read = correlations.map((document) => parseCorrelation(document, file));
  return {
    ...found,
    correlations: read.flatMap(({ correlation }) => correlation ?? []),
    problems: [...problems, ...read.flatMap((each) => each.problems)],
  };
}

function readPanther(text: string, file: string) {
  const document = readDocumentText(text, file);
  const { correlation, problems } =
    document.syntax.length > 0
      ? { correlation: undefined, problems: document.syntax }
      : parsePantherCorrelation(document.value, document, file);
  return { rules: [], filters: [], correlations: correlation === undefined ? [] : [correlation], problems };
}

async function readPython(
  workspace: string,
  files: readonly TextFile[],
  problems: Problem[],
): Promise<WorkspaceFiles['python']> {
  const rules: PythonRule[] = [];
  const modules: PythonModule[] = [...(await readPythonModules(join(workspace, 'helpers'), 'helpers'))];
  const models: PythonModel[] = [];
  const source = async (file: string, from: string): Promise<string | undefined> => {
    const path = join(workspace, file);
    // A document names a file beside it, never one outside the workspace.
    const text = relative(workspace, path).startsWith('..')
      ? undefined
      : await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) problems.push({ file: from, message: `Filename: there is no file ${file}` });
    return text;
  };
  for (const { name, text: yaml } of files) {
    const { document, problems: found } = parseRuleDocument(yaml, name);
    problems.push(...found);
    if (document === undefined) continue;
    if (document.kind === 'model') {
      const text = document.filename === undefined ? undefined : await source(document.filename, name);
      models.push(text === undefined ? document.model : { ...document.model, source: text });
      continue;
    }
    const text = await source(document.filename, name);
    if (text === undefined) continue;
    if (document.kind === 'global') modules.push({ name: document.name, file: document.filename, source: text });
    else {
      const { detection, tests } = document;
      const onRows = typeOf(yaml) === 'scheduled_rule';
      rules.push({ detection, document: name, source: text, tests, ...(onRows && { onRows }) });
    }
  }
  return { rules, modules, models };
}

/** Names of lookup tables and ids of rules that the packs bring. */
async function readPacks(packs: readonly string[], problems: Problem[]): Promise<ReadonlySet<string>> {
  const files = await list(join(builtIn, 'packs'), builtIn);
  const known = files.map(({ name }) => basename(name, '.yml'));
  const members = new Set<string>();
  for (const wanted of packs) {
    const file = files.find(({ name }) => basename(name, '.yml') === wanted);
    if (file === undefined) {
      problems.push({
        file: 'tocsin.yml',
        message: `packs: there is no pack ${wanted}; there are: ${known.join(', ')}`,
      });
      continue;
    }
    const { pack, problems: found } = parsePack(await readFile(file.path, 'utf8'), file.name);
    problems.push(...found);
    for (const member of pack?.members ?? []) members.add(member);
  }
  return members;
}

/** A built-in rule's file has its id for a name. */
function idOfRule(name: string): string {
  return basename(name).replace(/\.(ts|py|ya?ml)$/, '');
}

function isTypeScript(name: string): boolean {
  return name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(name);
}
