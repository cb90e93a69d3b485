// A stream to one file on disk, bounded in size, its bytes counted and hashed on the way: what every way of fetching ends
// with. It knows nothing of where the bytes come from.

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type Duplex, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What is known to go wrong, in words for a person. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export interface WriteBounds {
  readonly path: string;
  /** As written. */
  readonly maxBytes: number;
  /** Breaks it off. */
  readonly signal: AbortSignal;
  /** Called whenever bytes have come. */
  readonly progress: () => void;
}

export interface Written {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** On disk, not only written, when it resolves; the file may be there in part when it rejects. */
export async function writeStream(
  [source, ...steps]: readonly [Readable, ...Duplex[]],
  { path, maxBytes, signal, progress }: WriteBounds,
): Promise<Written> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(part: Buffer, _, done) {
      progress();
      bytes += part.length;
      if (bytes > maxBytes) return done(tooLarge(maxBytes));
      hash.update(part);
      done(null, part);
    },
  });
  const target = createWriteStream(path, { flush: true, mode: 0o600 });
  await pipeline([source, ...steps, measure, target], { signal });
  return { bytes, sha256: hash.digest('hex') };
}

export function tooLarge(maxBytes: number): Refusal {
  return new Refusal(`it is larger than ${Math.floor(maxBytes / 1024)} KiB`);
}
