// What is wrong with the content, on stderr, when a command starts the program.

import { formatProblem, type Problem } from '../core/problem.ts';
import type { Cli } from './command.ts';
import { plural } from './format.ts';
import { printable } from './width.ts';

const maxProblems = 20;

/** What of the content does not work, the first ones in full. */
export async function tellProblems(cli: Cli, problems: readonly Problem[]): Promise<void> {
  for (const problem of problems.slice(0, maxProblems)) {
    await cli.stderr.line(cli.stderr.paint('yellow', printable(formatProblem(problem))));
  }
  const more = problems.length - maxProblems;
  if (more > 0) await cli.stderr.line(`and ${plural(more, 'problem')} more: tocsin doctor`);
}
