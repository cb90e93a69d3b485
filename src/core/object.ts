/** A map of keys, of JSON or YAML, and no list. A key that others chose is looked for with `Object.hasOwn`. */
export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
