// At most so many pieces of work at once; the others wait in order.

import { setImmediate as turn } from 'node:timers/promises';

export type Slots = <T>(work: () => Promise<T>) => Promise<T>;

/** After each piece of work everything else has its turn: the embedded database answers without ever leaving the event
 *  loop's current round, and thousands of its answers in a row would hold up the whole process. */
export function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      await turn();
      // The slot goes to the next one without being free in between.
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
