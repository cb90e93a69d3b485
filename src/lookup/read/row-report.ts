// Rows of a file that cannot be used: the first ones with their place, the others counted. A file of nothing but such
// rows fills neither the memory nor the screen.

import type { Problem } from '../../core/problem.ts';

export interface RowReport {
  /** Of the row in hand, 1-based; 0 where the format has no lines. Set by the format while it reads. */
  line: number;
  /** The row in hand cannot be used: what was expected. */
  problem(message: string): void;
  problems(): readonly Problem[];
}

const mostShown = 20;
const longestMessage = 300;

export function createRowReport(file: string): RowReport {
  const shown: Problem[] = [];
  let more = 0;
  return {
    line: 0,
    problem(message) {
      if (shown.length === mostShown) more++;
      else
        shown.push({ file, ...(this.line > 0 ? { line: this.line } : {}), message: message.slice(0, longestMessage) });
    },
    problems() {
      return more === 0 ? shown : [...shown, { file, message: `${more} more rows cannot be used as they should` }];
    },
  };
}
