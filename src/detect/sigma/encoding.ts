// Modifiers that write a value in another way, as it may stand in a log: base64, UTF-16, other dashes. Texts here are
// Sigma's before wildcards are read.

/** The bytes of a value, one character each; what is no byte yet is a text. */
export type Encoded = { readonly text: string } | { readonly bytes: Buffer };

export const encodings = {
  wide: (value) => [{ bytes: utf16(value) }],
  utf16le: (value) => [{ bytes: utf16(value) }],
  utf16be: (value) => [{ bytes: Buffer.from(utf16(value)).swap16() }],
  utf16: (value) => [{ bytes: Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(value)]) }],
  base64: (value) => [{ text: bytesOf(value).toString('base64') }],
  base64offset: base64offset,
  windash: (value) => ('text' in value ? dashes(value.text).map((text) => ({ text })) : [value]),
} satisfies Readonly<Record<string, (value: Encoded) => readonly Encoded[]>>;

/** Those that cannot take wildcards. */
export const binaryEncodings: readonly string[] = ['wide', 'utf16le', 'utf16be', 'utf16', 'base64', 'base64offset'];

/** More dashes in one value are refused: the forms multiply by five. */
const mostDashes = 4;
const dashForms = ['-', '/', '–', '—', '―'];
const dash = /\B[-/]\b/g;

export function tooManyDashes(text: string): boolean {
  return (text.match(dash)?.length ?? 0) > mostDashes;
}

function dashes(text: string): string[] {
  let forms = [''];
  let from = 0;
  for (const found of text.matchAll(dash)) {
    const before = text.slice(from, found.index);
    forms = forms.flatMap((form) => dashForms.map((each) => form + before + each));
    from = found.index + 1;
  }
  return forms.map((form) => form + text.slice(from));
}

function bytesOf(value: Encoded): Buffer {
  return 'bytes' in value ? value.bytes : Buffer.from(value.text);
}

function utf16(value: Encoded): Buffer {
  return Buffer.from('text' in value ? value.text : value.bytes.toString('latin1'), 'utf16le');
}

/** What stays the same of a value's base64 wherever it begins within other bytes: three forms. */
function base64offset(value: Encoded): readonly Encoded[] {
  const bytes = bytesOf(value);
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset, ' '), bytes]).toString('base64');
    const start = [0, 2, 3][offset];
    const end = [undefined, -3, -2][(bytes.length + offset) % 3];
    return { text: text.slice(start, end) };
  });
}
