// The documents of lookup tables, read from disk and checked. It loads no rows.

import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Problem } from '../core/problem.ts';
import type { Schema } from '../core/schema.ts';
import { type LookupDocument, parseLookup, type QueriedLookup, type RefreshedLookup } from '../lookup/document.ts';
import type { LookupFile } from '../lookup/load.ts';
import type { LookupDefinition } from '../lookup/table.ts';
import { indicatorColumns } from '../schema/indicator.ts';
import { builtIn, isYaml, list } from './files.ts';

export interface LookupFiles {
  readonly lookups: readonly LookupFile[];
  /** Lookup tables whose rows are fetched again and again. */
  readonly fetched: readonly FetchedLookup[];
}

/** With the columns' types, where a schema tells them. */
type TypedDefinition = LookupDefinition & Pick<LookupFile, 'types'>;

export interface FetchedLookup {
  readonly definition: TypedDefinition;
  readonly document: RefreshedLookup | QueriedLookup;
  /** Of the document, for people. */
  readonly file: string;
}

/** A table of the workspace wins over a built-in one of the same name; of those, the packs' are taken. */
export async function readLookups(
  workspace: string,
  members: ReadonlySet<string>,
  schemas: readonly Schema[],
  problems: Problem[],
): Promise<LookupFiles> {
  const lookups = new Map<string, LookupFile>();
  const fetched = new Map<string, FetchedLookup>();
  for (const root of new Set([builtIn, workspace])) {
    for (const { path, name } of await list(join(root, 'lookups'), root)) {
      if (!isYaml(name)) continue;
      const { lookup, problems: found } = parseLookup(await readFile(path, 'utf8'), name);
      if (root === builtIn && root !== workspace && !(lookup !== undefined && members.has(lookup.name))) continue;
      problems.push(...found);
      if (lookup === undefined) continue;
      const schema = schemas.find((candidate) => candidate.name === lookup.schema);
      if (lookup.schema !== undefined && schema === undefined) {
        problems.push({ file: name, message: `Schema: there is no schema ${lookup.schema}` });
        continue;
      }
      const definition = definitionOf(lookup, schema);
      lookups.delete(lookup.name);
      fetched.delete(lookup.name);
      if (!('filename' in lookup)) {
        fetched.set(lookup.name, { definition, document: lookup, file: name });
        continue;
      }
      const file = await besideDocument(path, lookup.filename);
      if (file === undefined) problems.push({ file: name, message: `Filename: there is no file ${lookup.filename}` });
      else lookups.set(lookup.name, fileOf(definition, lookup, { path: file, file: relative(root, file) }));
    }
  }
  return { lookups: [...lookups.values()], fetched: [...fetched.values()] };
}

async function besideDocument(document: string, filename: string): Promise<string | undefined> {
  const path = join(dirname(document), filename);
  const isThere = await stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
  return isThere ? path : undefined;
}

/** How the rows of the document's table are read from a file. */
export function fileOf(
  definition: TypedDefinition,
  { validity, mayShrink, ...lookup }: LookupDocument,
  place: Pick<LookupFile, 'path' | 'file'>,
): LookupFile {
  const { format, options } = 'format' in lookup ? lookup : { format: 'jsonl' as const };
  return {
    ...definition,
    ...place,
    format,
    mayShrink,
    ...(options === undefined ? {} : { options }),
    ...(validity === undefined ? {} : { validity }),
  };
}

/** What the document does not say is told by the schema's field of the primary key. */
function definitionOf({ name, primaryKey, ...lookup }: LookupDocument, schema: Schema | undefined): TypedDefinition {
  const key = schema?.fields.find((field) => field.name === primaryKey);
  const indicators = lookup.indicators.length > 0 ? lookup.indicators : (key?.indicators ?? []);
  const columns = indicators.flatMap((indicator) => indicatorColumns(indicator));
  const automatic = columns.length === 0 ? ['p_any_ip_addresses'] : [...new Set(columns)];
  return {
    name,
    primaryKey,
    match: lookup.match ?? (key?.validate?.cidr === undefined ? 'exact' : 'cidr'),
    selectors: {
      ...Object.fromEntries(lookup.byIndicator.map((logType) => [logType, automatic])),
      ...lookup.selectors,
    },
    ...(schema === undefined
      ? {}
      : { types: Object.fromEntries(schema.fields.map((field) => [field.name, field.type])) }),
  };
}
