// Names and text inside SQL. Rules, schemas and logs are written by others: nothing of theirs enters SQL but through here.

/** A column's name, with its backticks. NUL, which the engine's parser takes for the end of the statement, is in none. */
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

/** `a`, or a call of one function over all: as deep as one operand, however many there are. */
export function joined(by: 'and' | 'or', operands: readonly string[]): string {
  const unique = [...new Set(operands)];
  if (unique.length === 0) return by === 'and' ? 'true' : 'false';
  return unique.length === 1 ? (unique[0] as string) : `${by}(${unique.join(', ')})`;
}
