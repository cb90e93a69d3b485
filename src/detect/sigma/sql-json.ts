// Values within JSON as SQL: arrays of JSON texts, of what is at a path or of all that is anywhere in it. A list on the way
// means each of its elements. It must not know fields or rules. Unlike in events, a list within a list is looked into once
// only, and null or an empty list below a list counts as a value.

import { quoteName, quoteText } from '../../core/quote.ts';

export interface SqlPath {
  /** Outermost first; `*` is each key. */
  readonly keys: readonly string[];
  /** There may be a list on the way. */
  readonly throughLists: boolean;
  /** There may be an object at its end. */
  readonly toObjects: boolean;
}

const eachKey = '*';
const isSome = "p_json -> p_json != ''";
const isValue = "p_json -> p_json not in ('', 'null')";

/** JSON texts of what a column of ClickHouse's JSON has at the path, which is a column of its own unless there is a list
 *  on the way. It has no nulls and no empty objects, and its keys are in alphabetical order. */
export function valuesInObject(column: string, { keys, throughLists, toObjects }: SqlPath): string {
  if (keys.length === 0 || keys.includes(eachKey)) return below(`[${objectText(column)}]`, keys);
  const found = keys.map((_, index) => {
    const known = keys.slice(0, keys.length - index);
    return below(`[ifNull(toJSONString(${subcolumn(column, known)}), '')]`, keys.slice(known.length));
  });
  const direct = toObjects ? [`[${objectText(subobject(column, keys))}]`] : [];
  const all = [...direct, ...found.slice(0, throughLists ? found.length : 1)];
  return all.length === 1 ? (all[0] as string) : `arrayFilter(${isSome}, arrayConcat(${all.join(', ')}))`;
}

/** The same of a column of JSON text, NULL where there is none. */
export function valuesInText(column: string, keys: readonly string[]): string {
  return `if(isNull(${column}), [], ${below(`[assumeNotNull(${column})]`, keys)})`;
}

/** The same of an array of JSON texts. */
export function below(values: string, keys: readonly string[]): string {
  const found = keys.reduce(
    (outer, key) =>
      key === eachKey
        ? flat(`if(startsWith(p_json, '['), JSONExtractArrayRaw(p_json), JSONExtractKeysAndValuesRaw(p_json).2)`, outer)
        : `arrayMap(p_json -> JSONExtractRaw(p_json, ${quoteText(key)}), ${elements(outer)})`,
    values,
  );
  // What is gathered from many keys is a list: neither null nor an empty list adds to it.
  return `arrayFilter(${keys.includes(eachKey) ? "p_json -> p_json not in ('', 'null', '[]')" : isSome}, ${found})`;
}

/** Texts as events have them: of a list each, an object as JSON. */
export function textsOf(values: string): string {
  return asTexts(`arrayFilter(${isValue}, ${elements(elements(values))})`);
}

/** Whether there is a value; `null` is one where it is wanted. */
export function isAny(values: string, wantsNull: boolean): string {
  return wantsNull ? `notEmpty(${values})` : `arrayExists(${isValue}, ${values})`;
}

/** '' where there is nothing in it. The engine writes `\/` for a slash, events do not. */
export function objectText(object: string): string {
  return `replaceAll(ifNull(nullIf(toJSONString(${object}), '{}'), ''), '\\\\/', '/')`;
}

/** Keys are read and left out; what else is quoted or bare is a value. */
const tokens = String.raw`"(?:[^"\\]|\\.)*":|("(?:[^"\\]|\\.)*"|[^{}\[\],:"\s]+)`;

/** An array of the texts of all scalars in the JSON text. */
export function everyScalar(json: string): string {
  return asTexts(`arrayFilter(${isValue}, extractAll(${json}, ${quoteText(tokens)}))`);
}

/** The column that a path within ClickHouse's JSON is. */
export function subcolumn(column: string, keys: readonly string[]): string {
  return [column, ...keys.map(quoteName)].join('.');
}

function subobject(column: string, [first = '', ...rest]: readonly string[]): string {
  return [`${column}.^${quoteName(first)}`, ...rest.map(quoteName)].join('.');
}

/** Lists are replaced by what is in them. */
function elements(values: string): string {
  return flat(`if(startsWith(p_json, '['), JSONExtractArrayRaw(p_json), [p_json])`, values);
}

function flat(inner: string, values: string): string {
  return `arrayFlatten(arrayMap(p_json -> ${inner}, ${values}))`;
}

function asTexts(values: string): string {
  return `arrayMap(p_json -> if(startsWith(p_json, '"'), JSONExtractString(p_json), p_json), ${values})`;
}
