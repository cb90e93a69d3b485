// What a workspace and the built-in content hold, read from disk and checked: schemas, rules, helpers, lookups. What is
// broken becomes a problem and is left out. It runs nothing: TypeScript rules are loaded by workers, Python rules by their host.

import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Problem } from './core/problem.ts';
import type { Schema } from './core/schema.ts';
import { parseRuleDocument } from './detect/document.ts';
import { type PythonModel, type PythonModule, type PythonRule, readPythonModules } from './detect/python-rule.ts';
import type { RuleFile } from './detect/typescript.ts';
import { parseLookup } from './lookup/document.ts';
import type { LookupFile } from './lookup/load.ts';
import { parseSchema } from './schema/document.ts';

export interface WorkspaceFiles {
  readonly schemas: readonly Schema[];
  readonly typescript: readonly RuleFile[];
  readonly python: {
    readonly rules: readonly PythonRule[];
    readonly modules: readonly PythonModule[];
    readonly models: readonly PythonModel[];
  };
  readonly lookups: readonly LookupFile[];
  readonly problems: readonly Problem[];
}

const builtIn = fileURLToPath(new URL('../content', import.meta.url));

export async function readWorkspace(folder: string): Promise<WorkspaceFiles> {
  const workspace = resolve(folder);
  const problems: Problem[] = [];
  const schemas = await readSchemas(workspace, problems);
  const rules = await list(join(workspace, 'rules'), workspace);
  const typescript = rules.filter(({ name }) => name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(name));
  const python = await readPython(workspace, rules, problems);
  const lookups = await readLookups(workspace, schemas, problems);
  return { schemas, typescript, python, lookups, problems };
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

async function readPython(
  workspace: string,
  files: readonly RuleFile[],
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
  for (const { path, name } of files) {
    if (!isYaml(name)) continue;
    const { document, problems: found } = parseRuleDocument(await readFile(path, 'utf8'), name);
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
    else rules.push({ detection: document.detection, source: text, tests: document.tests });
  }
  return { rules, modules, models };
}

async function readLookups(
  workspace: string,
  schemas: readonly Schema[],
  problems: Problem[],
): Promise<readonly LookupFile[]> {
  const lookups: LookupFile[] = [];
  for (const { path, name } of await list(join(workspace, 'lookups'), workspace)) {
    if (!isYaml(name)) continue;
    const { lookup, problems: found } = parseLookup(await readFile(path, 'utf8'), name);
    problems.push(...found);
    if (lookup === undefined) continue;
    const { filename, schema: schemaName, ...definition } = lookup;
    const file = join(dirname(path), filename);
    const schema = schemas.find((candidate) => candidate.name === schemaName);
    if (schemaName !== undefined && schema === undefined) {
      problems.push({ file: name, message: `Schema: there is no schema ${schemaName}` });
      continue;
    }
    if (
      !(await readFile(file).then(
        () => true,
        () => false,
      ))
    ) {
      problems.push({ file: name, message: `Filename: there is no file ${filename}` });
      continue;
    }
    const key = schema?.fields.find((field) => field.name === lookup.primaryKey);
    const format = /\.(jsonl?|ndjson)$/i.test(basename(filename)) ? 'jsonl' : 'csv';
    lookups.push({
      ...definition,
      match: key?.validate?.cidr === undefined ? 'exact' : 'cidr',
      path: file,
      file: relative(workspace, file),
      format,
    });
  }
  return lookups;
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

/** Files below a folder, sorted; none where there is no such folder. Folders of samples and hidden ones are left out. */
async function list(folder: string, root: string): Promise<RuleFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/[\\/](samples|node_modules|\.[^\\/]*)[\\/]/.test(path.slice(folder.length)))
    .toSorted()
    .map((path) => ({ path, name: relative(root, path) }));
}
