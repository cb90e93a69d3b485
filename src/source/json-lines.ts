// A JSON body as one record per line: the elements of an array, or objects one after the other. Values are copied as
// they are; only white space between them and line ends within them change. Whether they are right JSON is not looked at.

import { UserError } from '../core/problem.ts';

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const [space, lineFeed, carriageReturn, tab] = [0x20, 0x0a, 0x0d, 0x09];

/** A body that is neither an array nor objects, or that ends in the middle, is a UserError. */
export function toJsonLines(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const lines = new Uint8Array(2 * body.length + 1);
  let to = 0;
  let at = 0;

  function skipSpace(): void {
    while (at < body.length && isSpace(body[at])) at++;
  }

  /** Copies one value and ends its line. */
  function copyValue(): void {
    const start = at;
    let depth = 0;
    let inString = false;
    for (; at < body.length; at++) {
      const byte = body[at] ?? 0;
      const isClosing = !inString && (byte === closeObject || byte === closeArray);
      if (inString) {
        if (byte === quote) inString = false;
        else if (byte === backslash) lines[to++] = body[at++] ?? 0;
      } else if (depth === 0 && (byte === comma || isClosing || isSpace(byte))) break;
      else if (byte === quote) inString = true;
      else if (byte === openObject || byte === openArray) depth++;
      else if (isClosing) depth--;
      const copied = body[at] ?? 0;
      lines[to++] = copied === lineFeed || copied === carriageReturn ? space : copied;
      if (isClosing && depth === 0) {
        at++;
        break;
      }
    }
    if (inString || depth > 0) throw new UserError(`the JSON ends within the value that begins at byte ${start}`);
    if (at === start) throw expected('a value', at);
    lines[to++] = lineFeed;
  }

  function copyElements(): void {
    at++;
    skipSpace();
    if (body[at] === closeArray) {
      at++;
      return;
    }
    for (;;) {
      skipSpace();
      if (at >= body.length) throw new UserError('the JSON array has no end');
      copyValue();
      skipSpace();
      const next = body[at++];
      if (next === closeArray) return;
      if (next === undefined) throw new UserError('the JSON array has no end');
      if (next !== comma) throw expected("',' or ']'", at - 1);
    }
  }

  function expected(what: string, offset: number): UserError {
    const found = body[offset];
    const seen = found === undefined ? 'the end' : JSON.stringify(String.fromCharCode(found));
    return new UserError(`the body is not JSON: expected ${what} at byte ${offset}, found ${seen}`);
  }

  for (skipSpace(); at < body.length; skipSpace()) {
    if (body[at] === openArray) copyElements();
    else if (body[at] === openObject) copyValue();
    else throw expected("'{' or '['", at);
  }
  return lines.slice(0, to);
}

function isSpace(byte: number | undefined): boolean {
  return byte === space || byte === lineFeed || byte === carriageReturn || byte === tab;
}
