// A value that conditions ask for, as a view gives it to them.

import { addTexts, foldCase } from './value.ts';
import type { Slot } from './view.ts';

/** Of a view that answers each question anew, there being few. */
export function slotOf(value: () => unknown): Slot {
  const texts = (): readonly string[] => {
    const found: string[] = [];
    addTexts(value(), found);
    return found;
  };
  return { value, texts, lowers: () => texts().map(foldCase) };
}
