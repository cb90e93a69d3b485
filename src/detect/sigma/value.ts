// Values of events as conditions see them. What a list holds counts one by one; an object is its JSON text.

/** Without regard to case, everywhere: JavaScript's, by Unicode, whatever the language. */
export function foldCase(text: string): string {
  return text.toLowerCase();
}

/** undefined for what is absent. Lists are not for here. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : `${value as number | boolean | bigint}`;
}

/** Whether the test holds for the value, or for one that a list holds. */
export function someValue(value: unknown, test: (value: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return test(value);
  const list: readonly unknown[] = value;
  return list.some((each) => someValue(each, test));
}

/** Adds the texts of a value and of all that lies below it, without the names of fields. */
export function addTexts(value: unknown, texts: string[]): void {
  if (typeof value !== 'object' || value === null) {
    const text = textOf(value);
    if (text !== undefined) texts.push(text);
  } else for (const each of Object.values(value)) addTexts(each, texts);
}
