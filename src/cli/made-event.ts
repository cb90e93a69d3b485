// An event that is made already, as tests of rules have it, read by the schema of its log type: the same reader as the
// line's, over the names that events have. Renames, copies and masks are done; a time is a text; nothing has to be there.

import type { Json } from '../core/event.ts';
import type { Field, Schema, ValueSchema } from '../core/schema.ts';
import { Records } from '../schema/engine/record.ts';
import { createSchemaReader, outcome, type SchemaReader } from '../schema/engine/schema-reader.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface MadeEventReader {
  /** Takes the event in hand. Gives what of it the schema would not have taken, and why; those fields are left out. */
  read(event: Fields): readonly string[];
  /** As SchemaReader's. A `p_any_` list that the event has itself stands for what would be gathered. */
  select(selector: string): (() => Json | undefined) | undefined;
}

/** Without a schema the event's fields are what they are, and no indicators are gathered. */
export function createMadeEventReader(schema: Schema | undefined): MadeEventReader {
  const reader = schema && createSchemaReader(ofEvents(schema));
  let inHand: Fields = {};
  const own = (name: string): Json | undefined =>
    Object.hasOwn(inHand, name) ? (inHand[name] as Json | undefined) : undefined;

  return {
    read(event) {
      inHand = event;
      return reader === undefined ? [] : readFitting(reader, event);
    },
    select(selector) {
      const gathered = reader?.select(selector);
      if (reader !== undefined && !selector.startsWith('p_any_')) return gathered;
      return () => own(selector) ?? gathered?.();
    },
  };
}

/** One field that does not fit must not hide the others. */
function readFitting(reader: SchemaReader, event: Fields): readonly string[] {
  if (isTaken(reader, event)) return [];
  const misfits: string[] = [];
  const fitting = Object.entries(event).filter(([name, value]) => {
    const isFitting = isTaken(reader, { [name]: value });
    if (!isFitting) misfits.push(reader.reason());
    return isFitting;
  });
  isTaken(reader, Object.fromEntries(fitting));
  return misfits;
}

function isTaken(reader: SchemaReader, event: Fields): boolean {
  const records = new Records(Buffer.from(JSON.stringify(event)));
  return reader.read(records, 0, records.bytes.length, 0) === outcome.event;
}

function ofEvents(schema: Schema): Schema {
  return { ...schema, parser: { type: 'json' }, fields: schema.fields.map(fieldOfEvents), extract: [], drop: [] };
}

function fieldOfEvents({ name, ...value }: Field): Field {
  return { name, required: false, ...valueOfEvents(value) };
}

function valueOfEvents({ type, indicators, isEmbeddedJson, element, fields }: ValueSchema): ValueSchema {
  return {
    type: type === 'timestamp' ? 'string' : type,
    ...(indicators && { indicators }),
    ...(isEmbeddedJson !== undefined && { isEmbeddedJson }),
    ...(element && { element: valueOfEvents(element) }),
    ...(fields && { fields: fields.map(fieldOfEvents) }),
  };
}
