// Fields of the top level: from a slot to a checked value, to a column and to the event. One maker per kind of value;
// what it makes holds the value of the record in hand.

import type { Json } from '../../core/event.ts';
import type { Field } from '../../core/schema.ts';
import type { Column, ColumnKind } from '../../core/table.ts';
import { gather } from '../indicator.ts';
import { compileTimeFormat, formatTime } from '../time.ts';
import { compileValidate } from '../validate.ts';
import type { ColumnWriter } from './column.ts';
import { type Records, type Slots, slotKind, unescapeJson } from './record.ts';
import { type AddIndicator, compileCoerce, integerRanges, Misfit, parseBoolean, show } from './value.ts';

export interface FieldReader {
  readonly field: Field;
  readonly column: Column;
  /** true: the record in hand has a value. */
  present: boolean;
  /** Why `read` gave false. */
  reason: string;
  /** Takes the slot's value; false: it does not fit the field. */
  read(records: Records, slots: Slots, received: number): boolean;
  /** Only where present. */
  write(column: ColumnWriter): void;
  /** For the event; only where present. */
  value(): Json;
  /** Only where present, and only where the field has indicators. */
  gather?(add: AddIndicator): void;
}

/** Of a timestamp field. */
export interface TimeReader extends FieldReader {
  /** Epoch ms of the record in hand, with decimals for microseconds. */
  time: number;
}

export function isTimeReader(reader: FieldReader): reader is TimeReader {
  return 'time' in reader;
}

function columnOf(field: Field, kind: ColumnKind): Column {
  const isScalar = kind !== 'object' && !kind.endsWith('s');
  return {
    name: field.name,
    kind,
    nullable: isScalar && !field.required,
    ...(field.description === undefined ? {} : { comment: field.description }),
  };
}

/** No value: fits unless the field is required. */
function none(reader: FieldReader): boolean {
  reader.present = false;
  if (!reader.field.required) return true;
  reader.reason = `${reader.field.name}: required, but missing`;
  return false;
}

function misfit(reader: FieldReader, expected: string, got: unknown): boolean {
  reader.present = false;
  reader.reason = `${reader.field.name}: expected ${expected}, got ${show(got)}`;
  return false;
}

function textReader(field: Field, slot: number, mask: ((value: string) => string) | undefined): FieldReader {
  const valid = field.validate === undefined ? undefined : compileValidate(field.validate);
  const indicators = field.indicators ?? [];
  // The value is a stretch of the batch's bytes (start >= 0) or a text of its own; the text is made when somebody asks.
  let from: Records | undefined;
  let start = -1;
  let end = -1;
  /** The stretch is the inside of a JSON string that has escapes. */
  let isEscaped = false;
  let text: string | undefined;
  const valueOf = (): string => (text ??= stretch());

  function stretch(): string {
    const own = (from as Records).text(start, end);
    return isEscaped ? unescapeJson(own) : own;
  }

  const reader: FieldReader = {
    field,
    column: columnOf(field, 'string'),
    present: false,
    reason: '',
    read(records, slots) {
      text = undefined;
      start = -1;
      isEscaped = slots.kind[slot] === slotKind.escaped;
      switch (slots.kind[slot]) {
        case slotKind.text:
        case slotKind.escaped:
        case slotKind.number:
          from = records;
          start = slots.start[slot] as number;
          end = slots.end[slot] as number;
          if (records.valid) break;
          // Bytes that are no UTF-8 are replaced in the column as in the event; p_raw alone keeps them.
          text = stretch();
          start = -1;
          break;
        case slotKind.side:
          text = slots.side[slot] as string;
          break;
        case slotKind.absent:
        case slotKind.null:
          return none(reader);
        case slotKind.composite:
          return misfit(reader, 'a string', slots.text(slot, records));
        default:
          text = slots.text(slot, records) as string;
      }
      reader.present = true;
      if (valid !== undefined && !valid(valueOf())) {
        return misfit(reader, 'a value that `validate` allows', valueOf());
      }
      if (mask !== undefined) {
        text = mask(valueOf());
        start = -1;
      }
      return true;
    },
    write(column) {
      if (start < 0) column.addText(text as string);
      else if (isEscaped) column.addEscaped((from as Records).bytes, start, end, valueOf);
      else column.addSlice((from as Records).bytes, start, end);
    },
    value: valueOf,
    gather(add) {
      for (const indicator of indicators) gather(indicator, valueOf(), add);
    },
  };
  return reader;
}

/** Digits up to which a double holds every integer. */
const safeDigits = 15;
const minus = 0x2d;
const plus = 0x2b;

function integerReader(field: Field, slot: number, type: keyof typeof integerRanges): FieldReader {
  const [low, high] = integerRanges[type];
  const expected = type === 'bigint' ? 'bigint (64 bits)' : `${type} (${low} to ${high})`;
  let number = 0;
  /** Where a double would lose digits. */
  let big: bigint | undefined;

  function take(value: number): boolean {
    if (value < low || value > high) return misfit(reader, expected, value);
    number = value;
    reader.present = true;
    return true;
  }

  function parse(text: string): boolean {
    if (!/^[-+]?\d{1,20}$/.test(text)) return misfit(reader, expected, text);
    const exact = BigInt(text.startsWith('+') ? text.slice(1) : text);
    if (BigInt.asIntN(64, exact) !== exact) return misfit(reader, expected, text);
    if (type !== 'bigint' || Number.isSafeInteger(Number(exact))) return take(Number(exact));
    big = exact;
    reader.present = true;
    return true;
  }

  const reader: FieldReader = {
    field,
    column: columnOf(field, type),
    present: false,
    reason: '',
    read(records, slots) {
      big = undefined;
      const kind = slots.kind[slot];
      if (kind === slotKind.absent || kind === slotKind.null) return none(reader);
      if (kind !== slotKind.number && kind !== slotKind.text) {
        const text = slots.text(slot, records) as string;
        return text === '' ? none(reader) : parse(text);
      }
      const start = slots.start[slot] as number;
      const end = slots.end[slot] as number;
      if (start === end) return none(reader);
      const bytes = records.bytes;
      const isSigned = bytes[start] === minus || bytes[start] === plus;
      const first = isSigned ? start + 1 : start;
      if (end - first > safeDigits) return parse(records.text(start, end));
      let value = 0;
      let at = first;
      for (; at < end; at++) {
        const digit = (bytes[at] as number) - 0x30;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      if (at < end || at === first) return misfit(reader, expected, records.text(start, end));
      return take(bytes[start] === minus ? -value : value);
    },
    write(column) {
      if (big !== undefined) column.addBigint(big);
      else column.addNumber(number);
    },
    value: () => (big === undefined ? number : big.toString()),
  };
  return reader;
}

function floatReader(field: Field, slot: number): FieldReader {
  let number = 0;
  const reader: FieldReader = {
    field,
    column: columnOf(field, 'float'),
    present: false,
    reason: '',
    read(records, slots) {
      const text = slots.text(slot, records);
      if (text === undefined || text === '') return none(reader);
      number = /^[-+.\deE]+$/.test(text) ? Number(text) : Number.NaN;
      if (!Number.isFinite(number)) return misfit(reader, 'a number', text);
      reader.present = true;
      return true;
    },
    write(column) {
      column.addNumber(number);
    },
    value: () => number,
  };
  return reader;
}

function booleanReader(field: Field, slot: number): FieldReader {
  let boolean = false;
  const reader: FieldReader = {
    field,
    column: columnOf(field, 'boolean'),
    present: false,
    reason: '',
    read(records, slots) {
      const text = slots.text(slot, records);
      if (text === undefined || text === '') return none(reader);
      const parsed = parseBoolean(text);
      if (parsed === undefined) return misfit(reader, 'a boolean', text);
      boolean = parsed;
      reader.present = true;
      return true;
    },
    write(column) {
      column.addNumber(boolean ? 1 : 0);
    },
    value: () => boolean,
  };
  return reader;
}

/** Times that a DateTime64(6) column holds: 1900-01-01 to 2299-12-31. */
const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(2299, 11, 31, 23, 59, 59, 999);

function timeReader(field: Field, slot: number): TimeReader {
  const names = field.timeFormats ?? [];
  const formats = names.map(compileTimeFormat);
  const reader: TimeReader = {
    field,
    column: columnOf(field, 'timestamp'),
    present: false,
    reason: '',
    time: 0,
    read(records, slots, received) {
      const text = slots.text(slot, records);
      if (text === undefined || text === '') return none(reader);
      for (const format of formats) {
        const time = format(text, received);
        if (Number.isNaN(time)) continue;
        if (time < earliest || time > latest) return misfit(reader, 'a time from 1900 to 2299', text);
        reader.time = time;
        reader.present = true;
        return true;
      }
      return misfit(reader, `a time as ${names.join(' or ')}`, text);
    },
    write(column) {
      column.addNumber(Math.round(reader.time * 1000));
    },
    value: () => formatTime(reader.time),
  };
  return reader;
}

/** object, array and json: JSON text in the record, or (isEmbeddedJson) JSON text inside a string. */
function compositeReader(field: Field, slot: number): FieldReader {
  const kind = compositeKind(field);
  /** Indicators found while the value was decoded, as column and value in turn. */
  const found: string[] = [];
  const coerce = compileCoerce(field, field.name, (column, value) => found.push(column, value));
  let json: Json = null;
  const reader: FieldReader = {
    field,
    column: columnOf(field, kind),
    present: false,
    reason: '',
    read(records, slots, received) {
      const text = slots.text(slot, records);
      if (text === undefined) return none(reader);
      let raw: unknown = text;
      const form = slots.kind[slot];
      const isString = form === slotKind.text || form === slotKind.escaped || form === slotKind.side;
      if (!isString || field.isEmbeddedJson === true) {
        if (text === '') return none(reader);
        try {
          raw = JSON.parse(text) as unknown;
        } catch {
          return misfit(reader, 'JSON', text);
        }
      }
      found.length = 0;
      const coerced = coerce(raw, received);
      if (coerced instanceof Misfit) {
        reader.present = false;
        reader.reason = coerced.reason;
        return false;
      }
      if (coerced === undefined) return none(reader);
      json = coerced;
      reader.present = true;
      return true;
    },
    write(column) {
      if (kind === 'strings') column.addTexts((json as Json[]).map(asText));
      else if (kind === 'objects') column.addTexts((json as Json[]).map((item) => JSON.stringify(item)));
      else if (kind === 'booleans') column.addNumbers((json as boolean[]).map(Number));
      else if (kind === 'timestamps') column.addNumbers((json as string[]).map(microseconds));
      else if (kind === 'ints' || kind === 'floats') column.addNumbers(json as number[]);
      else column.addText(JSON.stringify(json));
    },
    value: () => json,
    gather(add) {
      for (let index = 0; index < found.length; index += 2) add(found[index] as string, found[index + 1] as string);
    },
  };
  return reader;
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
      return textReader(field, slot, mask);
    case 'int':
    case 'smallint':
    case 'bigint':
      return integerReader(field, slot, field.type);
    case 'float':
      return floatReader(field, slot);
    case 'boolean':
      return booleanReader(field, slot);
    case 'timestamp':
      return timeReader(field, slot);
    default:
      return compositeReader(field, slot);
  }
}
