// Many literals looked for in one text at once: whole texts by a map, parts by a character beyond ASCII or else by four of
// their characters. Every second place of a text is looked at, since each part is known by two that follow each other.

import { rareAt, shortestPart } from './required.ts';

interface Part {
  readonly text: string;
  /** Where in it the characters stand by which it is known. */
  readonly offset: number;
  readonly owners: readonly number[];
}

export interface LiteralIndex {
  /** Calls `found` with the owners of each literal that the text (in lower case) is or has; some more than once. */
  scan(text: string, found: (owners: readonly number[]) => void): void;
}

const gramLength = 4;
const bloomBits = 17;

export function createLiteralIndex(
  whole: ReadonlyMap<string, readonly number[]>,
  parts: ReadonlyMap<string, readonly number[]>,
): LiteralIndex {
  const rare = placeRare(parts);
  const grams = placeParts([...parts].filter(([text]) => rareAt(text) < 0));
  /** One bit for each hash: most places of a text are passed over with one look. */
  const bloom = new Uint8Array(1 << (bloomBits - 3));
  for (const gram of grams.keys()) {
    const bit = Math.imul(gram, 0x9e3779b1) >>> (32 - bloomBits);
    bloom[bit >>> 3] = (bloom[bit >>> 3] ?? 0) | (1 << (bit & 7));
  }

  return {
    scan(text, found) {
      const owners = whole.get(text);
      if (owners !== undefined) found(owners);
      if (rare.size > 0) {
        for (let at = text.search(/[^\0-\x7f]/); at >= 0 && at < text.length; at++) {
          const code = text.charCodeAt(at);
          if (code > 0x7f) verify(rare.get(code), text, at, found);
        }
      }
      if (grams.size === 0) return;
      let gram = 0;
      for (let at = 1; at < text.length; at += 2) {
        gram = (gram << 16) | ((text.charCodeAt(at - 1) & 0xff) << 8) | (text.charCodeAt(at) & 0xff);
        const bit = Math.imul(gram, 0x9e3779b1) >>> (32 - bloomBits);
        if (((bloom[bit >>> 3] as number) & (1 << (bit & 7))) !== 0) {
          verify(grams.get(gram), text, at - gramLength + 1, found);
        }
      }
    },
  };
}

function verify(
  parts: readonly Part[] | undefined,
  text: string,
  at: number,
  found: (owners: readonly number[]) => void,
): void {
  for (const part of parts ?? []) {
    const start = at - part.offset;
    if (start >= 0 && text.startsWith(part.text, start)) found(part.owners);
  }
}

function placeRare(parts: ReadonlyMap<string, readonly number[]>): ReadonlyMap<number, readonly Part[]> {
  const placed = new Map<number, Part[]>();
  for (const [text, owners] of parts) {
    const offset = rareAt(text);
    if (offset >= 0) place(placed, text.charCodeAt(offset), { text, offset, owners });
  }
  return placed;
}

function place(placed: Map<number, Part[]>, key: number, part: Part): void {
  const there = placed.get(key);
  if (there === undefined) placed.set(key, [part]);
  else there.push(part);
}

/** Each part under two grams beside each other: those that the fewest others have too. */
function placeParts(parts: readonly (readonly [string, readonly number[]])[]): ReadonlyMap<number, readonly Part[]> {
  if (shortestPart <= gramLength) throw new Error('bug: a part must have two grams');
  const uses = new Map<number, number>();
  for (const [text] of parts) {
    for (const gram of new Set(gramsOf(text))) uses.set(gram, (uses.get(gram) ?? 0) + 1);
  }
  const placed = new Map<number, Part[]>();
  for (const [text, owners] of parts) {
    const grams = gramsOf(text);
    let best = 0;
    let least = Infinity;
    for (let at = 0; at + 1 < grams.length; at++) {
      const count = (uses.get(grams[at] as number) ?? 0) + (uses.get(grams[at + 1] as number) ?? 0);
      if (count < least) [best, least] = [at, count];
    }
    for (const offset of [best, best + 1]) {
      place(placed, grams[offset] as number, { text, offset, owners });
    }
  }
  return placed;
}

function gramsOf(text: string): number[] {
  const grams: number[] = [];
  for (let at = 0; at + gramLength <= text.length; at++) {
    let gram = 0;
    for (let next = at; next < at + gramLength; next++) gram = (gram << 8) | (text.charCodeAt(next) & 0xff);
    grams.push(gram);
  }
  return grams;
}
