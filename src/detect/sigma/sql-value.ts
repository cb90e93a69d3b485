// The values of a field as SQL: each as text, written as an event has it, and as a number or a time where the column is of
// that type. It must not know what a rule asks of them.

import { quoteName } from '../../core/quote.ts';
import type { ColumnKind } from '../../core/table.ts';
import { isAny, textsOf } from './sql-json.ts';
import { joined } from './sql-joined.ts';

export type SqlField =
  | { readonly kind: Exclude<ColumnKind, 'object' | 'objects'>; readonly expression: string }
  /** An array of JSON texts. Long: it is written once in a query, under the name. */
  | { readonly kind: 'json'; readonly name: string; readonly values: string };

type JsonField = Extract<SqlField, { kind: 'json' }>;

/** What a query defines in its WITH, in this order: name to SQL. A name has the same SQL in all rules of a log type. */
export type Definitions = Map<string, string>;

/** SQL over one value. */
export interface SqlValue {
  /** NULL where there is no value. */
  readonly text: string;
  /** Where the column is of numbers; `text` is then written as JavaScript writes it. */
  readonly number?: string;
  /** DateTime64 in UTC, where the column is of times; `text` is then `YYYY-MM-DD HH:MM:SS.fff`. */
  readonly time?: string;
}

const asIs = (sql: string): SqlValue => ({ text: sql });
const boolean = (sql: string): SqlValue => ({ text: `toString(${sql})` });
const integer = (sql: string): SqlValue => ({ text: `toString(${sql})`, number: sql });

/** JavaScript: 1e+21 and 0; the engine: 1e21 and -0. */
const float = (sql: string): SqlValue => ({
  text: `replaceRegexpOne(toString(${sql} + 0), 'e([0-9])', 'e+\\\\1')`,
  number: sql,
});

const time = (sql: string): SqlValue => ({
  text: `substring(formatDateTime(${sql}, '%Y-%m-%d %H:%i:%S.%f'), 1, 23)`,
  time: sql,
});

interface Form {
  readonly isList: boolean;
  readonly value: (sql: string) => SqlValue;
  /** SQL that is never NULL. */
  readonly isThere: (sql: string) => string;
}

function one(value: (sql: string) => SqlValue): Form {
  return { isList: false, value, isThere: (sql) => `isNotNull(${sql})` };
}

/** An empty list is no value, in events as in columns. */
function list(value: (sql: string) => SqlValue): Form {
  return { isList: true, value, isThere: (sql) => `notEmpty(${sql})` };
}

const forms: Record<Exclude<SqlField['kind'], 'json'>, Form> = {
  string: one(asIs),
  low: { ...one(asIs), isThere: (sql) => `notEmpty(${sql})` },
  smallint: one(integer),
  int: one(integer),
  bigint: one(integer),
  float: one(float),
  boolean: one(boolean),
  timestamp: one(time),
  strings: list(asIs),
  ints: list(integer),
  floats: list(float),
  booleans: list(boolean),
  timestamps: list(time),
};

/** Characters: a longer test of a text is written once, over a list of it, though that is slower. */
const longestTwice = 2000;

/** Some value holds: SQL that is true, or else false or NULL. The values are those of the first place that has any.
 *  `depth`: of lambdas around it. */
export function someValue(
  places: readonly SqlField[],
  definitions: Definitions,
  depth: number,
  holds: (value: SqlValue) => string,
): string {
  const [first, ...others] = places;
  if (first === undefined) return 'false';
  const here = someAt(first, definitions, depth, holds);
  const [second] = others;
  if (second === undefined) return here;
  if (here.length > longestTwice && first.kind === 'string' && second.kind === 'json') {
    const texts = `if(isNotNull(${first.expression}), [assumeNotNull(${first.expression})], ${defineTexts(second, definitions)})`;
    return someText(texts, depth, holds);
  }
  const there = someValue(others, definitions, depth, holds);
  const elsewhere = there === 'false' ? there : `and(not(${isThere(first, definitions, true)}), ${there})`;
  return joined(
    'or',
    [here, elsewhere].filter((test) => test !== 'false'),
  );
}

function someAt(field: SqlField, definitions: Definitions, depth: number, holds: (value: SqlValue) => string): string {
  if (field.kind === 'json') {
    return someText(defineTexts(field, definitions), depth, holds);
  }
  const { isList, value } = forms[field.kind];
  return isList ? someElement(field.expression, depth, value, holds) : holds(value(field.expression));
}

/** The same of an array of texts. */
export function someText(texts: string, depth: number, holds: (value: SqlValue) => string): string {
  return someElement(texts, depth, asIs, holds);
}

function someElement(
  array: string,
  depth: number,
  element: (sql: string) => SqlValue,
  holds: (value: SqlValue) => string,
): string {
  const name = `p_value${depth}`;
  const test = holds(element(name));
  return test === 'false' ? test : `arrayExists(${name} -> ${test}, ${array})`;
}

/** SQL that is true where one of the places has a value, and else false; never NULL. `null` within JSON is a value where
 *  it is wanted. */
export function isPresent(places: readonly SqlField[], definitions: Definitions, wantsNull: boolean): string {
  return joined(
    'or',
    places.map((place) => isThere(place, definitions, wantsNull)),
  );
}

function isThere(field: SqlField, definitions: Definitions, wantsNull: boolean): string {
  if (field.kind === 'json') return isAny(defineValues(field, definitions), wantsNull);
  return forms[field.kind].isThere(field.expression);
}

/** The values as an array of texts. */
export function arrayOfTexts(field: Exclude<SqlField, { kind: 'json' }>): string {
  const { isList, value } = forms[field.kind];
  if (!isList) return `[${value(field.expression).text}]`;
  const { text } = value('p_element');
  return text === 'p_element' ? field.expression : `arrayMap(p_element -> ${text}, ${field.expression})`;
}

function defineTexts(field: JsonField, definitions: Definitions): string {
  return define(definitions, `p_texts_${field.name}`, textsOf(defineValues(field, definitions)));
}

function defineValues({ name, values }: JsonField, definitions: Definitions): string {
  return define(definitions, `p_json_${name}`, values);
}

/** Gives the name, as SQL. */
export function define(definitions: Definitions, name: string, sql: string): string {
  definitions.set(name, sql);
  return quoteName(name);
}
