// What all families of logs share: times, chance from a seed, and small words for scenarios.

/** What a source sends, whole and when; its event's time is in the text. */
export interface Sent {
  readonly source: string;
  /** Epoch ms. */
  readonly time: number;
  readonly text: string;
}

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** 0 <= random < 1, the same for a seed. (mulberry32) */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` things one after the other, `every` ms apart from `start` on. */
export function spread(
  { start, count, every }: { readonly start: number; readonly count: number; readonly every: number },
  make: (time: number, index: number) => Sent | readonly Sent[],
): readonly Sent[] {
  return Array.from({ length: count }, (_, index) => make(start + index * every, index)).flat();
}

/** An address of a documentation network, by number. */
export function addressOf(index: number): string {
  return `203.0.113.${1 + (index % 254)}`;
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
