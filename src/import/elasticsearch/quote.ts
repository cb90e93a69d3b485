// Names and values inside SQL. What a foreign document says enters SQL only through here.

/** A table, column or alias. NUL would end the statement for the engine's parser. */
export function quoteName(name: string): string {
  const clean = name.replaceAll('\0', '');
  if (clean === '') throw new Error('bug: a name is empty');
  return `\`${clean.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A literal. Braces are escaped too, so that nothing in it looks like a parameter or a template. */
export function quoteText(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0');
  return `'${escaped.replaceAll('{', '\\x7B')}'`;
}

export function quoteNumber(value: number): string {
  if (!Number.isFinite(value)) throw new Error('bug: not a number');
  return Object.is(value, -0) ? '0' : String(value);
}

export function quoteScalar(value: string | number | boolean): string {
  if (typeof value === 'string') return quoteText(value);
  return typeof value === 'number' ? quoteNumber(value) : String(value);
}
