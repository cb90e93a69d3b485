// Which signals can be of some groups, told by their JSON: one that has the value of a group's field has its text in it. Not
// all that have the text are of the group, so signals are looked at once more; but the others need not be read.

export interface Texts {
  readonly anyOf: readonly string[];
  /** Detections of which all signals are wanted. */
  readonly allOf?: readonly string[];
}

/** Needles of one search, as the engine has it; and with more of them than this the search costs more than it saves. */
const perSearch = 255;
const mostTexts = 2000;
/** What a double holds of an integer whose digits it does not hold all. */
const sureDigits = 15;

/** undefined: signals of these groups cannot be told by their text. */
export function textsOf(keys: readonly (readonly string[])[]): Texts | undefined {
  const anyOf = new Set<string>();
  for (const key of keys) {
    const text = longest(key.map(surePart));
    if (text === '') return undefined;
    anyOf.add(text);
  }
  return anyOf.size > mostTexts ? undefined : { anyOf: [...anyOf] };
}

/** Of several such searches in one; undefined: they would be too many texts. */
export function unitedTexts(all: readonly Texts[]): Texts | undefined {
  const anyOf = new Set(all.flatMap((texts) => texts.anyOf));
  const allOf = new Set(all.flatMap((texts) => texts.allOf ?? []));
  return anyOf.size > mostTexts ? undefined : { anyOf: [...anyOf], allOf: [...allOf] };
}

function longest(texts: readonly string[]): string {
  return texts.reduce((best, text) => (text.length > best.length ? text : best), '');
}

/** The longest part that stands in any JSON of the value, whoever wrote it: without what may be escaped or spaced. */
function surePart(value: string): string {
  if (/^-?[\d.]+e[-+]?\d+$/i.test(value)) return '';
  if (/^-?\d{16,}$/.test(value)) return value.slice(0, sureDigits);
  return longest(value.match(/^[{[]/.test(value) ? /[A-Za-z0-9]+/g : /[A-Za-z0-9 .:_@-]+/g) ?? []);
}

/** SQL over a signal's columns; `textsParameters` are bound to it. */
export function textsCondition(texts: Texts): string {
  const searches = chunksOf(texts).flatMap((_, index) =>
    ['event', 'context'].map((column) => `multiSearchAny(${column}, {texts_${index}:Array(String)})`),
  );
  return `(detection_id IN {texts_all_of:Array(String)} OR ${searches.join(' OR ')})`;
}

export function textsParameters(texts: Texts): Readonly<Record<string, readonly string[]>> {
  const chunks = chunksOf(texts).map((chunk, index) => [`texts_${index}`, chunk] as const);
  return { texts_all_of: texts.allOf ?? [], ...Object.fromEntries(chunks) };
}

function chunksOf({ anyOf }: Texts): readonly (readonly string[])[] {
  const count = Math.max(1, Math.ceil(anyOf.length / perSearch));
  return Array.from({ length: count }, (_, index) => anyOf.slice(index * perSearch, (index + 1) * perSearch));
}
