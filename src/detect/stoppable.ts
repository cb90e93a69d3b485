import { setFlagsFromString } from 'node:v8';

/**
 * Keeps every loop stoppable, by a thread's heap limit and by `terminate()`. V8's loop unrolling (13.6, in Node 24) leaves
 * out the check for it in loops such as `for (;;) all.push(new Array(1000).fill(x))`: such a thread takes memory without
 * end and cannot be ended. Holds for the whole process and for code that is optimized afterwards.
 */
export function keepLoopsStoppable(): void {
  setFlagsFromString('--no-turboshaft-loop-unrolling');
}
