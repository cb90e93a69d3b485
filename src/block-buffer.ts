// Memory in which workers hand blocks of rows to the main thread: shared, so that nothing is copied, and used again, so
// that megabytes per batch do not make V8 collect garbage all the time.

const step = 256 * 1024;
/** More than the line holds at once is given back to the system. */
const kept = 16;

export interface BlockBuffers {
  take(size: number): SharedArrayBuffer;
  giveBack(buffer: SharedArrayBuffer): void;
}

export function createBlockBuffers(): BlockBuffers {
  const free: SharedArrayBuffer[] = [];
  return {
    take(size) {
      // The smallest that is large enough.
      let best = -1;
      for (const [index, { byteLength }] of free.entries()) {
        if (byteLength < size) continue;
        if (best < 0 || byteLength < (free[best]?.byteLength ?? 0)) best = index;
      }
      const [found] = best < 0 ? [] : free.splice(best, 1);
      return found ?? new SharedArrayBuffer(Math.ceil(size / step) * step);
    },
    giveBack(buffer) {
      if (free.length < kept) free.push(buffer);
    },
  };
}
