// The bytes of a lookup file: decompressed, bounded, and not those of a web page that a feed has turned into.

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../core/failure.ts';
import { type Refusal, refusal } from './format.ts';
import { findInTar, isTar } from './tar.ts';

/** At most `maxBytes`, also when decompressed. Of a tar archive the file with one of the endings is taken. */
export function readBytes(path: string, maxBytes: number, extensions: readonly string[]): Buffer | Refusal {
  const stored = readStored(path, maxBytes);
  if (!Buffer.isBuffer(stored)) return stored;
  const unzipped = stored[0] === 0x1f && stored[1] === 0x8b ? gunzip(stored, maxBytes) : stored;
  if (!Buffer.isBuffer(unzipped)) return unzipped;
  const bytes = isTar(unzipped) ? findInTar(unzipped, extensions) : unzipped;
  if (bytes === undefined) return refusal(`the archive has no whole file called .${extensions.join(' or .')}`);
  return isHtml(bytes) ? refusal('the file is an HTML page, not data') : bytes;
}

function readStored(path: string, maxBytes: number): Buffer | Refusal {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    return refusal(`the file cannot be read: ${messageOf(error)}`);
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return refusal('expected a file');
    return status.size > maxBytes ? tooLarge(maxBytes) : readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function gunzip(stored: Buffer, maxBytes: number): Buffer | Refusal {
  try {
    return gunzipSync(stored, { maxOutputLength: maxBytes });
  } catch (error) {
    const isLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isLarge ? tooLarge(maxBytes) : refusal('the file is a damaged gzip file');
  }
}

function tooLarge(maxBytes: number): Refusal {
  const mebibytes = maxBytes / (1024 * 1024);
  return refusal(`the file is larger than ${mebibytes < 1 ? `${maxBytes} bytes` : `${Math.floor(mebibytes)} MiB`}`);
}

/** After a byte order mark, blanks and an XML declaration. */
function isHtml(bytes: Buffer): boolean {
  const start = bytes
    .toString('utf8', 0, 1024)
    .replace(/^\uFEFF/, '')
    .trimStart();
  const declaration = start.startsWith('<?xml') ? start.indexOf('?>') + 2 : 0;
  return /^<(?:!doctype\s+html|html)\b/i.test(start.slice(declaration).trimStart());
}
