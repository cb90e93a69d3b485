// The command line within a test: no process, and what it prints is kept.

import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { CliCommand } from './command.ts';
import { runCommandLine } from './command-line.ts';
import { commands } from './index.ts';
import type { Program } from './program.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Captured {
  readonly cwd: string;
  /** What the command may ask of the program; all else is refused. */
  readonly program?: Partial<Program>;
  /** Default: all. */
  readonly commands?: readonly CliCommand[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of the terminal; none where absent. */
  readonly columns?: number;
  readonly interrupt?: AbortSignal;
}

const missing = () => Promise.reject(new Error('bug: not expected here'));

export async function runCaptured(words: readonly string[], captured: Captured): Promise<Ran> {
  const { cwd, program, input = '', env = {}, columns, interrupt = new AbortController().signal } = captured;
  const [stdout, stderr] = [createOutput(columns), createOutput(columns)];
  const code = await runCommandLine({
    words,
    commands: captured.commands ?? commands,
    program: { version: '1.2.3', start: missing, open: missing, loadContent: missing, ...program },
    stdin: Object.assign(Readable.from([Buffer.from(input)]), { isTTY: columns !== undefined }),
    stdout,
    stderr,
    env,
    cwd,
    onInterrupt: () => interrupt,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function createOutput(columns: number | undefined) {
  const parts: string[] = [];
  return Object.assign(new EventEmitter(), {
    ...(columns !== undefined && { isTTY: true, columns }),
    write: (text: string) => parts.push(text) > 0,
    text: () => parts.join(''),
  });
}
