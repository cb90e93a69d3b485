// A question that a person answers with y or n. Where there is no terminal nobody can be asked: the caller looks first.

import { createInterface } from 'node:readline';
import type { Cli } from './command.ts';

export function canConfirm({ stdin, stderr }: Pick<Cli, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY;
}

/** Everything but `y` and `yes` is no, the end of the input too. */
export async function confirm({ stdin, stderr }: Pick<Cli, 'stdin' | 'stderr'>, question: string): Promise<boolean> {
  await stderr.write(`${question} [y/N] `);
  const lines = createInterface({ input: stdin });
  for await (const line of lines) {
    lines.close();
    return /^y(es)?$/i.test(line.trim());
  }
  return false;
}
