// Fastmatch patterns as text: `%{ip} - %{user} [%{time}]`, fields with the text between them. Panther's reference: 1.2.

export interface FastmatchPattern {
  /** Mandatory text before the first field. */
  readonly prefix: string;
  /** Each with the text that ends it; '' after the last: it takes the rest. A field without a name is skipped. */
  readonly fields: readonly { readonly name: string; readonly delimiter: string }[];
}

export function splitFastmatch(pattern: string): FastmatchPattern {
  const pieces = pattern.split(/%\{([^{}]*)\}/);
  const fields: { name: string; delimiter: string }[] = [];
  for (let index = 1; index < pieces.length; index += 2) {
    fields.push({ name: (pieces[index] ?? '').trim(), delimiter: pieces[index + 1] ?? '' });
  }
  return { prefix: pieces[0] ?? '', fields };
}

/** What is wrong with a pattern, as the rest of a sentence; undefined for a good one. */
export function fastmatchProblem(pattern: string): string | undefined {
  const { fields } = splitFastmatch(pattern);
  if (fields.length === 0) return 'has no field: expected %{name} in it';
  if (fields.every(({ name }) => name === '')) return 'has no field with a name';
  const open = fields.findIndex(({ delimiter }, index) => delimiter === '' && index < fields.length - 1);
  if (open >= 0) {
    return `has no text between %{${fields[open]?.name}} and %{${fields[open + 1]?.name}}: nothing ends the first`;
  }
  const named = fields.map(({ name }) => name).filter((name) => name !== '');
  const twice = named.find((name, index) => named.indexOf(name) < index);
  return twice === undefined ? undefined : `has the field %{${twice}} twice`;
}
