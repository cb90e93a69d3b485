// The columns of a log type's table by the names that rules have for them: as place.ts says it for events.

import { quoteName, quoteText } from '../../core/quote.ts';
import type { Schema, ValueSchema } from '../../core/schema.ts';
import type { Column, Table } from '../../core/table.ts';
import { type Place, placesOf } from './place.ts';
import { below, everyScalar, objectText, type SqlPath, subcolumn, valuesInObject, valuesInText } from './sql-json.ts';
import { arrayOfTexts, type SqlField } from './sql-value.ts';

export interface SqlFields {
  /** Where a rule's field is: the first that has a value counts. Empty: no event of the table has it. */
  find(name: string): readonly SqlField[];
  /** An array of every text of an event that keywords are looked for in; undefined: there is none. */
  readonly everyText: string | undefined;
}

/** `table` is the schema's. */
export function fieldsOf(table: Table, schema: Schema): SqlFields {
  const known = new Map<string, readonly SqlField[]>();
  const texts = schema.fields.flatMap(({ name }) => allTexts(name, table, schema) ?? []);
  return {
    find(name) {
      const found =
        known.get(name) ??
        compact(
          name,
          placesOf(name, schema).flatMap((place) => fieldAt(place, table, schema) ?? []),
        );
      known.set(name, found);
      return found;
    },
    everyText: texts.length < 2 ? texts[0] : `arrayConcat(${texts.join(', ')})`,
  };
}

type Found =
  | (Extract<SqlField, { readonly expression: string }> & { readonly isCertain: boolean })
  | { readonly kind: 'json'; readonly values: string };

/** Places of one kind beside each other are one; what comes after a place that always has a value never counts. */
function compact(name: string, found: readonly Found[]): readonly SqlField[] {
  const certain = found.findIndex((place) => place.kind !== 'json' && place.isCertain);
  const fields: SqlField[] = [];
  let [texts, jsons]: [string[], string[]] = [[], []];
  for (const place of certain < 0 ? found : found.slice(0, certain + 1)) {
    const last = fields.at(-1);
    if (place.kind === 'json') {
      jsons = last?.kind === 'json' ? [...jsons, place.values] : [place.values];
      const values =
        jsons.length === 1 ? place.values : `arrayFirst(p_place -> notEmpty(p_place), [${jsons.join(', ')}])`;
      if (last?.kind === 'json') fields.pop();
      fields.push({ kind: 'json', name, values });
    } else {
      const isMore = place.kind === 'string' && last?.kind === 'string';
      texts = isMore ? [...texts, place.expression] : [place.expression];
      if (isMore) fields.pop();
      fields.push({ kind: place.kind, expression: isMore ? `coalesce(${texts.join(', ')})` : place.expression });
    }
  }
  return fields;
}

function fieldAt(place: Place, table: Table, schema: Schema): Found | undefined {
  switch (place.kind) {
    case 'field':
      return wholeField(place.name, table, schema);
    case 'path':
      return fieldWithin(place.field, place.keys, table, schema);
    case 'ecs':
      // Without a map it is the column itself, with its type.
      return place.values === undefined
        ? wholeField(place.field, table, schema)
        : { kind: 'string', expression: quoteName(`p_ecs.${place.name}`), isCertain: false };
    default:
      return { kind: 'string', expression: quoteText(place.value), isCertain: true };
  }
}

const whole: SqlPath = { keys: [], throughLists: false, toObjects: true };

function wholeField(name: string, table: Table, schema: Schema): Found | undefined {
  if (name === 'p_log_type') return { kind: 'string', expression: quoteText(table.logType), isCertain: true };
  const column = columnOf(name, table);
  if (column === undefined) return undefined;
  const values = jsonValues(column, schema, whole);
  if (values !== undefined) return { kind: 'json', values };
  return plainField(column);
}

/** Of columns that hold one value or a list. */
function plainField({ name, kind, nullable }: Column): Found | undefined {
  if (kind === 'object' || kind === 'objects') return undefined;
  return { kind, expression: quoteName(name), isCertain: !nullable && kind !== 'low' && !kind.endsWith('s') };
}

/** The record as it came is in no event. */
function columnOf(name: string, table: Table): Column | undefined {
  return name === 'p_raw' ? undefined : table.columns.find((column) => column.name === name);
}

/** JSON texts of what the column has at the path; undefined where it is a column without JSON. */
function jsonValues({ name, kind }: Column, schema: Schema, path: SqlPath): string | undefined {
  const sql = quoteName(name);
  if (kind === 'object') return valuesInObject(sql, path);
  if (kind === 'objects') return below(`arrayMap(p_json -> ${objectText('p_json')}, ${sql})`, path.keys);
  const field = schema.fields.find((each) => each.name === name);
  if (field?.type === 'json') return valuesInText(sql, path.keys);
  if (name === 'p_enrichment') return below(`[${sql}]`, path.keys);
  return field?.element?.type === 'json' && path.keys.length > 0 ? below(sql, path.keys) : undefined;
}

function fieldWithin(name: string, keys: readonly string[], table: Table, schema: Schema): Found | undefined {
  const column = columnOf(name, table);
  const outer = schema.fields.find((field) => field.name === name);
  if (column === undefined || outer === undefined || keys.some((key) => key === '' || key.includes('\0')))
    return undefined;
  const { throughLists, leaf } = walk(outer, keys);
  if (column.kind === 'object' && leaf?.type === 'string' && !throughLists) {
    return { kind: 'string', expression: `${subcolumn(quoteName(name), keys)}.:String`, isCertain: false };
  }
  const element = leaf?.type === 'array' ? leaf.element : leaf;
  const toObjects = element === undefined || element.type === 'json' || element.type === 'object';
  const values = jsonValues(column, schema, { keys, throughLists: throughLists || leaf === undefined, toObjects });
  return values === undefined ? undefined : { kind: 'json', values };
}

/** Along the schema. `leaf` is undefined from json on: anything can be there. */
function walk(
  outer: ValueSchema,
  keys: readonly string[],
): { readonly throughLists: boolean; readonly leaf?: ValueSchema } {
  let value = outer;
  let throughLists = false;
  for (const key of keys) {
    const list = value.type === 'array' ? value.element : undefined;
    if (list !== undefined) throughLists = true;
    const next = (list ?? value).fields?.find((field) => field.name === key);
    if (next === undefined) return { throughLists };
    value = next;
  }
  return { throughLists, leaf: value };
}

/** Every text of the column, wherever it is within it. */
function allTexts(name: string, table: Table, schema: Schema): string | undefined {
  const column = columnOf(name, table);
  if (column === undefined) return undefined;
  const values = jsonValues(column, schema, whole);
  if (values !== undefined) return everyScalar(`arrayStringConcat(${values}, ',')`);
  const field = plainField(column);
  return field === undefined || field.kind === 'json' ? undefined : arrayOfTexts(field);
}
