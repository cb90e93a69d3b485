// The journal: batches that are not done yet, on disk. What a source was told is safe is here until it is stored.
// A segment is one append-only file of frames; a frame is a batch. Numbers of segments are never used twice.
// It must not look into records, and it must not drop one without a reason in a `lost` batch or a warning.

import { mkdir, readdir, unlink } from 'node:fs/promises';
import { type Batch, type Chunk, type Position, segmentsPerJournal } from '../core/batch.ts';
import type { Clock } from '../core/clock.ts';
import { codeOf, messageOf } from '../core/failure.ts';
import { UserError } from '../core/problem.ts';
import type { Positions } from '../core/source.ts';
import { batchId, findSegment, type FoundSegment } from './found-segment.ts';
import { type Accepted, createSegmentFile, maxFrames, type SegmentFile, segmentPath } from './segment-file.ts';
import { openSegmentNumbers } from './segment-number.ts';

export interface JournalOptions {
  readonly clock: Clock;
  /** What a person must know: a torn tail that was cut, a damaged frame, a full disk. */
  readonly warn: (message: string) => void;
  /** A segment is sealed at so many bytes of records, referenced ones included. Default 4 MiB: one insert of the store. */
  readonly segmentBytes?: number;
  /** ... or so long after its first frame. Default 500 ms: the time until an event can be searched. */
  readonly segmentMs?: number;
  /** `append` waits while more bytes than this are not removed. Default 16 MiB: bounds memory. */
  readonly maxPendingBytes?: number;
  /** Among the journals that write to the same stores. Default 0. */
  readonly number?: number;
  /** The highest segment that the stores know, should the journal's folder have been deleted. */
  readonly used?: number;
}

/** All batches of the segment came before it; it is sealed on disk and gets no more. */
export interface Sealed {
  readonly kind: 'sealed';
  readonly segment: number;
  /** Batches that came for it. */
  readonly batches: number;
  /** The last position of each source and key in it, for `AlertStore.finish`. */
  readonly positions: readonly (Position & { readonly source: string })[];
}

export type JournalEntry = { readonly kind: 'batch'; readonly batch: Batch } | Sealed;

export interface Journal {
  /** Resolves when the chunk is on disk, after `chunk.settled()`. Waits while too much is pending. Rejects with a UserError,
   *  after `chunk.settled(error)`, when the disk does not take it; nothing of the chunk is kept then. */
  append(source: string, chunk: Chunk): Promise<Batch>;
  /** Everything that is not done, in order: first what was found on disk, then what is appended. To be iterated once.
   *  Ends after `close`. */
  entries(): AsyncIterable<JournalEntry>;
  /** The segment is stored and raised: its file goes. */
  remove(segment: number): Promise<void>;
  /** Positions in the segments found on disk; newer than those in the AlertStore, so they go over them. */
  positions(source: string): Positions;
  /** Bytes of records that are not removed. */
  pendingBytes(): number;
  /** Epoch ms: what was received before it is done, and what comes from now on is received then or later. */
  doneUntil(): number;
  /** What comes from now on is received then or later, whatever the clock says. */
  notBefore(time: number): void;
  /** No more appends: what is open is sealed, `entries` gives the rest and ends. `remove` still works. */
  close(): Promise<void>;
}

/** Wait before a full disk is tried again. */
const retryMs = 1000;

/** What a batch takes beside its bytes. */
const batchOverhead = 512;

interface Waiting {
  readonly source: string;
  readonly chunk: Chunk;
  readonly resolve: (batch: Batch) => void;
  readonly reject: (error: Error) => void;
}

export async function openJournal(dir: string, options: JournalOptions): Promise<Journal> {
  const { clock, warn, segmentBytes = 4 << 20, segmentMs = 500, maxPendingBytes = 16 << 20 } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const base = (options.number ?? 0) * segmentsPerJournal;
  const { found, highest } = await findSegments(dir, base, warn);
  const numbers = await openSegmentNumbers(dir, Math.max((options.used ?? 0) - base, highest));

  /** By segment: what is counted against `maxPendingBytes`, and when its first batch was received. */
  const pending = new Map(
    found.map(({ segment, bytes, batches, since }) => [segment, { bytes: bytes + batches * batchOverhead, since }]),
  );
  let pendingTotal = [...pending.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  let received = found.reduce((max, segment) => Math.max(max, segment.received), 0);
  /** Of the group that is being written. */
  let writing = Number.POSITIVE_INFINITY;

  const waiting: Waiting[] = [];
  let current: SegmentFile | undefined;
  let sealTimer: NodeJS.Timeout | undefined;
  let sealDue = false;
  /** Why nothing can be written for now; sealing is tried again by itself. */
  let refusal: UserError | undefined;
  let running = false;
  let closing = false;

  let ready: JournalEntry[] = [];
  let news = Promise.withResolvers<undefined>();
  const ended = Promise.withResolvers<undefined>();
  let hasEnded = false;

  function give(entry: JournalEntry): void {
    ready.push(entry);
    news.resolve(undefined);
  }

  /** One write at a time; what arrives meanwhile is the next group. */
  async function work(): Promise<void> {
    if (running) return;
    running = true;
    for (let task = nextTask(); task !== undefined; task = nextTask()) await task();
    running = false;
  }

  function nextTask(): (() => Promise<void>) | undefined {
    if (refusal !== undefined) {
      for (const { chunk, reject } of waiting.splice(0)) refuse(refusal, chunk, reject);
      if (!closing) return undefined;
      current = undefined;
    }
    const segment = current;
    if (segment !== undefined && isFull(segment)) return () => seal(segment);
    const group = takeGroup();
    if (group.length > 0) return () => write(group);
    const isAllThatIsPending = waiting.length > 0 && pending.size === 1;
    if (segment !== undefined && (closing || isAllThatIsPending)) return () => seal(segment);
    if (closing && !hasEnded) {
      hasEnded = true;
      ended.resolve(undefined);
      news.resolve(undefined);
    }
    return undefined;
  }

  function isFull(segment: SegmentFile): boolean {
    return sealDue || segment.bytes >= segmentBytes || segment.frames >= maxFrames;
  }

  function takeGroup(): readonly Waiting[] {
    let count = 0;
    let bytes = current?.bytes ?? 0;
    let frames = current?.frames ?? 0;
    let total = pendingTotal;
    for (const { chunk } of waiting) {
      if (bytes >= segmentBytes || frames >= maxFrames) break;
      if (total > 0 && total + weight(chunk) > maxPendingBytes) break;
      total += weight(chunk);
      bytes += chunk.bytes.length;
      frames++;
      count++;
    }
    return waiting.splice(0, count);
  }

  async function write(group: readonly Waiting[]): Promise<void> {
    const time = Math.max(received, clock.now());
    received = time;
    writing = time;
    const accepted = group.map(({ source, chunk }): Accepted => ({ source, chunk, received: time }));
    const bytes = group.reduce((sum, { chunk }) => sum + weight(chunk), 0);
    let first = 0;
    try {
      current ??= await createSegmentFile(dir, base + (await numbers.next()));
      first = current.frames;
      await current.write(accepted);
    } catch (error) {
      const reason = cannotWrite(dir, error);
      warn(reason.message);
      if (current?.broken === true) refusal = broken(dir, reason);
      for (const { chunk, reject } of group) refuse(refusal ?? reason, chunk, reject);
      return;
    } finally {
      writing = Number.POSITIVE_INFINITY;
    }
    const { segment } = current;
    pendingTotal += bytes;
    const before = pending.get(segment);
    pending.set(segment, { bytes: (before?.bytes ?? 0) + bytes, since: before?.since ?? time });
    sealTimer ??= setTimeout(() => {
      sealDue = true;
      void work();
    }, segmentMs);
    for (const [index, { chunk, resolve, ...one }] of group.entries()) {
      const frame = first + index;
      const batch = {
        id: batchId(segment, frame),
        segment,
        frame,
        source: one.source,
        received: time,
        ...content(chunk),
      };
      chunk.settled?.();
      resolve(batch);
      give({ kind: 'batch', batch });
    }
  }

  async function seal(segment: SegmentFile): Promise<void> {
    try {
      await segment.seal(received);
    } catch (error) {
      refusal = cannotWrite(dir, error);
      warn(refusal.message);
      if (segment.broken) refusal = broken(dir, refusal);
      else setTimeout(trySealAgain, retryMs).unref();
      return;
    }
    clearTimeout(sealTimer);
    sealTimer = undefined;
    sealDue = false;
    current = undefined;
    give({ kind: 'sealed', segment: segment.segment, batches: segment.frames, positions: segment.positions });
  }

  function trySealAgain(): void {
    refusal = undefined;
    void work();
  }

  return {
    append(source, chunk) {
      const { promise, resolve, reject } = Promise.withResolvers<Batch>();
      if (closing) throw new Error('bug: append to a closed journal');
      waiting.push({ source, chunk, resolve, reject });
      void work();
      return promise;
    },
    async *entries() {
      for (const segment of found) {
        for await (const batch of segment.read()) yield { kind: 'batch', batch };
        const { batches, positions } = segment;
        yield { kind: 'sealed', segment: segment.segment, batches, positions };
      }
      for (;;) {
        const entries = ready;
        ready = [];
        yield* entries;
        if (ready.length > 0) continue;
        if (hasEnded) return;
        await news.promise;
        news = Promise.withResolvers();
      }
    },
    async remove(segment) {
      const old = found.find((one) => one.segment === segment);
      await (old === undefined ? unlink(segmentPath(dir, segment)) : old.remove());
      pendingTotal -= pending.get(segment)?.bytes ?? 0;
      pending.delete(segment);
      void work();
    },
    positions(source) {
      const own = found.flatMap((segment) => segment.positions).filter((position) => position.source === source);
      return new Map(own.map(({ key, value }) => [key, value]));
    },
    pendingBytes: () => pendingTotal,
    doneUntil() {
      received = Math.max(received, clock.now());
      return [...pending.values()].reduce((least, { since }) => Math.min(least, since), Math.min(received, writing));
    },
    notBefore(time) {
      received = Math.max(received, time);
    },
    close() {
      closing = true;
      void work();
      return ended.promise;
    },
  };
}

/** `highest` without the journal's base. */
async function findSegments(
  dir: string,
  base: number,
  warn: (message: string) => void,
): Promise<{ readonly found: readonly FoundSegment[]; readonly highest: number }> {
  const names = (await readdir(dir)).filter((name) => /^[0-9a-f]{8}\.log$/.test(name));
  const numbers = names.map((name) => Number.parseInt(name, 16)).toSorted((a, b) => a - b);
  const found: FoundSegment[] = [];
  for (const number of numbers) {
    const one = await findSegment(dir, base + number, warn);
    if (one !== undefined) found.push(one);
  }
  return { found, highest: numbers.at(-1) ?? 0 };
}

function weight(chunk: Chunk): number {
  return chunk.bytes.length + batchOverhead;
}

function content({ bytes, file, position, oversized }: Chunk): Pick<Batch, keyof Batch & keyof Chunk> {
  return {
    bytes,
    ...(file !== undefined && { file }),
    ...(position !== undefined && { position }),
    ...(oversized !== undefined && { oversized }),
  };
}

function refuse(reason: UserError, chunk: Chunk, reject: (error: Error) => void): void {
  chunk.settled?.(reason);
  reject(reason);
}

function cannotWrite(dir: string, error: unknown): UserError {
  const code = codeOf(error);
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new UserError(
    isFull ? `the disk of ${dir} is full` : `cannot write to the journal in ${dir}: ${messageOf(error)}`,
    {
      cause: error,
    },
  );
}

function broken(dir: string, reason: UserError): UserError {
  const message = `${reason.message}, and its last segment could not be mended: start again when the disk is well (${dir})`;
  return new UserError(message, { cause: reason });
}
