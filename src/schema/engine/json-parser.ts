// One JSON object per record, read from bytes: values of wanted keys become slots, everything else is skipped over.

import { type RecordParser, type Records, type Slots, slotKind, unescapeJson } from './record.ts';

const quote = 0x22;
const backslash = 0x5c;
const maxDepth = 200;
/** 1 for each byte that a JSON number may have. */
const isNumberByte = new Uint8Array(256);
for (const character of '0123456789+-.eE') isNumberByte[character.charCodeAt(0)] = 1;

/** `keys`: key in the record to slot number; two keys may lead to one slot. Keys are compared with their case. */
export function createJsonParser(keys: ReadonlyMap<string, number>): RecordParser {
  const slotOfKey = createKeyTable(keys);
  let problem = '';

  /** After the closing quote; -1 where there is none. `escapes` tells whether a backslash was met. */
  let escapes = false;
  function skipString(bytes: Buffer, from: number, end: number): number {
    escapes = false;
    for (let at = from; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === quote) return at + 1;
      if (byte === backslash) {
        escapes = true;
        at++;
      }
    }
    return -1;
  }

  /** After the closing bracket of the object or array that opens at `from`; -1 where it does not close. */
  function skipComposite(bytes: Buffer, from: number, end: number): number {
    let depth = 0;
    for (let at = from; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === quote) {
        at = skipString(bytes, at + 1, end) - 1;
        if (at < 0) return -1;
      } else if (byte === 0x7b || byte === 0x5b) {
        if (++depth > maxDepth) return -1;
      } else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) {
        return at + 1;
      }
    }
    return -1;
  }

  function fail(reason: string, at: number): false {
    problem = `${reason} at byte ${at}`;
    return false;
  }

  function read(records: Records, start: number, end: number, slots: Slots): boolean {
    const bytes = records.bytes;
    slots.clear();
    let at = skipSpace(bytes, start, end);
    if (bytes[at] !== 0x7b || at >= end) return fail('not a JSON object', at - start);
    at = skipSpace(bytes, at + 1, end);
    if (at < end && bytes[at] === 0x7d) return atEnd(bytes, at + 1, start, end);
    for (;;) {
      if (at >= end || bytes[at] !== quote) return fail('expected a key in double quotes', at - start);
      const keyStart = at + 1;
      const afterKey = skipString(bytes, keyStart, end);
      if (afterKey < 0) return fail('a key that does not end', keyStart - start);
      const slot = escapes
        ? (keys.get(unescapeJson(records.text(keyStart, afterKey - 1))) ?? -1)
        : slotOfKey(bytes, keyStart, afterKey - 1);
      at = skipSpace(bytes, afterKey, end);
      if (at >= end || bytes[at] !== 0x3a) return fail("expected ':'", at - start);
      at = skipSpace(bytes, at + 1, end);

      const valueStart = at;
      const byte = at < end ? (bytes[at] as number) : 0;
      let kind: number;
      let from = valueStart;
      let to: number;
      if (byte === quote) {
        at = skipString(bytes, at + 1, end);
        if (at < 0) return fail('a string that does not end', valueStart - start);
        kind = escapes ? slotKind.escaped : slotKind.text;
        from = valueStart + 1;
        to = at - 1;
      } else if (byte === 0x7b || byte === 0x5b) {
        at = skipComposite(bytes, at, end);
        if (at < 0) return fail('an object or array that does not end', valueStart - start);
        kind = slotKind.composite;
        to = at;
      } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
        at++;
        while (at < end && isNumberByte[bytes[at] as number] === 1) at++;
        kind = slotKind.number;
        to = at;
      } else {
        kind = byte === 0x74 ? slotKind.true : byte === 0x66 ? slotKind.false : slotKind.null;
        const word = byte === 0x74 ? 'true' : byte === 0x66 ? 'false' : 'null';
        at += word.length;
        if (at > end || records.latin1.substring(valueStart, at) !== word) {
          return fail('expected a JSON value', valueStart - start);
        }
        to = at;
      }
      if (slot >= 0) {
        slots.kind[slot] = kind;
        slots.start[slot] = from;
        slots.end[slot] = to;
      }

      at = skipSpace(bytes, at, end);
      const next = at < end ? bytes[at] : 0;
      if (next === 0x7d) return atEnd(bytes, at + 1, start, end);
      if (next !== 0x2c) return fail("expected ',' or '}'", at - start);
      at = skipSpace(bytes, at + 1, end);
    }
  }

  function atEnd(bytes: Buffer, after: number, start: number, end: number): boolean {
    const at = skipSpace(bytes, after, end);
    return at === end ? true : fail('text after the JSON object', at - start);
  }

  return { read, reason: () => problem };
}

interface Key {
  readonly bytes: Buffer;
  readonly slot: number;
  /** Another one with this hash. */
  readonly next: Key | undefined;
}

/** Gives the slot of the key at bytes[start, end), or -1. A hash table over bytes, so that no text is made of a key. */
function createKeyTable(keys: ReadonlyMap<string, number>): (bytes: Buffer, start: number, end: number) => number {
  const mask = 2 ** Math.ceil(Math.log2(4 * keys.size + 8)) - 1;
  const table: (Key | undefined)[] = Array.from({ length: mask + 1 }, () => undefined);
  const hashOf = (bytes: Buffer, start: number, end: number): number => {
    const middle = bytes[(start + end) >> 1] as number;
    const mixed = ((bytes[start] as number) << 16) ^ (middle << 8) ^ (bytes[end - 1] as number) ^ ((end - start) << 20);
    return (Math.imul(mixed, 0x9e3779b1) >>> 12) & mask;
  };
  for (const [text, slot] of keys) {
    const bytes = Buffer.from(text);
    if (bytes.length === 0) continue;
    const hash = hashOf(bytes, 0, bytes.length);
    table[hash] = { bytes, slot, next: table[hash] };
  }
  const empty = keys.get('') ?? -1;
  return (bytes, start, end) => {
    if (start === end) return empty;
    for (let key = table[hashOf(bytes, start, end)]; key !== undefined; key = key.next) {
      const own = key.bytes;
      if (own.length !== end - start) continue;
      let same = 0;
      while (same < own.length && own[same] === bytes[start + same]) same++;
      if (same === own.length) return key.slot;
    }
    return -1;
  };
}

function skipSpace(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) break;
    at++;
  }
  return at;
}
