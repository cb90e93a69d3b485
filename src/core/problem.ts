// What is wrong with something that a user wrote (configuration, schema, rule), and where.
// A problem is a value: it is collected and shown, and everything else goes on.

export interface Problem {
  /** Path as the user gave it, relative to the workspace where possible. */
  readonly file: string;
  /** 1-based; absent when the whole file is meant. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** `fields[2].type: expected one of string, int, ...`: the field, and what was expected. */
  readonly message: string;
}

/** `file:line:col: message`, the form that editors and people jump to. */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  return `${place}: ${problem.message}`;
}

/** An error that the user can mend. The CLI prints its message alone, without a stack, and ends with `exitCode`. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: number;
  readonly problems: readonly Problem[];
  /** Set where waiting and trying again may help. */
  readonly code: 'disk-full' | 'unreachable' | undefined;
  constructor(
    message: string,
    options: {
      exitCode?: number;
      problems?: readonly Problem[];
      code?: 'disk-full' | 'unreachable' | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
    this.problems = options.problems ?? [];
    this.code = options.code;
  }
}
