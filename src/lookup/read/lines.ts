// Lines of bytes that may be larger than the longest string there can be.

import { longestRow } from './format.ts';
import type { RowReport } from './row-report.ts';

const blockSize = 1024 * 1024;
const lineFeed = 10;

/** UTF-8, ended by LF, without a byte order mark; a CR before the LF is a blank at the line's end. Sets the report's line.
 *  Blank lines are left out, and those that begin with the comment sign, if there is one. One that is too long for a row is
 *  a problem. */
export function* linesOf(bytes: Buffer, report: RowReport, comment = ''): Generator<string, undefined> {
  let line = 0;
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < bytes.length) {
    const end = at + blockSize >= bytes.length ? bytes.length : bytes.lastIndexOf(lineFeed, at + blockSize);
    const isLonger = end < at;
    const text = isLonger ? '' : bytes.toString('utf8', at, end);
    for (const piece of text.split('\n')) {
      report.line = ++line;
      if (isLonger || piece.length > longestRow) report.problem(`expected a row of at most ${longestRow} characters`);
      const isRow = piece.length <= longestRow && piece.trim() !== '';
      if (isRow && (comment === '' || !piece.startsWith(comment))) yield piece;
    }
    const next = isLonger ? bytes.indexOf(lineFeed, at) : end;
    at = next < 0 ? bytes.length : next + 1;
  }
  return undefined;
}
