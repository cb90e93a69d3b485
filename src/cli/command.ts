// What every command is made of and what it gets. A command's file says its arguments and what it does; it starts and
// stops what it needs, prints data on stdout and all else on stderr, and gives its exit code.

import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Program } from './program.ts';
import type { Terminal } from './terminal.ts';

export const exitCodes = {
  ok: 0,
  failures: 1,
  usage: 2,
  bug: 70,
  temporary: 75,
  config: 78,
  interrupted: 130,
} as const;

export interface Cli {
  readonly stdin: InputStream;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of `--workspace`, TOCSIN_WORKSPACE or the nearest folder upwards that has a tocsin.yml. */
  readonly workspace: string;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly program: Program;
  /** A sentence on stderr. */
  readonly warn: (message: string) => void;
  /** Aborted by the first Ctrl-C or SIGTERM; the second one ends the process. Taken by commands that drain: call it once,
   *  and from then on an interrupt is theirs. */
  onInterrupt(): AbortSignal;
}

/** Wraps an action for commander. The action gets what commander hands over, and gives the exit code. */
export type Act = <Words extends unknown[]>(
  action: (cli: Cli, ...words: Words) => Promise<number>,
) => (...words: Words) => Promise<void>;

/** stdin, or what stands for it. */
export type InputStream = Readable & { readonly isTTY?: boolean; readonly setRawMode?: (on: boolean) => unknown };

export interface CliCommand {
  readonly name: string;
  readonly description: string;
  /** Adds arguments, options and subcommands. */
  readonly define: (self: Command, act: Act) => void;
}
