// Texts with wildcards inside: `a*b?c` over a whole text. Never worse than the pattern's length times the text's.

import type { Piece } from './ast.ts';
import { isRun } from './text.ts';

/** What stands between two runs: texts, and undefined for one character. */
type Segment = readonly (string | undefined)[];

/** `text` is of the pattern's case already. */
export function compileGlob(pieces: readonly Piece[]): (text: string) => boolean {
  const segments: Segment[] = [[]];
  for (const piece of pieces) {
    if (isRun(piece)) segments.push([]);
    else segments.push([...(segments.pop() ?? []), typeof piece === 'string' ? piece : undefined]);
  }
  const [first = [], ...rest] = segments;
  const last = rest.pop();
  return (text) => {
    let at = endOf(first, text, 0);
    if (at < 0 || last === undefined) return at === text.length;
    for (const segment of rest) {
      at = findEnd(segment, text, at, false);
      if (at < 0) return false;
    }
    return last.length === 0 || findEnd(last, text, at, true) >= 0;
  };
}

/** Where the segment ends that begins at `from`; -1 where it does not. */
function endOf(segment: Segment, text: string, from: number): number {
  let at = from;
  for (const part of segment) {
    if (part === undefined) {
      if (at >= text.length) return -1;
      at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    } else {
      if (!text.startsWith(part, at)) return -1;
      at += part.length;
    }
  }
  return at;
}

/** The end of its first place from `from` on, or of one that is the text's end. */
function findEnd(segment: Segment, text: string, from: number, atEnd: boolean): number {
  const [head] = segment;
  for (let start = from; start <= text.length; start++) {
    if (head !== undefined) {
      start = text.indexOf(head, start);
      if (start < 0) return -1;
    }
    const end = endOf(segment, text, start);
    if (end >= 0 && (!atEnd || end === text.length)) return end;
  }
  return -1;
}
