import { setFlagsFromString } from 'node:v8';

/**
 * Makes V8 go over to its linear engine where a pattern backtracks too much, so that `^(a+)+$` on a hostile line takes
 * microseconds and not hours. Patterns with lookaround or backreferences are not covered. The flags hold for the whole
 * process and for patterns compiled afterwards: call it first thing in a thread that runs rules.
 */
export function hardenRegex(): void {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  setFlagsFromString('--regexp-backtracks-before-fallback=10000');
}
