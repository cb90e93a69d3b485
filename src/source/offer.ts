// How a source that cannot send its data back (a file, a pipe, a socket) yields a chunk: again and again until the
// journal has it.

import { setTimeout as wait } from 'node:timers/promises';
import type { Chunk } from '../core/batch.ts';
import type { SourceHealth } from '../core/source.ts';

const retryMs = 1000;

/** The taker asks for the next chunk only after `settled`. Gives up when `stop` is aborted. */
export async function* offer(
  chunk: Chunk,
  stop: AbortSignal,
  tell: (health: SourceHealth) => void,
): AsyncGenerator<Chunk, void> {
  for (;;) {
    let failure: Error | undefined;
    yield {
      ...chunk,
      settled(error) {
        failure = error;
        if (error === undefined) chunk.settled?.();
      },
    };
    if (failure === undefined) return;
    tell({ state: 'failing', message: `${failure.message}; it is tried again every second` });
    await wait(retryMs, undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) return;
  }
}
