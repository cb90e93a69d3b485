// Names and text inside SQL. Rules, schemas, documents and logs are written by others: nothing of theirs enters SQL but
// through here, or as a bound parameter.

/** A table, column, index or setting name: `id.orig_h` with its backticks. A name never holds NUL, which the engine's
 *  parser takes for the end of the statement. */
export function quoteName(name: string): string {
  if (name === '' || name.includes('\0')) throw new Error(`bug: not a name: ${JSON.stringify(name)}`);
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A string literal with its quotes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`;
}

/** Text that LIKE takes for itself; still to be quoted. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}
