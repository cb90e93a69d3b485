// Many plain texts asked of one text together: by sets where the compared part has a length that is known.

import type { ComparedText } from './text.ts';
import { foldCase } from './value.ts';

/** Whether the text, in lower case, compares with one of them, without regard to case. */
export function createTextSet(texts: readonly ComparedText[]): (lower: string) => boolean {
  const of = (how: ComparedText['how']): readonly string[] =>
    texts.filter((each) => each.how === how).map(({ text }) => foldCase(text));
  const equal = new Set(of('equals'));
  const starts = byLength(of('startswith'));
  const ends = byLength(of('endswith'));
  const parts = of('contains');
  return (lower) => {
    if (equal.has(lower)) return true;
    for (const [length, set] of starts) if (length <= lower.length && set.has(lower.slice(0, length))) return true;
    for (const [length, set] of ends) {
      if (length <= lower.length && set.has(lower.slice(lower.length - length))) return true;
    }
    for (const part of parts) if (lower.includes(part)) return true;
    return false;
  };
}

function byLength(texts: readonly string[]): ReadonlyMap<number, ReadonlySet<string>> {
  const sets = new Map<number, Set<string>>();
  for (const text of texts) {
    const set = sets.get(text.length) ?? new Set();
    sets.set(text.length, set.add(text));
  }
  return sets;
}
