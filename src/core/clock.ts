// Time is injected everywhere, so that tests and replays decide what "now" is. Epoch milliseconds.

export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
