// The schemas that a command was told to use: of the workspace and the built-in content by name, or schema files by path.

import { readFile } from 'node:fs/promises';
import { closest } from '../core/closest.ts';
import { formatProblem, UserError } from '../core/problem.ts';
import type { Schema } from '../core/schema.ts';
import { hardenRegex } from '../detect/regex.ts';
import { parseSchema } from '../schema/document.ts';
import { type Cli, exitCodes } from './command.ts';
import { printableMessage } from './format.ts';
import { requireConfig } from './workspace.ts';

/** All of the content where none is named. A file that is no schema is a UserError with its problems. */
export async function chooseSchemas(cli: Cli, wanted: readonly string[] | undefined): Promise<readonly Schema[]> {
  // Users' patterns meet users' lines here, as in a worker.
  hardenRegex();
  const files = (wanted ?? []).filter(isFile);
  const names = (wanted ?? []).filter((name) => !isFile(name));
  const read = await Promise.all(files.map(readSchema));
  if (wanted !== undefined && names.length === 0) return read;

  const { schemas } = await cli.program.loadContent(await requireConfig(cli));
  if (wanted === undefined) return schemas;
  return [...read, ...names.map((name) => byName(schemas, name))];
}

function isFile(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

async function readSchema(file: string): Promise<Schema> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError(`cannot read ${file}: ${printableMessage(cause)}`, { cause });
  });
  const { schema, problems } = parseSchema(text, file);
  if (schema !== undefined) return schema;
  throw new UserError(problems.map(formatProblem).join('\n'), { exitCode: exitCodes.failures, problems });
}

function byName(schemas: readonly Schema[], name: string): Schema {
  const found = schemas.find((schema) => schema.name === name);
  if (found !== undefined) return found;
  const names = schemas.map((schema) => schema.name).toSorted();
  const near = closest(name, names);
  const hint = near === undefined ? `there are: ${names.join(', ')}` : `did you mean ${near}?`;
  throw new UserError(`there is no schema ${name}; ${hint}`, { exitCode: exitCodes.usage });
}
