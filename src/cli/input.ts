// Files that commands read: named ones and all in a folder, gzip by its first bytes, as lines.

import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../core/problem.ts';
import { printableMessage } from './format.ts';

export interface InputFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  readonly compressed: boolean;
}

/** A longer line is cut there: samples are looked at, not stored. */
const maxLineBytes = 1024 * 1024;

const naturally = new Intl.Collator('en', { numeric: true });

/** In natural order within folders; hidden files in folders are left out. */
export async function listFiles(paths: readonly string[]): Promise<readonly InputFile[]> {
  const files: InputFile[] = [];
  for (const path of paths) {
    const absolute = resolve(path);
    const stats = await stat(absolute).catch((cause: unknown) => {
      throw new UserError(`cannot read ${path}: ${reasonOf(cause)}`, { cause });
    });
    if (!stats.isDirectory()) {
      files.push({ path: absolute, bytes: stats.size, compressed: await isGzip(absolute) });
      continue;
    }
    const entries = await readdir(absolute, { withFileTypes: true });
    const names = entries.filter((entry) => !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory()));
    const within = names.map((entry) => join(absolute, entry.name)).toSorted(naturally.compare);
    files.push(...(await listFiles(within)));
  }
  return files;
}

async function isGzip(path: string): Promise<boolean> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } catch (cause) {
    throw new UserError(`cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** The lines of files and, for `-`, of stdin, without their ends. Empty ones are left out. */
export async function* readLines(paths: readonly string[], stdin: Readable): AsyncGenerator<string> {
  for (const path of paths) {
    if (path === '-') {
      yield* linesOf(stdin, 'stdin');
      continue;
    }
    for (const file of await listFiles([path])) {
      const raw = createReadStream(file.path);
      yield* linesOf(file.compressed ? raw.pipe(createGunzip()) : raw, file.path);
    }
  }
}

async function* linesOf(stream: Readable, name: string): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, Buffer.from(chunk)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
        const line = textOf(bytes.subarray(start, end));
        if (line !== '') yield line;
        start = end + 1;
      }
      rest = bytes.subarray(start, start + maxLineBytes);
    }
  } catch (cause) {
    throw new UserError(`cannot read ${name}: ${reasonOf(cause)}`, { cause });
  }
  const last = textOf(rest);
  if (last !== '') yield last;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, maxLineBytes)).toString('utf8').replace(/\r$/, '');
}

const reasons: Readonly<Partial<Record<string, string>>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  Z_DATA_ERROR: 'its gzip data is broken',
  Z_BUF_ERROR: 'its gzip data ends too early',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? printableMessage(error);
}
