// Header lines and other text that a log shipper made records of ("Recv-Q" where all others have a number): found in
// samples, as suggestions for a schema's `drop`.

import type { Drop } from '../core/schema.ts';

type Row = ReadonlyMap<string, string>;

/** Of the values of a field that are not empty, so many must be numbers for text to be odd. */
const mostlyNumbers = 0.6;
const mostValues = 20;

/** Takes JSON lines; what is no JSON object is passed over. Empty where nothing is odd. */
export function suggestDrops(lines: readonly string[]): readonly Drop[] {
  const rows = lines.flatMap((line) => readRow(line) ?? []);
  const numeric = numericFields(rows);
  if (numeric.length === 0) return [];
  // A header has no number where the others have one, in any of those fields.
  const isOdd = (row: Row): boolean => {
    const values = numeric.map((name) => row.get(name) ?? '').filter((value) => value !== '');
    return values.length > 0 && values.every((value) => !isNumber(value));
  };
  const odd = rows.filter(isOdd);
  if (odd.length === 0 || odd.length > rows.length / 2) return [];
  const sound = rows.filter((row) => !isOdd(row));
  const named = odd[0] === undefined ? [] : [...odd[0].keys()];
  for (const name of [...numeric, ...named]) {
    const values = [...new Set(odd.map((row) => row.get(name) ?? ''))];
    if (values.length > mostValues || values.includes('')) continue;
    if (sound.some((row) => values.includes(row.get(name) ?? ''))) continue;
    return [{ reason: 'header line', when: { [name]: values } }];
  }
  return [];
}

function readRow(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const texts = Object.entries(value).flatMap(([name, inner]): [string, string][] =>
      typeof inner === 'string' || typeof inner === 'number' ? [[name, String(inner)]] : [],
    );
    return new Map(texts);
  } catch {
    return undefined;
  }
}

function numericFields(rows: readonly Row[]): readonly string[] {
  const counts = new Map<string, { numbers: number; values: number }>();
  for (const row of rows) {
    for (const [name, value] of row) {
      if (value === '' || name === '__proto__') continue;
      const count = counts.get(name) ?? { numbers: 0, values: 0 };
      counts.set(name, count);
      count.values++;
      if (isNumber(value)) count.numbers++;
    }
  }
  return [...counts]
    .filter(([, { numbers, values }]) => numbers >= 3 && numbers / values >= mostlyNumbers)
    .map(([name]) => name);
}

function isNumber(value: string): boolean {
  return value.length < 40 && /^[+-]?\d+(?:\.\d+)?$/.test(value);
}
