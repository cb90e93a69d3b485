// Text over several lines of a terminal.

import { displayWidth, truncate } from './width.ts';

/** Lines of parts with a blank between them; a part that is longer than a line is cut. */
export function wrap(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    const cut = truncate(part, width);
    const longer = line === '' ? cut : `${line} ${cut}`;
    if (displayWidth(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = cut;
    }
  }
  return [...lines, line];
}
