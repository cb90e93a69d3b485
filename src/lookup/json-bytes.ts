// JSON in the making, as bytes: a text put together of pieces costs twice as much until it is bytes.

export class JsonBytes {
  buffer = Buffer.allocUnsafeSlow(4096);
  length = 0;

  add(piece: Buffer): void {
    const size = piece.length;
    this.#reserve(size);
    const { buffer } = this;
    if (size > 64) piece.copy(buffer, this.length);
    else for (let at = 0; at < size; at++) buffer[this.length + at] = piece[at] as number;
    this.length += size;
  }

  /** As a string of JSON. */
  addText(value: string): void {
    const size = value.length;
    this.#reserve(size + 2);
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = quote;
    let index = 0;
    for (; index < size; index++) {
      const code = value.charCodeAt(index);
      if (code < 0x20 || code > 0x7e || code === quote || code === backslash) break;
      buffer[at++] = code;
    }
    if (index < size) return this.add(Buffer.from(JSON.stringify(value)));
    buffer[at++] = quote;
    this.length = at;
  }

  #reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

const [quote, backslash] = [0x22, 0x5c];

export function bytesOf<const T extends readonly string[]>(...texts: T): { [key in keyof T]: Buffer } {
  return texts.map((text) => Buffer.from(text)) as unknown as { [key in keyof T]: Buffer };
}
