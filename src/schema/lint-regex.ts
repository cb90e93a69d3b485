// A warning for regular expressions that can take exponential time. V8's linear engine, to which it falls back, takes
// them all but one kind: those whose counted repetitions make more than 16 copies of a part ({1,17}, or {1,5} in {1,5}).

const mostCopies = 16;

interface Level {
  /** Something inside repeats without end. */
  unbounded: boolean;
  /** The most copies that counted repetitions inside make of a part. */
  copies: number;
}

/** Takes the source that `compileGrok` makes. A sentence that names the nested repetition, or undefined. */
export function lintRegex(source: string): string | undefined {
  const stack: Level[] = [];
  let level: Level = { unbounded: false, copies: 1 };
  let nested = '';
  // The atom that the next quantifier repeats.
  let atom: Level = { unbounded: false, copies: 1 };
  let start = 0;
  const starts: number[] = [];
  for (const token of source.matchAll(
    /\\[^]|\[(?:\\[^]|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|[ims]+:)|[*+?]|\{\d+(?:,\d*)?\}|[^]/g,
  )) {
    const [text] = token;
    if (text === '(' || (text.startsWith('(?') && text.length > 2)) {
      stack.push(level);
      starts.push(token.index);
      level = { unbounded: false, copies: 1 };
    } else if (text === ')') {
      atom = level;
      level = stack.pop() ?? { unbounded: false, copies: 1 };
      start = starts.pop() ?? 0;
      join(level, atom);
    } else if (text === '*' || text === '+' || (text.startsWith('{') && text.length > 2)) {
      const [least = '', most = least] = text.slice(1, -1).split(',');
      const isCounted = text.startsWith('{');
      const isEndless = !isCounted || most === '';
      const copies = isCounted ? Math.max(Number(least), Number(most), 1) : 1;
      if (isEndless && atom.unbounded) nested = source.slice(start, token.index + text.length);
      join(level, { unbounded: isEndless || atom.unbounded, copies: copies * atom.copies });
      atom = { unbounded: false, copies: 1 };
    } else if (text !== '?') {
      atom = { unbounded: false, copies: 1 };
      start = token.index;
    }
  }
  if (nested === '' || level.copies <= mostCopies) return undefined;
  const shown = nested.length > 60 ? `${nested.slice(0, 57)}...` : nested;
  return (
    `repeats a repetition (${shown}), which can take very long on hostile input, and its counts make ` +
    `${level.copies} copies of a part, more than the ${mostCopies} up to which that is cut short`
  );
}

function join(level: Level, part: Level): void {
  level.unbounded ||= part.unbounded;
  level.copies = Math.max(level.copies, part.copies);
}
