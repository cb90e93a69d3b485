// A schema made ready to read records: parse, check, and put the record in hand into columns and into an event.
// It holds one record at a time. It knows nothing of sources, rules or stores.

import { createHash } from 'node:crypto';
import type { Event, Json } from '../../core/event.ts';
import { parsePath } from '../../core/json-path.ts';
import type { Field, Schema } from '../../core/schema.ts';
import type { Column, Table } from '../../core/table.ts';
import { indicatorColumns } from '../indicator.ts';
import { formatTime } from '../time.ts';
import { BlockWriter, type Bytes, type ColumnWriter } from './column.ts';
import { createCondition } from './condition.ts';
import { createExtracts } from './extract.ts';
import { createFieldReader, type FieldReader, isTimeReader } from './field.ts';
import { IndicatorSets } from './indicator-set.ts';
import { createJsonParser } from './json-parser.ts';
import { type Records, slotKind, Slots } from './record.ts';
import { createTextParser } from './text-parser.ts';
import { createTransform } from './transform.ts';

export const outcome = { event: 0, misfit: 1, dropped: 2, skipped: 3 } as const;
export type Outcome = (typeof outcome)[keyof typeof outcome];

/** What the rows of a batch have in common. */
export interface BatchFacts {
  /** `<segment>-<frame>`. */
  readonly id: string;
  readonly source: string;
  readonly file: string;
  /** Epoch ms. */
  readonly received: number;
  /** `received` as text. */
  readonly receivedText: string;
}

/** JSON: the first `length` bytes. */
export type StoredEnrichment = Readonly<Pick<Bytes, 'buffer' | 'length'>>;

export interface SchemaReader {
  readonly schema: Schema;
  readonly table: Table;
  /** No record can score more: #validate, then #required, then #fields. */
  readonly maxScore: number;
  read(records: Records, start: number, end: number, received: number): Outcome;
  /** After anything but `event`: why, for a person. */
  reason(): string;
  /** After `event`: how well the record fits. */
  score(): number;
  /** Own field, what lies below one by a path, or `p_any_` list of the record in hand. */
  select(selector: string): (() => Json | undefined) | undefined;
  /** Epoch ms of the record in hand. */
  time(received: number): number;
  /** The record in hand as a row. */
  append(
    records: Records,
    start: number,
    end: number,
    batch: BatchFacts,
    rowId: string,
    enrichment?: StoredEnrichment,
  ): void;
  /** The record in hand as an event. */
  event(batch: BatchFacts, rowId: string, enrichment: Event['p_enrichment']): Event;
  /** The rows so far as a Native block; starts again. */
  take(buffer: (size: number) => SharedArrayBuffer): { rows: number; block: Uint8Array } | undefined;
}

const fixedColumns: readonly Column[] = [
  { name: 'p_event_time', kind: 'timestamp', nullable: false },
  // Rows are in the order of the event time; windows of schedules are of the time of arrival.
  { name: 'p_parse_time', kind: 'timestamp', nullable: false, index: 'minmax' },
  { name: 'p_row_id', kind: 'string', nullable: false },
  { name: 'p_source_id', kind: 'low', nullable: false },
  { name: 'p_source_file', kind: 'low', nullable: false },
  { name: 'p_enrichment', kind: 'string', nullable: false },
  { name: 'p_raw', kind: 'string', nullable: false },
];

export function createSchemaReader(schema: Schema): SchemaReader {
  const { slots, slotOf, jsonKeys } = planSlots(schema);
  const parser =
    schema.parser.type === 'json' ? createJsonParser(jsonKeys) : createTextParser(schema, schema.parser, slotOf);
  const skipPrefix = 'skipPrefix' in schema.parser ? (schema.parser.skipPrefix ?? '') : '';
  const transform = createTransform(schema, slotOf);
  const extract = createExtracts(schema, slotOf);
  const drops = schema.drop.map((drop) => ({ reason: drop.reason, holds: createCondition(drop.when, slotOf) }));
  const fields = schema.fields.map((field) => createFieldReader(field, slotOf(field.name), maskOf(field)));
  const indicators = new IndicatorSets(schemaIndicatorColumns(schema.fields));
  const gathering = fields.filter((reader) => hasIndicators(reader.field));
  const times = fields.filter((reader) => reader.field.isEventTime === true).filter(isTimeReader);
  const isMasked = schema.fields.some((field) => field.mask !== undefined);
  const table = createTable(schema, fields, indicators.columns);
  const block = new BlockWriter(table.columns);
  const requiredScore = schema.fields.filter((field) => field.required).length * 1000;
  const validates = fields.filter((reader) => reader.field.validate !== undefined);
  const unrolled = unroll(schema, fields, slotOf);
  let why = '';

  function read(records: Records, start: number, end: number, received: number): Outcome {
    if (skipPrefix !== '' && records.text(start, Math.min(end, start + skipPrefix.length * 4)).startsWith(skipPrefix)) {
      why = 'starts with skipPrefix';
      return outcome.skipped;
    }
    if (parser.skips?.(records, start, end) === true) {
      why = 'header line';
      return outcome.skipped;
    }
    if (!parser.read(records, start, end, slots)) {
      why = parser.reason();
      return outcome.misfit;
    }
    transform?.(records, start, end, slots);
    extract(records, slots);
    for (const drop of drops) {
      if (drop.holds(records, slots)) {
        why = drop.reason;
        return outcome.dropped;
      }
    }
    const failed = unrolled.read(records, slots, received);
    if (failed !== undefined) {
      why = failed.reason;
      return outcome.misfit;
    }
    indicators.clear();
    for (const reader of gathering) if (reader.present) reader.gather?.(indicators.add);
    return outcome.event;
  }

  function time(received: number): number {
    for (const reader of times) if (reader.present && reader.time !== 0) return reader.time;
    return received;
  }

  const [ownCount, anyCount] = [fields.length, indicators.columns.length];
  const writers = block.columns;
  const writerAt = (index: number) => writers[ownCount + anyCount + index] as ColumnWriter;
  const [eventTime, parseTime, rowIds, sources, files, enrichments, raws] = [0, 1, 2, 3, 4, 5, 6].map(writerAt) as [
    ColumnWriter,
    ColumnWriter,
    ColumnWriter,
    ColumnWriter,
    ColumnWriter,
    ColumnWriter,
    ColumnWriter,
  ];

  return {
    schema,
    table,
    maxScore: validates.length * 1_000_000 + requiredScore + fields.length,
    read,
    reason: () => why,
    score: () =>
      validates.filter((reader) => reader.present).length * 1_000_000 +
      requiredScore +
      fields.filter((reader) => reader.present).length,
    select(selector) {
      const reader = fields.find((candidate) => candidate.field.name === selector);
      if (reader !== undefined) return () => (reader.present ? reader.value() : undefined);
      const path = parsePath(selector);
      const top = path && fields.find((candidate) => candidate.field.name === path.first);
      if (top !== undefined) return () => (top.present ? path?.below(top.value() ?? null) : undefined);
      const set = indicators.columns.indexOf(selector);
      return set < 0 ? undefined : () => indicators.at(set);
    },
    time,
    append(records, start, end, batch, rowId, enrichment) {
      unrolled.write(writers);
      for (let index = 0; index < anyCount; index++) {
        (writers[ownCount + index] as ColumnWriter).addTexts(indicators.at(index));
      }
      eventTime.addNumber(Math.round(time(batch.received) * 1000));
      parseTime.addNumber(batch.received * 1000);
      rowIds.addText(rowId);
      sources.addSame(batch.source);
      files.addSame(batch.file);
      if (enrichment === undefined) enrichments.addText('');
      else enrichments.addSlice(enrichment.buffer, 0, enrichment.length);
      // A masked value must not live on in the raw line.
      if (isMasked) raws.addText('');
      else raws.addSlice(records.bytes, start, end);
      block.endRow();
    },
    event(batch, rowId, enrichment) {
      return unrolled.event(batch, rowId, formatTime(time(batch.received)), enrichment, indicators);
    },
    take(buffer) {
      const rows = block.rows;
      const bytes = block.take(buffer);
      return bytes === undefined ? undefined : { rows, block: bytes };
    },
  };
}

/** A slot for each name that somebody wants of the parser: fields, and what conditions, extracts and templates read. */
function planSlots(schema: Schema): { slots: Slots; slotOf: (name: string) => number; jsonKeys: Map<string, number> } {
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const want = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, names.length);
    return names.push(name) - 1;
  };
  for (const field of schema.fields) {
    const slot = want(field.name);
    // A renamed field is read under its old name and, where the shipper renamed it already, under the new one.
    if (field.rename !== undefined) numbers.set(field.rename.from, slot);
  }
  for (const field of schema.fields) {
    for (const path of [field.copy?.from, field.split?.from, ...(field.concat?.paths ?? [])]) {
      if (path !== undefined) want(path.split('.')[0] as string);
    }
  }
  for (const drop of schema.drop) Object.keys(drop.when).forEach(want);
  for (const extract of schema.extract) [extract.from, ...Object.keys(extract.when ?? {})].forEach(want);
  if (schema.parser.type !== 'json') {
    for (const template of Object.values(schema.parser.expandFields)) {
      for (const [, name] of template.matchAll(/%\{([^}]*)\}/g)) want((name as string).trim());
    }
  }
  return { slots: new Slots(names), slotOf: (name) => numbers.get(name) ?? -1, jsonKeys: numbers };
}

function maskOf(field: Field): ((value: string) => string) | undefined {
  const mask = field.mask;
  if (mask === undefined) return undefined;
  if (mask.type === 'redact') return () => mask.to ?? '*';
  return (value) =>
    createHash('sha256')
      .update(`${mask.salt ?? ''}${value}`)
      .digest('hex');
}

function hasIndicators(field: Pick<Field, 'indicators' | 'element' | 'fields'>): boolean {
  return (
    (field.indicators?.length ?? 0) > 0 ||
    (field.element !== undefined && hasIndicators(field.element)) ||
    (field.fields?.some(hasIndicators) ?? false)
  );
}

function schemaIndicatorColumns(fields: readonly Pick<Field, 'indicators' | 'element' | 'fields'>[]): string[] {
  const columns = new Set<string>();
  const visit = (field: Pick<Field, 'indicators' | 'element' | 'fields'>): void => {
    for (const name of field.indicators ?? []) for (const column of indicatorColumns(name)) columns.add(column);
    if (field.element !== undefined) visit(field.element);
    field.fields?.forEach(visit);
  };
  fields.forEach(visit);
  return [...columns].toSorted();
}

function createTable(schema: Schema, fields: readonly FieldReader[], anyColumns: readonly string[]): Table {
  const ecsFields = schema.fields.flatMap((field) =>
    field.ecs === undefined
      ? []
      : [
          {
            name: `p_ecs.${field.ecs}`,
            column: field.name,
            ...(field.ecsValues === undefined ? {} : { values: field.ecsValues }),
          },
        ],
  );
  return {
    name: schema.name.toLowerCase().replaceAll('.', '_'),
    logType: schema.name,
    columns: [
      ...fields.map((reader) => reader.column),
      ...anyColumns.map((name): Column => ({ name, kind: 'strings', nullable: false, index: 'bloom' })),
      ...fixedColumns,
    ],
    aliases: [
      ...ecsFields,
      ...Object.entries(schema.ecs).map(([name, constant]) => ({ name: `p_ecs.${name}`, constant })),
    ],
  };
}

interface Unrolled {
  /** The first field that does not fit; undefined where all do. */
  read(records: Records, slots: Slots, received: number): FieldReader | undefined;
  write(columns: readonly ColumnWriter[]): void;
  event(batch: BatchFacts, rowId: string, time: string, enrichment: unknown, indicators: IndicatorSets): Event;
}

/** Loops over fields written out as code: each call then has one target, which V8 inlines, and events have one shape.
 *  The code holds numbers and quoted names only. */
function unroll(schema: Schema, fields: readonly FieldReader[], slotOf: (name: string) => number): Unrolled {
  /** Most fields of a wide schema are absent, which costs no call. */
  const readLine = (name: string, index: number): string => {
    const { name: field, required } = (fields[index] as FieldReader).field;
    const read = `if (!${name}.read(records, slots, received)) return ${name};`;
    return required
      ? read
      : `if (kinds[${slotOf(field)}] === ${slotKind.absent}) ${name}.present = false; else ${read}`;
  };
  const names = fields.map((_, index) => `f${index}`);
  const anyColumns = schemaIndicatorColumns(schema.fields);
  const ecs = schema.fields.flatMap((field) =>
    field.ecs === undefined ? [] : [{ name: field.ecs, field: field.name, values: field.ecsValues }],
  );
  const body = `
    const ecs = ${JSON.stringify(ecs)}, constants = ${JSON.stringify(Object.entries(schema.ecs))};
    class Event {
      constructor(batch, rowId, time, enrichment, any) {
        ${fields.map((reader, index) => `this[${JSON.stringify(reader.field.name)}] = f${index}.present ? f${index}.value() : undefined;`).join('\n')}
        ${anyColumns.map((name, index) => `this[${JSON.stringify(name)}] = any.copy(${index});`).join('\n')}
        this.p_log_type = ${JSON.stringify(schema.name)};
        this.p_row_id = rowId;
        this.p_event_time = time;
        this.p_parse_time = batch.receivedText;
        this.p_source_id = batch.source;
        if (enrichment !== undefined) this.p_enrichment = enrichment;
      }
      get p_ecs() {
        const names = {};
        for (const [name, value] of constants) names[name] = value;
        for (const { name, field, values } of ecs) {
          const value = this[field];
          if (value !== undefined) names[name] = values !== undefined && Object.hasOwn(values, value) ? values[value] : value;
        }
        return names;
      }
      toJSON() { return ecs.length + constants.length === 0 ? { ...this } : { ...this, p_ecs: this.p_ecs }; }
    }
    return {
      read(records, slots, received) {
        const kinds = slots.kind;
        ${names.map((name, index) => readLine(name, index)).join('\n')}
        return undefined;
      },
      write(columns) {
        ${names.map((name, index) => `if (${name}.present) ${name}.write(columns[${index}]);`).join('\n')}
      },
      event(batch, rowId, time, enrichment, any) { return new Event(batch, rowId, time, enrichment, any); },
    };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- names are quoted by JSON.stringify; there is nothing else of the user's in it
  return new Function(...names, body)(...fields) as Unrolled;
}
