// Which folder is the workspace, and its configuration as a command wants it: without problems, or not at all.

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Config, configFile, loadConfig } from '../config.ts';
import { formatProblem, UserError } from '../core/problem.ts';
import { type Cli, exitCodes } from './command.ts';
import { printable } from './width.ts';

/** The named folder, or the nearest one upwards with a tocsin.yml, or the current one. */
export function findWorkspace(named: string | undefined, cwd: string): string {
  if (named !== undefined && named !== '') return resolve(cwd, named);
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, configFile))) return folder;
    if (folder === dirname(folder)) return cwd;
  }
}

/** A configuration with problems is a UserError with exit code 78 that lists them. */
export async function requireConfig(cli: Cli): Promise<Config> {
  const { config, problems } = await loadConfig(cli.workspace, { env: cli.env });
  if (problems.length === 0) return config;
  const text = problems.map((problem) => printable(formatProblem(problem))).join('\n');
  throw new UserError(text, { exitCode: exitCodes.config, problems });
}
