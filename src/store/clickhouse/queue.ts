// Runs at most `width` tasks at a time, in the order in which they came.

export type Queue = <T>(task: () => Promise<T>) => Promise<T>;

/** `full` makes the error for a task that finds `waitingLimit` others waiting. */
export function createQueue(width: number, waitingLimit = Infinity, full?: () => Error): Queue {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (task) => {
    if (running >= width) {
      if (waiting.length >= waitingLimit) throw full?.() ?? new Error('bug: a queue with a limit has no error for it');
      // The slot is handed over by the task that ends, so `running` does not change.
      await new Promise<void>((start) => waiting.push(start));
    } else {
      running += 1;
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
