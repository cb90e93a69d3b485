// The records of one batch as bytes and as text, and the slots into which a parser puts the fields of one record.
// Slots are reused from record to record: nothing here may be kept.

import { isAscii, isUtf8 } from 'node:buffer';

/** A batch's bytes, and the same as a string with one character per byte, so that offsets fit both. */
export class Records {
  readonly bytes: Buffer;
  /** true: every byte is a character, so `latin1` holds the text itself. */
  readonly ascii: boolean;
  readonly latin1: string;
  /** false: some of the bytes are no UTF-8. */
  readonly valid: boolean;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.ascii = isAscii(this.bytes);
    this.latin1 = this.bytes.toString('latin1');
    this.valid = this.ascii || isUtf8(this.bytes);
  }

  /** Text of [start, end). Bytes that are no UTF-8 become U+FFFD; the raw line keeps them. */
  text(start: number, end: number): string {
    return this.ascii || (end - start <= shortText && isAsciiBetween(this.bytes, start, end))
      ? this.latin1.substring(start, end)
      : this.bytes.toString('utf8', start, end);
  }
}

/** Up to so many bytes it is cheaper to look at them than to have them decoded. */
const shortText = 80;

function isAsciiBetween(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) > 0x7f) return false;
  return true;
}

/** What a parser found for a field. */
export const slotKind = {
  absent: 0,
  /** Text, verbatim at [start, end). */
  text: 1,
  /** JSON string with escapes at [start, end), quotes not included. */
  escaped: 2,
  /** JSON number at [start, end). */
  number: 3,
  true: 4,
  false: 5,
  null: 6,
  /** JSON object or array at [start, end). */
  composite: 7,
  /** Text that is not in the batch as it is: in `side`. */
  side: 8,
} as const;

export class Slots {
  readonly kind: Uint8Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly side: string[];
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names;
    this.kind = new Uint8Array(names.length);
    this.start = new Int32Array(names.length);
    this.end = new Int32Array(names.length);
    this.side = names.map(() => '');
  }

  clear(): void {
    this.kind.fill(slotKind.absent);
  }

  setText(slot: number, start: number, end: number): void {
    this.kind[slot] = slotKind.text;
    this.start[slot] = start;
    this.end[slot] = end;
  }

  setSide(slot: number, text: string): void {
    this.kind[slot] = slotKind.side;
    this.side[slot] = text;
  }

  /** The slot's value as text, as a person would write it; undefined where there is none. */
  text(slot: number, records: Records): string | undefined {
    const start = this.start[slot] as number;
    const end = this.end[slot] as number;
    switch (this.kind[slot]) {
      case slotKind.text:
      case slotKind.number:
      case slotKind.composite:
        return records.text(start, end);
      case slotKind.escaped:
        return unescapeJson(records.text(start, end));
      case slotKind.true:
        return 'true';
      case slotKind.false:
        return 'false';
      case slotKind.side:
        return this.side[slot];
      default:
        return undefined;
    }
  }
}

/** The inside of a JSON string. An escape that JSON does not know is left as it stands: one odd value must not lose the
 *  event. */
export function unescapeJson(inside: string): string {
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    return inside;
  }
}

/** A parser puts a record's fields into slots. false: the record has another form, and `reason` says where. */
export interface RecordParser {
  read(records: Records, start: number, end: number, slots: Slots): boolean;
  reason(): string;
  /** The line is no record (a header): neither an event nor a dead letter. */
  skips?(records: Records, start: number, end: number): boolean;
}
