// Fields of the top level: from a slot to a checked value, to a column and to the event. One class per kind of value;
// each holds the value of the record in hand.

import type { Json } from '../../core/event.ts';
import type { Field } from '../../core/schema.ts';
import type { Column, ColumnKind } from '../../core/table.ts';
import { gather } from '../indicator.ts';
import { compileTimeFormat, formatTime } from '../time.ts';
import { compileValidate } from '../validate.ts';
import type { ColumnWriter } from './column.ts';
import { type Records, type Slots, slotKind } from './record.ts';
import { type AddIndicator, type Coerce, compileCoerce, integerRanges, Misfit, parseBoolean, show } from './value.ts';

export interface FieldReader {
  readonly field: Field;
  readonly column: Column;
  /** true: the record in hand has a value. */
  present: boolean;
  /** Why `read` gave false. */
  reason: string;
  /** Takes the slot's value; false: it does not fit the field. */
  read(records: Records, slots: Slots, received: number): boolean;
  write(column: ColumnWriter): void;
  /** For the event; only where present. */
  value(): Json;
  /** Only where present. */
  gather(add: AddIndicator): void;
}

abstract class Reader implements FieldReader {
  readonly field: Field;
  readonly column: Column;
  readonly slot: number;
  present = false;
  reason = '';

  constructor(field: Field, slot: number, kind: ColumnKind) {
    this.field = field;
    this.slot = slot;
    const isScalar = kind !== 'object' && !kind.endsWith('s');
    this.column = {
      name: field.name,
      kind,
      nullable: isScalar && !field.required,
      ...(field.description === undefined ? {} : { comment: field.description }),
    };
  }

  abstract read(records: Records, slots: Slots, received: number): boolean;
  abstract write(column: ColumnWriter): void;
  abstract value(): Json;
  gather(_add: AddIndicator): void {}

  /** No value: fits unless the field is required. */
  protected none(): boolean {
    this.present = false;
    if (!this.field.required) return true;
    this.reason = `${this.field.name}: required, but missing`;
    return false;
  }

  protected misfit(expected: string, got: unknown): boolean {
    this.present = false;
    this.reason = `${this.field.name}: expected ${expected}, got ${show(got)}`;
    return false;
  }
}

class TextReader extends Reader {
  readonly #valid: ((value: string) => boolean) | undefined;
  readonly #mask: ((value: string) => string) | undefined;
  #records: Records | undefined;
  #start = -1;
  #end = -1;
  #text: string | undefined;

  constructor(field: Field, slot: number, mask?: (value: string) => string) {
    super(field, slot, 'string');
    this.#valid = field.validate === undefined ? undefined : compileValidate(field.validate);
    this.#mask = mask;
  }

  read(records: Records, slots: Slots): boolean {
    const slot = this.slot;
    this.#text = undefined;
    this.#start = -1;
    switch (slots.kind[slot]) {
      case slotKind.text:
      case slotKind.number:
        this.#records = records;
        this.#start = slots.start[slot] as number;
        this.#end = slots.end[slot] as number;
        break;
      case slotKind.side:
        this.#text = slots.side[slot] as string;
        break;
      case slotKind.absent:
      case slotKind.null:
        return this.none();
      case slotKind.composite:
        return this.misfit('a string', slots.text(slot, records));
      default:
        this.#text = slots.text(slot, records) as string;
    }
    this.present = true;
    if (this.#valid !== undefined && !this.#valid(this.value())) {
      return this.misfit('a value that `validate` allows', this.value());
    }
    if (this.#mask !== undefined) {
      this.#text = this.#mask(this.value());
      this.#start = -1;
    }
    return true;
  }

  write(column: ColumnWriter): void {
    if (!this.present) column.addAbsent();
    else if (this.#start >= 0) column.addSlice((this.#records as Records).bytes, this.#start, this.#end);
    else column.addText(this.#text as string);
  }

  value(): string {
    this.#text ??= (this.#records as Records).text(this.#start, this.#end);
    return this.#text;
  }

  override gather(add: AddIndicator): void {
    for (const indicator of this.field.indicators ?? []) gather(indicator, this.value(), add);
  }
}

/** Digits up to which a double holds every integer. */
const safeDigits = 15;

class IntegerReader extends Reader {
  readonly #low: number;
  readonly #high: number;
  #number = 0;
  #big: bigint | undefined;

  constructor(field: Field, slot: number, type: keyof typeof integerRanges) {
    super(field, slot, type);
    [this.#low, this.#high] = integerRanges[type];
  }

  read(records: Records, slots: Slots): boolean {
    const slot = this.slot;
    this.#big = undefined;
    switch (slots.kind[slot]) {
      case slotKind.number:
      case slotKind.text: {
        const start = slots.start[slot] as number;
        const end = slots.end[slot] as number;
        if (start === end) return this.none();
        const bytes = records.bytes;
        let at = bytes[start] === 0x2d || bytes[start] === 0x2b ? start + 1 : start;
        if (end - at <= safeDigits) {
          let number = 0;
          const first = at;
          for (; at < end; at++) {
            const digit = (bytes[at] as number) - 0x30;
            if (digit < 0 || digit > 9) break;
            number = number * 10 + digit;
          }
          if (at === end && at > first) return this.#take(bytes[start] === 0x2d ? -number : number, undefined);
          return this.misfit(this.#expected(), records.text(start, end));
        }
        return this.#parse(records.text(start, end));
      }
      case slotKind.absent:
      case slotKind.null:
        return this.none();
      default: {
        const text = slots.text(slot, records) as string;
        return text === '' ? this.none() : this.#parse(text);
      }
    }
  }

  #parse(text: string): boolean {
    if (!/^[-+]?\d{1,20}$/.test(text)) return this.misfit(this.#expected(), text);
    const big = BigInt(text.startsWith('+') ? text.slice(1) : text);
    if (BigInt.asIntN(64, big) !== big) return this.misfit(this.#expected(), text);
    return this.#take(Number(big), big);
  }

  #take(number: number, big: bigint | undefined): boolean {
    if (big === undefined || this.field.type !== 'bigint') {
      if (number < this.#low || number > this.#high) return this.misfit(this.#expected(), number);
    }
    this.#number = number;
    if (big !== undefined && !Number.isSafeInteger(number)) this.#big = big;
    this.present = true;
    return true;
  }

  #expected(): string {
    return this.field.type === 'bigint' ? 'bigint (64 bits)' : `${this.field.type} (${this.#low} to ${this.#high})`;
  }

  write(column: ColumnWriter): void {
    if (!this.present) column.addAbsent();
    else if (this.#big !== undefined) column.addBigint(this.#big);
    else column.addNumber(this.#number);
  }

  /** Text where a double would lose digits. */
  value(): Json {
    return this.#big === undefined ? this.#number : this.#big.toString();
  }
}

class FloatReader extends Reader {
  #number = 0;

  constructor(field: Field, slot: number) {
    super(field, slot, 'float');
  }

  read(records: Records, slots: Slots): boolean {
    const text = slots.text(this.slot, records);
    if (text === undefined || text === '') return this.none();
    const number = /^[-+.\deE]+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(number)) return this.misfit('a number', text);
    this.#number = number;
    this.present = true;
    return true;
  }

  write(column: ColumnWriter): void {
    if (this.present) column.addNumber(this.#number);
    else column.addAbsent();
  }

  value(): Json {
    return this.#number;
  }
}

class BooleanReader extends Reader {
  #boolean = false;

  constructor(field: Field, slot: number) {
    super(field, slot, 'boolean');
  }

  read(records: Records, slots: Slots): boolean {
    const text = slots.text(this.slot, records);
    if (text === undefined || text === '') return this.none();
    const boolean = parseBoolean(text);
    if (boolean === undefined) return this.misfit('a boolean', text);
    this.#boolean = boolean;
    this.present = true;
    return true;
  }

  write(column: ColumnWriter): void {
    if (this.present) column.addNumber(this.#boolean ? 1 : 0);
    else column.addAbsent();
  }

  value(): Json {
    return this.#boolean;
  }
}

/** Times that a DateTime64(6) column holds: 1900-01-01 to 2299-12-31. */
const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(2299, 11, 31, 23, 59, 59, 999);

export class TimestampReader extends Reader {
  readonly #formats: readonly ((text: string, received: number) => number)[];
  /** Epoch ms with decimals for microseconds. */
  time = 0;

  constructor(field: Field, slot: number) {
    super(field, slot, 'timestamp');
    this.#formats = (field.timeFormats ?? []).map(compileTimeFormat);
  }

  read(records: Records, slots: Slots, received: number): boolean {
    const text = slots.text(this.slot, records);
    if (text === undefined || text === '') return this.none();
    for (const format of this.#formats) {
      const time = format(text, received);
      if (Number.isNaN(time)) continue;
      if (time < earliest || time > latest) return this.misfit('a time from 1900 to 2299', text);
      this.time = time;
      this.present = true;
      return true;
    }
    return this.misfit(`a time as ${(this.field.timeFormats ?? []).join(' or ')}`, text);
  }

  write(column: ColumnWriter): void {
    if (this.present) column.addNumber(Math.round(this.time * 1000));
    else column.addAbsent();
  }

  value(): string {
    return formatTime(this.time);
  }
}

/** object, array and json: JSON text in the record, or (isEmbeddedJson) JSON text inside a string. */
class CompositeReader extends Reader {
  readonly #coerce: Coerce;
  /** Indicators found while the value was decoded, as column and value in turn. */
  readonly #found: string[] = [];
  #json: Json = null;

  constructor(field: Field, slot: number) {
    super(field, slot, compositeKind(field));
    this.#coerce = compileCoerce(field, field.name, (column, value) => this.#found.push(column, value));
  }

  read(records: Records, slots: Slots, received: number): boolean {
    const text = slots.text(this.slot, records);
    if (text === undefined) return this.none();
    let raw: unknown = text;
    const kind = slots.kind[this.slot];
    const isString = kind === slotKind.text || kind === slotKind.escaped || kind === slotKind.side;
    if (!isString || this.field.isEmbeddedJson === true) {
      if (text === '') return this.none();
      try {
        raw = JSON.parse(text) as unknown;
      } catch {
        return this.misfit('JSON', text);
      }
    }
    this.#found.length = 0;
    const coerced = this.#coerce(raw, received);
    if (coerced instanceof Misfit) {
      this.present = false;
      this.reason = coerced.reason;
      return false;
    }
    if (coerced === undefined) return this.none();
    this.#json = coerced;
    this.present = true;
    return true;
  }

  write(column: ColumnWriter): void {
    const json = this.#json;
    if (!this.present) column.addAbsent();
    else if (this.column.kind === 'strings') column.addTexts((json as Json[]).map(asText));
    else if (this.column.kind === 'objects') column.addTexts((json as Json[]).map((item) => JSON.stringify(item)));
    else if (this.column.kind === 'booleans') column.addNumbers((json as boolean[]).map(Number));
    else if (this.column.kind === 'timestamps') column.addNumbers((json as string[]).map(microseconds));
    else if (Array.isArray(json) && this.column.kind !== 'string') column.addNumbers(json as number[]);
    else column.addText(JSON.stringify(json));
  }

  value(): Json {
    return this.#json;
  }

  override gather(add: AddIndicator): void {
    for (let index = 0; index < this.#found.length; index += 2) {
      add(this.#found[index] as string, this.#found[index + 1] as string);
    }
  }
}

function compositeKind(field: Field): ColumnKind {
  if (field.type === 'object') return 'object';
  if (field.type !== 'array') return 'string';
  switch (field.element?.type) {
    case 'smallint':
    case 'int':
    case 'bigint':
      return 'ints';
    case 'float':
      return 'floats';
    case 'boolean':
      return 'booleans';
    case 'timestamp':
      return 'timestamps';
    case 'object':
      return 'objects';
    default:
      return 'strings';
  }
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function microseconds(text: string): number {
  return Math.round(Date.parse(`${text.replace(' ', 'T')}Z`) * 1000);
}

export function createFieldReader(field: Field, slot: number, mask?: (value: string) => string): FieldReader {
  switch (field.type) {
    case 'string':
      return new TextReader(field, slot, mask);
    case 'int':
    case 'smallint':
    case 'bigint':
      return new IntegerReader(field, slot, field.type);
    case 'float':
      return new FloatReader(field, slot);
    case 'boolean':
      return new BooleanReader(field, slot);
    case 'timestamp':
      return new TimestampReader(field, slot);
    default:
      return new CompositeReader(field, slot);
  }
}
