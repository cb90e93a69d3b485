// One plain file, read from where it was left to its present end, again and again. It is known by its inode, not its
// name: renamed or deleted, it is read on until it is released.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Chunk } from '../core/batch.ts';
import { fileKey, headBytes } from './file-identity.ts';
import { createLineCutter, type Piece } from './lines.ts';
import type { Tail, TailOptions } from './tail.ts';

const blockBytes = 2 * 1024 * 1024;
const blocksAtOnce = 8;

export async function readHead(handle: FileHandle, length: number): Promise<Uint8Array> {
  const head = new Uint8Array(length);
  const { bytesRead } = await handle.read(head, 0, length, 0);
  return head.subarray(0, bytesRead);
}

/** `present`: what the file begins with now. */
export function openPlainTail(
  file: string,
  firstPath: string,
  firstHandle: FileHandle,
  present: Uint8Array,
  { maxRecordBytes, known, byContent }: TailOptions,
): Tail {
  const before = known.find(file, present, byContent);
  let handle: FileHandle | undefined = firstHandle;
  let key = before?.key;
  /** What the file begins with, as far as its key goes; decided with its first records. */
  let head: Uint8Array | undefined = before === undefined ? undefined : present.slice(0, before.head);
  let readTo = before?.offset ?? 0;
  let cutter = createLineCutter(maxRecordBytes, readTo);
  const tail: Tail = {
    file,
    path: firstPath,
    read,
    finish,
    release,
    get bytesRead() {
      return readTo;
    },
  };

  /** undefined: the name is now another file's. */
  async function reopen(): Promise<FileHandle | undefined> {
    const opened = await open(tail.path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await opened.stat({ bigint: true });
    if (`${stats.dev}:${stats.ino}` === file) return opened;
    await opened.close();
    return undefined;
  }

  async function release(): Promise<void> {
    await handle?.close();
    handle = undefined;
  }

  /** Truncated, or truncated and already longer again. */
  async function hasBegunAnew(from: FileHandle, size: number): Promise<boolean> {
    if (size < readTo) return true;
    if (size === readTo || head === undefined) return false;
    return Buffer.compare(await readHead(from, head.length), head) !== 0;
  }

  async function chunk(from: FileHandle, piece: Piece): Promise<Chunk> {
    head ??= await readHead(from, Math.min(headBytes, piece.end));
    const current = (key ??= fileKey(file, head));
    const { bytes, end, oversized } = piece;
    return {
      bytes,
      file: tail.path,
      position: { key: current, value: end },
      ...(oversized === undefined ? { reference: { path: tail.path, offset: end - bytes.length } } : { oversized }),
      settled: () => known.set(current, end),
    };
  }

  async function* read(): AsyncGenerator<Chunk, void> {
    handle ??= await reopen();
    if (handle === undefined) return;
    const { size } = await handle.stat();
    if (await hasBegunAnew(handle, size)) {
      key = undefined;
      head = undefined;
      readTo = 0;
      cutter = createLineCutter(maxRecordBytes);
    }
    const block = new Uint8Array(Math.min(blockBytes, size - readTo));
    for (let blocks = 0; blocks < blocksAtOnce && readTo < size; blocks++) {
      const { bytesRead } = await handle.read(block, 0, Math.min(block.length, size - readTo), readTo);
      if (bytesRead === 0) return;
      readTo += bytesRead;
      for (const piece of cutter.push(block.subarray(0, bytesRead))) yield await chunk(handle, piece);
    }
  }

  async function* finish(): AsyncGenerator<Chunk, void> {
    handle ??= await reopen();
    if (handle === undefined) return;
    for (const piece of cutter.end()) yield await chunk(handle, piece);
  }

  return tail;
}
